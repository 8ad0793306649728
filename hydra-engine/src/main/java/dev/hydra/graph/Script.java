package dev.hydra.graph;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;

/** A loaded TorchScript module whose methods are called by name. Not safe for use by several threads at once. */
final class Script implements AutoCloseable {

    private final Model model;
    private final PtSymbolBlock block;

    Script(GraphArchive archive, Device device) {
        model = Model.newInstance("hydra", device, Libtorch.engine().getEngineName());
        try {
            model.load(new ByteArrayInputStream(archive.pack()));
        } catch (IOException e) {
            model.close();
            throw new UncheckedIOException(e);
        } catch (MalformedModelException e) {
            model.close();
            throw new IllegalStateException("libtorch refused the graph's source", e);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
        block = (PtSymbolBlock) model.getBlock();
    }

    /**
     * Switches off libtorch's profile-guided fusion for the calling thread: it compiles anew for every shape, and a step's
     * shapes change all the time.
     */
    static void prepareThread() {
        JniUtils.setGraphExecutorOptimize(false);
    }

    NDManager manager() {
        return model.getNDManager();
    }

    /** Calls a method that returns nothing of interest. */
    void run(String method, IValue... arguments) {
        call(method, arguments).close();
    }

    /** Calls a method that returns one array, which is attached to a manager. */
    NDArray array(NDManager owner, String method, IValue... arguments) {
        try (IValue result = call(method, arguments)) {
            return result.toTensor((PtNDManager) owner);
        }
    }

    /** Calls a method that returns several arrays, which are attached to a manager. */
    List<NDArray> arrays(NDManager owner, String method, IValue... arguments) {
        try (IValue result = call(method, arguments)) {
            return result.toNDList((PtNDManager) owner);
        }
    }

    private IValue call(String method, IValue... arguments) {
        try {
            return IValueUtils.runMethod(block, method, arguments);
        } finally {
            for (IValue argument : arguments) {
                argument.close();
            }
        }
    }

    static IValue value(NDArray array) {
        return IValue.from((PtNDArray) array);
    }

    static IValue value(List<NDArray> arrays) {
        return IValue.listFrom(arrays.stream().map(PtNDArray.class::cast).toArray(PtNDArray[]::new));
    }

    /** The bytes of an array in the computer's own memory, of any type that torch knows; valid as long as the array is. */
    static ByteBuffer window(NDArray array) {
        return JniUtils.getByteBuffer((PtNDArray) array, true);
    }

    static NDArray numbers(NDManager owner, List<Integer> values) {
        return owner.create(values.stream().mapToLong(Integer::longValue).toArray());
    }

    static IValue value(long number) {
        return IValue.from(number);
    }

    @Override
    public void close() {
        model.close();
    }
}
