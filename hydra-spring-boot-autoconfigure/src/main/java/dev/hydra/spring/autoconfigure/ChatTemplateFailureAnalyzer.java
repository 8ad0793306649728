package dev.hydra.spring.autoconfigure;

import dev.hydra.text.ChatTemplate;
import dev.hydra.text.ChatTemplateException;
import java.util.List;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports a chat template that is not there or cannot be used, with the properties that chose it. */
final class ChatTemplateFailureAnalyzer extends AbstractFailureAnalyzer<ChatTemplateException> {

    private final SetProperties set;

    ChatTemplateFailureAnalyzer(Environment environment) {
        this.set = new SetProperties(environment);
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, ChatTemplateException cause) {
        return new FailureAnalysis(
                "Hydra cannot use its chat template: %s.%s"
                        .formatted(
                                cause.getMessage(),
                                set.paragraph(List.of(HydraProperties.CHAT_TEMPLATE, HydraProperties.MODEL_LOCATION))),
                "Set %s to auto for the model's own, to one of %s, or to the path of a .jinja file; docs/chat-templates.md says more."
                        .formatted(HydraProperties.CHAT_TEMPLATE, ChatTemplate.builtIn()),
                cause);
    }
}
