package dev.hydra.spring.autoconfigure;

import dev.hydra.WarmUpException;
import java.util.List;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports a model that could be opened and cannot answer. */
final class WarmUpFailureAnalyzer extends AbstractFailureAnalyzer<WarmUpException> {

    private final SetProperties set;

    WarmUpFailureAnalyzer(Environment environment) {
        this.set = new SetProperties(environment);
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, WarmUpException cause) {
        return new FailureAnalysis(
                "Hydra has opened its model, and it does not answer: %s.%s"
                        .formatted(
                                cause.getMessage(),
                                set.paragraph(List.of(
                                        HydraProperties.MODEL_LOCATION,
                                        HydraProperties.HEADS_LOCATION,
                                        HydraProperties.WARM_UP))),
                "Make sure that all files in %s are of the same model. With %s set to false the application starts, and its first request would end like this."
                        .formatted(HydraProperties.MODEL_LOCATION, HydraProperties.WARM_UP),
                cause);
    }
}
