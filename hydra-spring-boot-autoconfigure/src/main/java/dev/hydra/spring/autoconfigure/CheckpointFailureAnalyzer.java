package dev.hydra.spring.autoconfigure;

import dev.hydra.checkpoint.CheckpointException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports files that are no model, no heads, or heads of another model, with the properties that led to them. */
final class CheckpointFailureAnalyzer extends AbstractFailureAnalyzer<CheckpointException> {

    private final Environment environment;

    CheckpointFailureAnalyzer(Environment environment) {
        this.environment = environment;
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, CheckpointException cause) {
        return new FailureAnalysis(
                "Hydra cannot open its model: %s.%s"
                        .formatted(cause.getMessage(), Locations.of(environment).text()),
                ("Set %s to a complete folder of a model and %s to heads that were trained for exactly this model,"
                                + " or to none to decode without drafts. If a file is cut short, fetch it again.")
                        .formatted(HydraProperties.MODEL_LOCATION, HydraProperties.HEADS_LOCATION),
                cause);
    }
}
