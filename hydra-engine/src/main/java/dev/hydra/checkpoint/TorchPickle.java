package dev.hydra.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.razorvine.pickle.IObjectConstructor;
import net.razorvine.pickle.Opcodes;
import net.razorvine.pickle.PickleException;
import net.razorvine.pickle.PickleUtils;
import net.razorvine.pickle.Unpickler;

/*
 * A pickle is a program for a small stack machine, and the machine's instructions include "import this name" and "call
 * it". That is what makes Python's own reader dangerous, and the library's reader would still build dates, decimals,
 * exceptions and whatever an application has registered with it. A state dict needs very little: texts, numbers, tuples,
 * dicts, and a dozen names. So this class stands in front of every instruction that the library executes:
 *
 *   - an instruction that torch.save does not write for a state dict is refused (lists, sets, bytes, objects, the text
 *     forms of protocol 0, extension codes): what is not there cannot be misused. In the library lists grow quadratically,
 *     and a decimal number of megabytes takes minutes;
 *   - a name is looked up in GLOBALS alone, never in the library's registry, which is neither read nor written; a name
 *     that is not there is refused before anything is called. What stands for a name is a function of this class that
 *     checks its arguments, or a number type, which cannot be called;
 *   - "set attributes" (BUILD), which the library does by reflection, drops the attributes: they are _metadata;
 *   - dicts have texts as keys, as hashing a list that holds itself would never end. Texts are limited, as many long
 *     ones that begin alike can make a hash map slow;
 *   - lengths are held against what is left before anything of that length is allocated.
 *
 * Objects are counted: an empty dict is one byte in the pickle and fifty on the heap, and a state dict has less than one
 * object in three bytes. Together these bound the heap to about 40 times the pickle, and LARGEST bounds the pickle.
 * There is no recursion, neither in the library's machine nor in what looks at its result.
 */
/** Reads the pickle of a PyTorch state dict: names, and where in which storage each tensor lies. Not for several threads. */
final class TorchPickle extends Unpickler {
    /** The largest pickle that is read, in bytes: enough for the names of eighty thousand tensors. */
    static final int LARGEST = 8 << 20;

    private static final int LONGEST_TEXT = 1024;
    private static final int MOST_DIMENSIONS = 64;
    private static final int FEW_OBJECTS = 64;
    private static final int BYTES_PER_OBJECT = 3;

    /** Instructions that the library may execute as it does. */
    private static final Set<Short> HARMLESS = Set.of(
            Opcodes.PROTO,
            Opcodes.FRAME,
            Opcodes.STOP,
            Opcodes.MARK,
            Opcodes.NONE,
            Opcodes.NEWTRUE,
            Opcodes.NEWFALSE,
            Opcodes.BININT,
            Opcodes.BININT1,
            Opcodes.BININT2,
            Opcodes.LONG1,
            Opcodes.BINFLOAT,
            Opcodes.SHORT_BINUNICODE,
            Opcodes.EMPTY_TUPLE,
            Opcodes.BINPERSID,
            Opcodes.BINGET,
            Opcodes.LONG_BINGET,
            Opcodes.BINPUT,
            Opcodes.LONG_BINPUT);

    /** Instructions that the library may execute as it does, and that make an object of a byte or two. */
    private static final Set<Short> COUNTED = Set.of(
            Opcodes.EMPTY_DICT,
            Opcodes.TUPLE,
            Opcodes.TUPLE1,
            Opcodes.TUPLE2,
            Opcodes.TUPLE3,
            Opcodes.REDUCE,
            Opcodes.MEMOIZE);

    /** What the names of a state dict stand for; there are no others. */
    private static final Map<String, Object> GLOBALS = Map.ofEntries(
            function("collections.OrderedDict", TorchPickle::orderedDict),
            function("torch._utils._rebuild_tensor_v2", TorchPickle::tensor),
            function("torch._utils._rebuild_parameter", TorchPickle::parameter),
            function("torch._utils._rebuild_qtensor", TorchPickle::quantised),
            Map.entry("torch.per_tensor_affine", "per_tensor_affine"),
            type("Float", "F32", 4),
            type("Half", "F16", 2),
            type("BFloat16", "BF16", 2),
            type("Double", "F64", 8),
            type("Long", "I64", 8),
            type("Int", "I32", 4),
            type("Short", "I16", 2),
            type("Char", "I8", 1),
            type("Byte", "U8", 1),
            type("Bool", "BOOL", 1),
            type("ComplexFloat", "C64", 8),
            type("ComplexDouble", "C128", 16),
            type("QInt8", "QI8", 1),
            type("QUInt8", "QU8", 1),
            type("QInt32", "QI32", 4));

