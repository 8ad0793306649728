package dev.hydra.spring.autoconfigure;

import dev.hydra.text.TokenizerException;
import java.util.List;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports a tokenizer that is missing or damaged, with the property that led to it. */
final class TokenizerFailureAnalyzer extends AbstractFailureAnalyzer<TokenizerException> {

    private final SetProperties set;

    TokenizerFailureAnalyzer(Environment environment) {
        this.set = new SetProperties(environment);
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, TokenizerException cause) {
        return new FailureAnalysis(
                "Hydra cannot read its model's tokenizer: %s.%s"
                        .formatted(cause.getMessage(), set.paragraph(List.of(HydraProperties.MODEL_LOCATION))),
                "Copy the model's tokenizer.json, or its tokenizer.model and tokenizer_config.json, into the folder again, or set %s to a complete one."
                        .formatted(HydraProperties.MODEL_LOCATION),
                cause);
    }
}
