package dev.hydra.sample;

import dev.hydra.Hydra;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.text.ChatMessage;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.Advisor;
import org.springframework.ai.chat.client.advisor.api.AdvisorChain;
import org.springframework.ai.chat.client.advisor.api.BaseAdvisor;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.stereotype.Component;

/**
 * Shows the model as much of a conversation as it has room for: where question, memory and answer together would not fit into the
 * model's context, the oldest exchange is left out, and so on. Tokens are counted as the model counts them. An answer has room for its
 * most tokens, but claims no more than half of the context. A question that is too long by itself is left to the engine, which refuses
 * it and says why.
 */
@Component
final class ContextWindow implements BaseAdvisor {

    /** Key of the response's context: how many exchanges the model was shown before the question. */
    static final String REMEMBERED = "sample.remembered";

    private static final int EXCHANGE = 2; // a question and its answer

    private final Hydra hydra;

    ContextWindow(Hydra hydra) {
        this.hydra = hydra;
    }

    @Override
    public ChatClientRequest before(ChatClientRequest request, AdvisorChain chain) {
        List<Message> messages = request.prompt().getInstructions();
        int room = hydra.description().positions() - answer(request.prompt().getOptions());
        while (messages.size() > EXCHANGE && tokens(messages) > room) {
            messages = messages.subList(EXCHANGE, messages.size());
        }
        return request.mutate()
                .prompt(request.prompt().mutate().messages(messages).build())
                .context(REMEMBERED, messages.size() / EXCHANGE)
                .build();
    }

    @Override
    public ChatClientResponse after(ChatClientResponse response, AdvisorChain chain) {
        return response;
    }

    /** Behind the advisor that puts the memory into the prompt. */
    @Override
    public int getOrder() {
        return Advisor.DEFAULT_CHAT_MEMORY_PRECEDENCE_ORDER + 1;
    }

    private int answer(@Nullable ChatOptions options) {
        Integer most = options == null ? null : options.getMaxTokens();
        return Math.min(
                Objects.requireNonNullElse(most, HydraChatModel.DEFAULT_MAX_TOKENS),
                hydra.description().positions() / 2);
    }

    private int tokens(List<Message> messages) {
        List<ChatMessage> turns = messages.stream()
                .map(message -> new ChatMessage(
                        message.getMessageType().getValue(), Objects.requireNonNullElse(message.getText(), "")))
                .toList();
        return hydra.tokenizer()
                .encode(hydra.chatTemplate().render(turns, true))
                .size();
    }
}