    private final ByteBuffer pickle;
    private final int mostObjects;
    private int objects;

    private TorchPickle(ByteBuffer pickle) {
        this.pickle = pickle;
        this.mostObjects = FEW_OBJECTS + pickle.remaining() / BYTES_PER_OBJECT;
    }

    /**
     * A number type.
     *
     * @param label as {@link TensorInfo#type()} has it
     * @param bytes per number
     */
    record Type(String label, int bytes) {}

    /**
     * A run of numbers that tensors look at.
     *
     * @param key     its name in the zip file
     * @param numbers how many there are
     */
    record Storage(Type type, String key, long numbers) {}

    /**
     * A tensor: which numbers of a storage it consists of. Nothing is checked yet.
     *
     * @param offset  of its first number, in numbers
     * @param shape   sizes of its dimensions
     * @param strides how many numbers to go on for the next place of each dimension
     */
    record View(Storage storage, long offset, List<Long> shape, List<Long> strides) {}

    /**
     * Reads a state dict.
     *
     * @param file   for messages
     * @param pickle all of it, little-endian
     * @return its tensors by name
     * @throws CheckpointException if the pickle is damaged, asks for anything that a state dict does not need, or is one of
     *     something else
     */
    static Map<String, View> read(String file, ByteBuffer pickle) {
        Object result;
        try {
            TorchPickle reader = new TorchPickle(pickle.slice().order(ByteOrder.LITTLE_ENDIAN));
            result = reader.load(reader.new Stream());
        } catch (Refused e) {
            throw new CheckpointException("%s: its pickle %s".formatted(file, e.getMessage()), e);
        } catch (IOException
                | PickleException
                | ClassCastException
                | IndexOutOfBoundsException
                | NullPointerException e) {
            throw new CheckpointException(
                    "%s: its pickle is damaged; expected the state dict of a model: copy the file again"
                            .formatted(file),
                    e);
        }
        if (!(result instanceof Map<?, ?> dict)) {
            throw new CheckpointException("%s: holds %s; expected a dict of tensors: save model.state_dict()"
                    .formatted(file, describe(result)));
        }
        Map<String, View> views = new LinkedHashMap<>();
        dict.forEach((name, value) -> {
            if (!(value instanceof View view)) {
                throw new CheckpointException("%s: '%s' is %s; expected a tensor: save model.state_dict()"
                        .formatted(file, name, describe(value)));
            }
            views.put((String) name, view);
        });
        return views;
    }

    @Override
    protected Object dispatch(short instruction) throws IOException {
        switch (instruction) {
            case Opcodes.GLOBAL, Opcodes.INST -> {
                String module = PickleUtils.readline(input);
                stack.add(global(module, PickleUtils.readline(input)));
                if (instruction == Opcodes.INST) {
                    throw refusedInstruction(instruction);
                }
            }
            case Opcodes.STACK_GLOBAL -> {
                String name = (String) stack.pop();
                stack.add(global((String) stack.pop(), name));
            }
            case Opcodes.BUILD -> dropAttributes();
            case Opcodes.SETITEM -> {
                Object value = stack.pop();
                put(stack.pop(), value);
            }
            case Opcodes.SETITEMS -> {
                List<Object> items = stack.pop_all_since_marker();
                for (int at = 0; at < items.size(); at += 2) {
                    put(items.get(at), items.get(at + 1));
                }
            }
            case Opcodes.BINUNICODE -> {
                requireText(pickle.remaining() < Integer.BYTES ? 0 : pickle.getInt(pickle.position()));
                return super.dispatch(instruction);
            }
            default -> {
                count(instruction);
                return super.dispatch(instruction);
            }
        }
        return NO_RETURN_VALUE;
    }

    @Override
    protected Object persistentLoad(Object id) {
        Object[] parts = (Object[]) id;
        if (parts.length != 5 || !"storage".equals(parts[0])) {
            throw new Refused("refers to something outside of it; expected storages only");
        }
        // the device that it was saved from, parts[3], is of no interest
        return new Storage((Type) parts[1], (String) parts[2], whole(parts[4]));
    }

    private void count(short instruction) {
        if (COUNTED.contains(instruction)) {
            objects++;
            if (objects > mostObjects) {
                throw new Refused("makes an object of every %d bytes; expected the state dict of a model"
                        .formatted(BYTES_PER_OBJECT));
            }
        } else if (!HARMLESS.contains(instruction)) {
            throw refusedInstruction(instruction);
        }
    }

    private void dropAttributes() {
        if (!(stack.pop() instanceof Map) || !(stack.peek() instanceof Map)) {
            throw new Refused("sets the state of an object; expected attributes of a dict only");
        }
    }

