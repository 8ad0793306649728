package dev.hydra.spring.openai;

import dev.hydra.decode.DecodeStatistics;
import dev.hydra.spring.openai.ChatCompletionChunk.Choice;
import dev.hydra.spring.openai.ChatCompletionChunk.Delta;
import dev.hydra.spring.openai.ChatCompletionRequest.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;

/** Turns a model's chunks into those of the wire. Belongs to one stream. */
final class ChunkReader {

    private final AnswerId answer;
    private final Delivery delivery;
    private boolean begun;
    private int calls;

    ChunkReader(AnswerId answer, Delivery delivery) {
        this.answer = answer;
        this.delivery = delivery;
    }

    /** The chunks that say what a model's chunk says: the role first, text and calls, and in the end why it ended and what it took. */
    List<ChatCompletionChunk> read(ChatResponse response) {
        List<ChatCompletionChunk> chunks = new ArrayList<>();
        if (!begun) {
            begun = true;
            chunks.add(chunk(Delta.BEGIN, null));
        }
        Generation generation = Objects.requireNonNull(response.getResult());
        AssistantMessage message = generation.getOutput();
        String text = message.getText();
        if (text != null && !text.isEmpty()) {
            chunks.add(chunk(Delta.text(text), null));
        }
        if (message.hasToolCalls()) {
            chunks.add(chunk(Delta.calls(ToolCall.numbered(message.getToolCalls(), calls)), null));
            calls += message.getToolCalls().size();
        }
        String reason = ChatCompletion.finishReason(generation);
        if (reason != null) {
            chunks.add(chunk(Delta.NOTHING, reason));
            if (delivery == Delivery.STREAM_WITH_USAGE) {
                chunks.add(usage(response));
            }
        }
        return chunks;
    }

    private ChatCompletionChunk chunk(Delta delta, @Nullable String reason) {
        JsonNode usage = delivery == Delivery.STREAM_WITH_USAGE ? NullNode.getInstance() : null;
        return new ChatCompletionChunk(answer, List.of(new Choice(delta, reason)), usage, null);
    }

    private ChatCompletionChunk usage(ChatResponse response) {
        var usage = response.getMetadata().getUsage();
        Metrics metrics = usage.getNativeUsage() instanceof DecodeStatistics statistics ? Metrics.of(statistics) : null;
        return new ChatCompletionChunk(answer, List.of(), Json.tree(Usage.of(usage)), metrics);
    }
}
