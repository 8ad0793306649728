package dev.hydra.spring.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports what the application asks for and does not have, with the properties that ask for it. */
final class HydraConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<HydraConfigurationException> {

    private final SetProperties set;

    HydraConfigurationFailureAnalyzer(Environment environment) {
        this.set = new SetProperties(environment);
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, HydraConfigurationException cause) {
        return new FailureAnalysis(
                cause.getMessage() + set.paragraph(set.among(cause.properties())), cause.action(), cause);
    }
}
