package dev.hydra.graph;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import java.util.Locale;

/** DJL's PyTorch engine, and what is wrong where it does not start or breaks off. */
final class Libtorch {
    private static final String NAME = "PyTorch";

    private Libtorch() {}

    /**
     * The engine, loaded when it is first asked for.
     *
     * @throws LibtorchException if libtorch is missing, is of another version, or is a build that DJL has no bridge to
     */
    static Engine engine() {
        try {
            return Engine.getEngine(NAME);
        } catch (EngineException e) {
            throw cannotBeLoaded(reasons(e), e);
        } catch (LinkageError e) {
            // what DJL does not turn into an exception of its own: a library for another system, a second start after a
            // failed one
            throw cannotBeLoaded(String.valueOf(e), e);
        }
    }

    /**
     * What libtorch's failure amounts to.
     *
     * @throws OutOfMemoryError if the device's memory ended
     */
    static LibtorchException failure(EngineException e) {
        String message = String.valueOf(e.getMessage());
        String first = message.lines().findFirst().orElse(message);
        String lower = message.toLowerCase(Locale.ROOT);
        if (lower.contains("out of memory") || lower.contains("can't allocate memory")) {
            OutOfMemoryError end = new OutOfMemoryError(first);
            end.initCause(e);
            throw end;
        }
        return new LibtorchException(
                "libtorch failed while it took the model's weights: %s; expected it to hold them".formatted(first), e);
    }

    private static LibtorchException cannotBeLoaded(String reasons, Throwable cause) {
        return new LibtorchException(
                "libtorch cannot be loaded: %s; expected one of the version that pytorch-jni names".formatted(reasons),
                cause);
    }

    /** DJL's own sentence says little; the one beneath it says which file, or which host. */
    private static String reasons(EngineException e) {
        Throwable cause = e.getCause();
        return cause == null ? String.valueOf(e.getMessage()) : "%s (%s)".formatted(e.getMessage(), cause.getMessage());
    }
}
