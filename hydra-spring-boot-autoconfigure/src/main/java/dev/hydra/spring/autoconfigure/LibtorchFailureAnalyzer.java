package dev.hydra.spring.autoconfigure;

import dev.hydra.graph.LibtorchException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports a libtorch that is missing or of the wrong build, with what DJL was told about it. */
final class LibtorchFailureAnalyzer extends AbstractFailureAnalyzer<LibtorchException> {

    private final Environment environment;

    LibtorchFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, LibtorchException cause) {
        return new FailureAnalysis(
                "Hydra cannot run its model: %s.%n%n%s"
                        .formatted(
                                cause.getMessage(),
                                Stream.of("PYTORCH_LIBRARY_PATH", "PYTORCH_FLAVOR", "PYTORCH_VERSION")
                                        .map(name ->
                                                "    %s: %s".formatted(name, environment.getProperty(name, "not set")))
                                        .collect(Collectors.joining(System.lineSeparator()))),
                "On a CPU, add the dependency ai.djl.pytorch:pytorch-native-cpu with the classifier of this operating system, and"
                        + " set none of these variables. On a GPU, leave that dependency out, use a libtorch for CUDA 12.8, and set"
                        + " PYTORCH_FLAVOR=cu128 where PYTORCH_LIBRARY_PATH is set. docs/models.md says more.",
                cause);
    }
}
