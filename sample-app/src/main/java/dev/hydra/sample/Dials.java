package dev.hydra.sample;

import dev.hydra.decode.DecodeStatistics;
import dev.hydra.schedule.StepReport;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.text.TextRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.model.ChatResponse;

/**
 * Turns the chunks of one answer into events, and counts along: the first chunk is the token that reading the prompt gave,
 * every later one a step; a run is a token, since a step drafts one per depth. Belongs to one subscriber; what was said until now
 * may be asked for by any thread.
 */
final class Dials {

    private final StringBuilder text = new StringBuilder(); // guarded by this
    private long tokens;
    private long steps = -1;
    private long firstNanos;

    /** The answer until now. */
    synchronized String text() {
        return text.toString();
    }

    private synchronized void say(List<TextRun> runs) {
        runs.forEach(run -> text.append(run.text()));
    }

    List<ChatEvent> read(ChatClientResponse response) {
        ChatResponse chunk = Objects.requireNonNull(response.chatResponse());
        List<TextRun> runs = Objects.requireNonNull(chunk.getMetadata().get(HydraChatModel.RUNS));
        List<StepReport> made = chunk.getMetadata().getOrDefault(HydraChatModel.STEPS, List.of());
        List<ChatEvent> events = new ArrayList<>();
        if (steps < 0 && response.context().get(ContextWindow.REMEMBERED) instanceof Integer remembered) {
            events.add(new ChatEvent.Begun(remembered));
        }
        if (chunk.getMetadata().getUsage().getNativeUsage() instanceof DecodeStatistics statistics) {
            if (!made.isEmpty()) {
                events.add(runs(List.of(), made));
            }
            events.add(done(chunk, statistics));
        } else {
            count(runs);
            events.add(runs(runs, made));
        }
        return events;
    }

    private void count(List<TextRun> runs) {
        if (steps < 0) {
            firstNanos = System.nanoTime();
        }
        steps++;
        tokens += runs.size();
        say(runs);
    }

    private ChatEvent runs(List<TextRun> runs, List<StepReport> made) {
        double seconds = (System.nanoTime() - firstNanos) / 1e9;
        return new ChatEvent.Runs(
                runs.stream().map(ChatEvent.Run::of).toList(),
                made.stream().map(ChatEvent.Tree::of).toList(),
                steps == 0 ? 1 : (tokens - 1) / (double) steps,
                steps == 0 ? 0 : (tokens - 1) / seconds,
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
