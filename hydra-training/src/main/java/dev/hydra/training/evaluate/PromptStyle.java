package dev.hydra.training.evaluate;

import dev.hydra.Hydra;
import dev.hydra.text.ChatMessage;
import dev.hydra.text.ChatTemplate;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** How a conversation becomes a prompt. */
public enum PromptStyle {
    /** By the model's chat template, with what introduces an answer at the end. */
    CHAT {
        @Override
        public List<Integer> tokens(Hydra hydra, List<ChatMessage> messages) {
            return hydra.tokenizer().encode(hydra.chatTemplate().render(messages, true));
        }
    },
    /** The messages' texts alone, a line feed between them, begun as the tokenizer begins a text. */
    RAW {
        @Override
        public List<Integer> tokens(Hydra hydra, List<ChatMessage> messages) {
            return hydra.tokenizer()
                    .encodePrompt(messages.stream().map(ChatMessage::content).collect(Collectors.joining("\n")));
        }
    };

    /** The style of a model: by its chat template, where its folder has one. */
    public static PromptStyle of(Path model) {
        return ChatTemplate.exists(model) ? CHAT : RAW;
    }

    /** The style of a model that runs: by the chat template chosen for it, or its own, if there is one. */
    public static PromptStyle of(Setup setup) {
        return setup.chatTemplate().equals(ChatTemplate.AUTO) ? of(setup.model()) : CHAT;
    }

    /** The prompt's tokens. */
    public abstract List<Integer> tokens(Hydra hydra, List<ChatMessage> messages);
}
