package dev.hydra.spring.autoconfigure;

import dev.hydra.checkpoint.CheckpointException;
import java.util.List;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports files that are no model, no heads, or heads of another model, with the properties that led to them. */
final class CheckpointFailureAnalyzer extends AbstractFailureAnalyzer<CheckpointException> {

    private final SetProperties set;

    CheckpointFailureAnalyzer(Environment environment) {
        this.set = new SetProperties(environment);
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, CheckpointException cause) {
        return new FailureAnalysis(
                "Hydra cannot open its model: %s.%s"
                        .formatted(
                                cause.getMessage(),
                                set.paragraph(List.of(HydraProperties.MODEL_LOCATION, HydraProperties.HEADS_LOCATION))),
                ("Set %s to a complete folder of a model and %s to heads that were trained for exactly this model,"
                                + " or to none to decode without drafts. If a file is cut short, fetch it again.")
                        .formatted(HydraProperties.MODEL_LOCATION, HydraProperties.HEADS_LOCATION),
                cause);
    }
}
