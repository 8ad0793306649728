package dev.hydra.spring.autoconfigure;

import dev.hydra.checkpoint.CheckpointException;
import java.util.List;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
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
                "Hydra cannot open its model: %s.%n%n    %s: %s%n    %s: %s"
                        .formatted(
                                cause.getMessage(),
                                HydraProperties.MODEL_LOCATION,
                                environment.getProperty(HydraProperties.MODEL_LOCATION, "not set"),
                                HydraProperties.HEADS_LOCATION,
                                heads().isEmpty() ? "not set" : String.join(", ", heads())),
                ("Set %s to a complete folder of a model and %s to heads that were trained for exactly this model,"
                                + " or to none to decode without drafts. If a file is cut short, fetch it again.")
                        .formatted(HydraProperties.MODEL_LOCATION, HydraProperties.HEADS_LOCATION),
                cause);
    }

    /** A list need not be in one property of that name. */
    private List<String> heads() {
        return Binder.get(environment)
                .bind(HydraProperties.HEADS_LOCATION, Bindable.listOf(String.class))
                .orElse(List.of());
    }
}
