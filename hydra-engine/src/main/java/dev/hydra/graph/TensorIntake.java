package dev.hydra.graph;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.checkpoint.StoredTensor;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * A tensor's bytes are read, piece by piece, into one buffer of native memory, and converted from there to where they will lie. So
 * beside the tensor itself there is never more than a piece of it, whatever its size. Mapping the file instead would have all its
 * pages count as the process' memory until the garbage collector unmaps them, and it has no reason to run: the heap stays empty.
 */
/** Brings stored tensors to the device, in the model's data type. Belongs to one thread. */
final class TensorIntake implements AutoCloseable {

    /** Bytes; a multiple of every number's size, and little enough to stay in the processor's cache until it is converted. */
    private static final int PIECE = 1 << 20;

    /** Bytes beyond which glibc gives memory back as soon as it is freed, and learns nothing from that. */
    private static final int BENCH = 32 << 20;

    private final Script script;
    private final DataType dataType;
    private final NDManager host;
    private final NDArray here;
    private final NDArray there;
    private final Map<StorageType, Piece> pieces = new EnumMap<>(StorageType.class);
    private @Nullable NDArray bench;

    TensorIntake(Script script, DataType dataType) {
        this.script = script;
        this.dataType = dataType;
        this.host = script.manager().newSubManager(Device.cpu());
        this.here = host.create(0);
        this.there = here.toDevice(script.manager().getDevice(), false);
    }

    /** Tensors above one another as one: they differ in their first dimension at most. */
    NDArray stack(NDManager owner, List<StoredTensor> parts) {
        return fill(empty(owner, there, dataType.torch(), shape(parts)), parts);
    }

    /**
     * The same for a moment: until the next one is asked for, or the owner is closed. A small one lies where the last one lay. Were each
     * given memory of its own, freeing the first would teach glibc to serve all others of that size from heaps with holes, in which
     * those that stay would lie too; the holes of a model of a gigabyte come to a tenth of it.
     */
    NDArray stackForNow(NDManager owner, List<StoredTensor> parts) {
        long[] shape = shape(parts);
        if (new Shape(shape).size() * dataType.bytes() > BENCH) {
            return stack(owner, parts);
        }
        if (bench == null) {
            bench = empty(host, there, dataType.torch(), BENCH / dataType.bytes());
        }
        return fill(script.array(owner, "front", Script.value(bench), IValue.listFrom(shape)), parts);
    }

    private static long[] shape(List<StoredTensor> parts) {
        long[] shape = parts.get(0).shape().stream().mapToLong(Long::longValue).toArray();
        if (shape.length > 0) {
            shape[0] = parts.stream().mapToLong(part -> part.shape().get(0)).sum();
        }
        return shape;
    }

    private NDArray fill(NDArray tensor, List<StoredTensor> parts) {
        long at = 0;
        for (StoredTensor part : parts) {
            fill(tensor, at, part);
            at += part.length() / part.type().bytes();
        }
        return tensor;
    }

    private void fill(NDArray tensor, long at, StoredTensor stored) {
        int size = stored.type().bytes();
        Piece piece = pieces.computeIfAbsent(stored.type(), this::piece);
        for (long from = 0; from < stored.length(); from += PIECE) {
            int length = (int) Math.min(PIECE, stored.length() - from);
            stored.read(from, piece.window().clear().limit(length));
            script.run(
                    "fill_tensor",
                    Script.value(tensor),
                    Script.value(at + from / size),
                    Script.value(piece.numbers()),
                    Script.value(length / size));
        }
    }

    private Piece piece(StorageType type) {
        NDArray numbers = empty(host, here, torch(type), PIECE / type.bytes());
        return new Piece(numbers, Script.window(numbers));
    }

    private NDArray empty(NDManager owner, NDArray place, int kind, long... shape) {
        return script.array(owner, "empty_tensor", Script.value(place), Script.value(kind), IValue.listFrom(shape));
    }

    /** The number that torch gives a type. */
    private static int torch(StorageType type) {
        return switch (type) {
            case FLOAT32 -> DataType.FLOAT32.torch();
            case FLOAT16 -> DataType.FLOAT16.torch();
            case BFLOAT16 -> DataType.BFLOAT16.torch();
        };
    }

    /** The buffer of one type: its numbers, and their bytes. */
    private record Piece(NDArray numbers, ByteBuffer window) {}

    @Override
    public void close() {
        host.close();
    }
}
