package dev.hydra.spring.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Reports a missing model or folder without a stack trace. */
final class HydraConfigurationFailureAnalyzer extends AbstractFailureAnalyzer<HydraConfigurationException> {

    @Override
    protected FailureAnalysis analyze(Throwable root, HydraConfigurationException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.action(), cause);
    }
}