    @SuppressWarnings("unchecked") // every map on the stack was filled here
    private void put(Object key, Object value) {
        if (!(key instanceof String)) {
            throw new Refused("has a dict with %s as a key; expected texts".formatted(describe(key)));
        }
        ((Map<Object, Object>) stack.peek()).put(key, value);
    }

    private static void requireText(int length) {
        if (length < 0 || length > LONGEST_TEXT) {
            throw new Refused("has a text of %s bytes; expected at most %d"
                    .formatted(Integer.toUnsignedString(length), LONGEST_TEXT));
        }
    }

    private static Object global(String module, String name) {
        requireText(module.length());
        requireText(name.length());
        Object global = GLOBALS.get(module + "." + name);
        if (global == null) {
            throw new Refused(
                    "asks for '%s.%s'; expected nothing but tensors: save model.state_dict(), and beware of loading this file with Python"
                            .formatted(module, name));
        }
        return global;
    }

    private static Map.Entry<String, Object> function(String name, IObjectConstructor function) {
        return Map.entry(name, function);
    }

    private static Map.Entry<String, Object> type(String storage, String label, int bytes) {
        return Map.entry("torch." + storage + "Storage", new Type(label, bytes));
    }

    private static Object orderedDict(Object[] arguments) {
        requireArguments("OrderedDict", arguments, 0, 0);
        return new LinkedHashMap<String, Object>();
    }

    // (storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
    private static Object tensor(Object[] arguments) {
        requireArguments("_rebuild_tensor_v2", arguments, 6, 7);
        if (arguments.length == 7 && arguments[6] instanceof Map<?, ?> metadata && !metadata.isEmpty()) {
            throw new Refused("has a tensor with properties of its own (conjugate or negative); expected plain tensors:"
                    + " call resolve_conj() and resolve_neg() before saving");
        }
        return view(arguments);
    }

    // (storage, offset, size, stride, quantizer, requires_grad, backward_hooks)
    private static Object quantised(Object[] arguments) {
        requireArguments("_rebuild_qtensor", arguments, 7, 7);
        return view(arguments);
    }

    // (tensor, requires_grad, backward_hooks)
    private static Object parameter(Object[] arguments) {
        requireArguments("_rebuild_parameter", arguments, 3, 3);
        return (View) arguments[0];
    }

    private static View view(Object[] arguments) {
        return new View((Storage) arguments[0], whole(arguments[1]), wholes(arguments[2]), wholes(arguments[3]));
    }

    private static void requireArguments(String function, Object[] arguments, int least, int most) {
        if (arguments.length < least || arguments.length > most) {
            throw new Refused("calls %s with %d arguments; expected %d".formatted(function, arguments.length, least));
        }
    }

    private static List<Long> wholes(Object tuple) {
        Object[] numbers = (Object[]) tuple;
        if (numbers.length > MOST_DIMENSIONS) {
            throw new Refused(
                    "has a tensor of %d dimensions; expected at most %d".formatted(numbers.length, MOST_DIMENSIONS));
        }
        List<Long> wholes = new ArrayList<>();
        for (Object number : numbers) {
            wholes.add(whole(number));
        }
        return wholes;
    }

    private static long whole(Object number) {
        if (number instanceof Integer || number instanceof Long) {
            return ((Number) number).longValue();
        }
        throw new Refused("has %s where a tensor's sizes should be".formatted(describe(number)));
    }

    // by kind alone: a tuple can hold itself
    private static String describe(Object value) {
        if (value instanceof Map) {
            return "a dict";
        }
        if (value instanceof Object[]) {
            return "a tuple";
        }
        if (value instanceof View) {
            return "a tensor";
        }
        if (value instanceof String) {
            return "a text";
        }
        return value instanceof Number ? "a number" : "something else";
    }

    private static Refused refusedInstruction(short instruction) {
        return new Refused("has instruction 0x%02x; expected only those of a state dict: save model.state_dict()"
                .formatted(instruction));
    }

    /** What a pickle may not contain; the message goes on after "its pickle". */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Refused(String message) {
            super(message);
        }
    }

    /** The pickle as the library reads it. The library takes -1, the usual end, for a length; here the end is a failure. */
    private final class Stream extends InputStream {
        @Override
        public int read() throws EOFException {
            require(1);
            return Byte.toUnsignedInt(pickle.get());
        }

        @Override
        public int read(byte[] to, int from, int length) throws EOFException {
            require(length);
            pickle.get(to, from, length);
            return length;
        }

        private void require(int length) throws EOFException {
            if (length > pickle.remaining()) {
                throw new EOFException("the pickle ends amid an instruction");
            }
        }
    }
}
