package dev.hydra.decode;

import dev.hydra.graph.Acceptance;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One request in flight: its tokens, its place in the cache and why it ended. The only mutable state of decoding. Belongs to
 * the decoding thread, but for {@link #cancel}.
 */
public final class Sequence {

    private final List<Integer> prompt;
    private final Set<Integer> endTokens;
    private final int maximumTokens;
    private final TokenSink sink;
    private final long arrival = System.nanoTime();
    private final List<Integer> tokens = new ArrayList<>();
    private DecodeStatistics statistics = DecodeStatistics.none();
    private Optional<FinishReason> reason = Optional.empty();
    private int row = -1;
    private int cached;
    private volatile boolean cancelled;

    /**
     * @param prompt        tokens, one at least
     * @param endTokens     tokens that end the answer
     * @param maximumTokens tokens to generate at most; 0 ends the sequence before it starts
     * @param sink          where the tokens go
     */
    public Sequence(List<Integer> prompt, Set<Integer> endTokens, int maximumTokens, TokenSink sink) {
        assert !prompt.isEmpty() && maximumTokens >= 0 : "prompt=" + prompt + ", maximumTokens=" + maximumTokens;
        this.prompt = List.copyOf(prompt);
        this.endTokens = Set.copyOf(endTokens);
        this.maximumTokens = maximumTokens;
        this.sink = sink;
        if (maximumTokens == 0) {
            reason = Optional.of(FinishReason.LENGTH);
        }
    }

    /** The prompt's tokens. */
    public List<Integer> prompt() {
        return prompt;
    }

    /** The generated tokens so far. */
    public List<Integer> tokens() {
        return List.copyOf(tokens);
    }

    /** Ends the sequence before its next token. Any thread may call this, at any time. */
    public void cancel() {
        cancelled = true;
    }

    /** Whether the sequence has ended: nothing more is emitted. */
    public boolean isFinished() {
        if (reason.isEmpty() && cancelled) {
            reason = Optional.of(FinishReason.CANCELLED);
        }
        return reason.isPresent();
    }

    /** The result; to be asked for once the sequence has ended. */
    public Completion completion() {
        return new Completion(tokens, sink.text(), reason.orElse(FinishReason.CANCELLED), statistics);
    }

    /** Time since the request arrived. */
    public Duration age() {
        return Duration.ofNanos(System.nanoTime() - arrival);
    }

    /** Gives the sequence a row of the cache. */
    public void place(int row) {
        this.row = row;
    }

    int row() {
        return row;
    }

    /** Tokens in the cache: the root token is the first that is not. */
    int cached() {
        return cached;
    }

    /** The last token emitted. */
    int root() {
        return tokens.get(tokens.size() - 1);
    }

    /** Tokens that may still be generated. */
    int remaining() {
        return maximumTokens - tokens.size();
    }

    /** A part of the prompt is in the cache. */
    void read(int count) {
        cached += count;
    }

    /** The whole prompt is in the cache, and the base model said what follows. */
    DecodeStatistics begin(int root, Duration prefill) {
        if (!isFinished()) {
            emit(root, 0);
        }
        sink.flush();
        DecodeStatistics delta = DecodeStatistics.ofPrefill(prompt.size(), tokens.size(), prefill, age());
        statistics = statistics.plus(delta);
        return delta;
    }

    /** Appends what a step kept, up to the token that ends the sequence. */
    DecodeStatistics append(Acceptance acceptance, List<Long> drafted, StepTimes times) {
        int before = tokens.size();
        cached += acceptance.path().nodes().size();
        List<Long> accepted = new ArrayList<>();
        for (int at = 0; at < acceptance.tokens().size() && !isFinished(); at++) {
            emit(acceptance.tokens().get(at), at + 1);
            accepted.add(1L);
        }
        if (!isFinished()) {
            emit(acceptance.bonus(), 0);
        }
        sink.flush();
        DecodeStatistics delta = DecodeStatistics.ofStep(tokens.size() - before, drafted, accepted, times);
        statistics = statistics.plus(delta);
        return delta;
    }

    /** Ends the sequence where its cache row is full. */
    void endIfFull(int positions) {
        if (reason.isEmpty() && cached >= positions) {
            reason = Optional.of(FinishReason.LENGTH);
        }
    }

    private void emit(int token, int depth) {
        tokens.add(token);
        if (endTokens.contains(token) || sink.append(token, depth)) {
            reason = Optional.of(FinishReason.STOP);
        } else if (tokens.size() == maximumTokens) {
            reason = Optional.of(FinishReason.LENGTH);
        }
    }
}
