package dev.hydra.spring.autoconfigure;

import dev.hydra.graph.DjlVersionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Reports that the class path has parts of several versions of DJL. */
final class DjlVersionFailureAnalyzer extends AbstractFailureAnalyzer<DjlVersionException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, DjlVersionException cause) {
        return new FailureAnalysis(
                "Hydra cannot run its model: %s.".formatted(cause.getMessage()),
                "Import ai.djl:bom in the version that hydra-engine has been built with, before other BOMs, or exclude the other"
                        + " version where it comes from: mvn dependency:tree -Dincludes=ai.djl:*,ai.djl.*:* or gradle"
                        + " dependencyInsight --dependency ai.djl shows that.",
                cause);
    }
}
