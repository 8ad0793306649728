package dev.hydra.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Instructions of a pickle of protocol 2, one after the other; those that a state dict needs. Not for use by several threads. */
final class PickleWriter {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** An instruction, or a byte of one. */
    PickleWriter code(int code) {
        bytes.write(code);
        return this;
    }

    /** Pushes what a name stands for. */
    PickleWriter global(String module, String name) {
        return code('c').raw(module + "\n" + name + "\n");
    }

    /** Pushes an empty ordered dict. */
    PickleWriter orderedDict() {
        return global("collections", "OrderedDict").code(')').code('R');
    }

    /** Pushes a text. */
    PickleWriter text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        code('X').number(4, utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    /** Pushes a whole number. */
    PickleWriter number(long number) {
        return number == (int) number
                ? code('J').number(4, number)
                : code(0x8a).code(8).number(8, number);
    }

    /** Bytes of latin letters as they are. */
    PickleWriter raw(String letters) {
        bytes.writeBytes(letters.getBytes(StandardCharsets.ISO_8859_1));
        return this;
    }

    /** Pushes a tuple. */
    PickleWriter tuple(List<Long> numbers) {
        code('(');
        numbers.forEach(this::number);
        return code('t');
    }

    /**
     * Pushes a storage.
     *
     * @param type    PyTorch's name of its number type, for example {@code BFloat16}
     * @param key     what the entry with its numbers is called
     * @param numbers how many
     */
    PickleWriter storage(String type, String key, long numbers) {
        return code('(')
                .text("storage")
                .global("torch", type + "Storage")
                .text(key)
                .text("cpu")
                .number(numbers)
                .code('t')
                .code('Q');
    }

    /** Pushes a row-major tensor that is a whole storage. */
    PickleWriter tensor(StorageType type, List<Long> shape, String key) {
        long[] strides = new long[shape.size()];
        long stride = 1;
        for (int dimension = strides.length - 1; dimension >= 0; dimension--) {
            strides[dimension] = stride;
            stride = Math.multiplyExact(stride, shape.get(dimension));
        }
        return global("torch._utils", "_rebuild_tensor_v2")
                .code('(')
                .storage(name(type), key, stride)
                .number(0)
                .tuple(shape)
                .tuple(TensorTable.shape(strides))
                .code(0x89)
                .orderedDict()
                .code('t')
                .code('R');
    }

    /** Sets the attribute {@code _metadata} of the dict, as every module's state dict has it. */
    PickleWriter metadata() {
        return code('}')
                .text("_metadata")
                .orderedDict()
                .text("")
                .code('}')
                .text("version")
                .number(1)
                .code('s')
                .code('s')
                .code('s')
                .code('b');
    }

    /** The pickle so far. */
    byte[] bytes() {
        return bytes.toByteArray();
    }

    private PickleWriter number(int length, long number) {
        byte[] little = ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(number)
                .array();
        bytes.write(little, 0, length);
        return this;
    }

    private static String name(StorageType type) {
        return switch (type) {
            case FLOAT32 -> "Float";
            case FLOAT16 -> "Half";
            case BFLOAT16 -> "BFloat16";
        };
    }
}
