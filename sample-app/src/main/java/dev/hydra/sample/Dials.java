package dev.hydra.sample;

import dev.hydra.decode.DecodeStatistics;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.text.TextRun;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.chat.model.ChatResponse;

/**
 * Turns the chunks of one answer into events, and counts along: the first chunk is the token that reading the prompt gave,
 * every later one a step; a run is a token, since a step drafts one per depth. Belongs to one subscriber.
 */
final class Dials {

    private long tokens;
    private long steps = -1;
    private long firstNanos;

    ChatEvent read(ChatResponse chunk) {
        return chunk.getMetadata().getUsage().getNativeUsage() instanceof DecodeStatistics statistics
                ? done(chunk, statistics)
                : runs(Objects.requireNonNull(chunk.getMetadata().<List<TextRun>>get(HydraChatModel.RUNS)));
    }

    private ChatEvent runs(List<TextRun> runs) {
        long now = System.nanoTime();
        if (steps < 0) {
            firstNanos = now;
        }
        steps++;
        tokens += runs.size();
        double seconds = (now - firstNanos) / 1e9;
        return new ChatEvent.Runs(
                runs.stream().map(ChatEvent.Run::of).toList(),
                steps == 0 ? 1 : (tokens - 1) / (double) steps,
                seconds == 0 ? 0 : (tokens - 1) / seconds,
                tokens,
                steps);
    }

    private static ChatEvent done(ChatResponse chunk, DecodeStatistics statistics) {
        String reason = Objects.requireNonNull(chunk.getResult()).getMetadata().getFinishReason();
        return new ChatEvent.Done(
                Objects.requireNonNull(reason),
                statistics.acceptanceLength(),
                statistics.tokensPerSecond(),
                statistics.generatedTokens(),
                statistics.steps());
    }
}
