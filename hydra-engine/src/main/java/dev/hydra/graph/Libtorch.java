package dev.hydra.graph;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;

/** DJL's PyTorch engine, and what is wrong where it does not start. */
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
            throw new LibtorchException(
                    "libtorch cannot be loaded: %s; expected one of the version that pytorch-jni names"
                            .formatted(reasons(e)),
                    e);
        }
    }

    /** DJL's own sentence says little; the one beneath it says which file, or which host. */
    private static String reasons(EngineException e) {
        Throwable cause = e.getCause();
        return cause == null ? String.valueOf(e.getMessage()) : "%s (%s)".formatted(e.getMessage(), cause.getMessage());
    }
}
