package dev.hydra.decode;

import dev.hydra.grammar.Guide;
import dev.hydra.grammar.Place;
import dev.hydra.graph.Acceptance;
import dev.hydra.sampling.Chooser;
import dev.hydra.tree.TreeShape;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * One request in flight: its tokens, its place in the cache and why it ended. The only mutable state of decoding. Belongs to
 * the decoding thread, but for {@link #cancel}.
 */
public final class Sequence {

    private final DecodePlan plan;
    private final TokenSink sink;
    private final long seed;
    private final long arrival = System.nanoTime();
    private final List<Integer> tokens = new ArrayList<>();
    private DecodeStatistics statistics = DecodeStatistics.none();
    private Duration reading = Duration.ZERO;
    private @Nullable Place place;
    private Optional<FinishReason> reason = Optional.empty();
    private Optional<Throwable> failure = Optional.empty();
    private int row = -1;
    private int cached;
    private volatile boolean cancelled;

    /**
     * @param plan what to decode, and how
     * @param sink where the tokens go
     */
    public Sequence(DecodePlan plan, TokenSink sink) {
        this.plan = plan;
        this.sink = sink;
        this.seed = plan.sampling()
                .seed()
                .orElseGet(() -> ThreadLocalRandom.current().nextLong());
        this.place = plan.guide().map(Guide::start).orElse(null);
        if (plan.maximumTokens() == 0) {
            reason = Optional.of(FinishReason.LENGTH);
        }
    }

    /** What is decoded, and how. */
    public DecodePlan plan() {
        return plan;
    }

    /** The generated tokens so far. */
    public List<Integer> tokens() {
        return List.copyOf(tokens);
    }

    /** Ends the sequence before its next token. Any thread may call this, at any time. */
    public void cancel() {
        cancelled = true;
    }

    /** Whether the sequence has ended, or broken off: nothing more is emitted. */
    public boolean isFinished() {
        if (reason.isEmpty() && cancelled) {
            reason = Optional.of(FinishReason.CANCELLED);
        }
        return reason.isPresent() || failure.isPresent();
    }

    /** Why the sequence broke off; empty where it did not. */
    public Optional<Throwable> failure() {
        return failure;
    }

    /** Ends the sequence with an error, unless one has ended it before. */
    public void breakOff(Throwable error) {
        if (failure.isEmpty()) {
            failure = Optional.of(error);
        }
    }

    /** Whether the whole prompt is in the cache and the first token was emitted. */
    public boolean isBegun() {
        return !tokens.isEmpty();
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
    void place(int row) {
        this.row = row;
    }

    /** Whether the sequence has a row of the cache. */
    public boolean isPlaced() {
        return row >= 0;
    }

    int row() {
        return row;
    }

    /** Tokens in the cache: the root token is the first that is not. */
    public int cached() {
        return cached;
    }

    /** The last token emitted. */
    int root() {
        return tokens.get(tokens.size() - 1);
    }

    /** The tree of the next step: as much of the plan's as there is room for, in the budget and in the cache row. */
    TreeShape tree(int positions) {
        // a step may emit one token more than its tree is deep
        return plan.tree().within(plan.maximumTokens() - tokens.size() - 1, positions - cached);
    }

    /** Whether somebody wants to know what is drafted. */
    boolean isTraced() {
        return sink.isTracing();
    }

    /** How the next tokens are chosen, for the sequence of that place in a batch. */
    Chooser chooser(int member) {
        return new Chooser(member, plan.prompt().size() + tokens.size(), plan.sampling(), seed);
    }

    /** The next tokens of the prompt that are not in the cache yet. */
    List<Integer> unread(int most) {
        return plan.prompt()
                .subList(cached, Math.min(cached + most, plan.prompt().size()));
    }

    /** A part of the prompt is in the cache. */
    void read(int count, Duration time) {
        cached += count;
        reading = reading.plus(time);
    }

    /** The whole prompt is in the cache, and the base model said what follows. */
    DecodeStatistics begin(int root) {
        emit(root, 0);
        sink.flush();
        DecodeStatistics delta = DecodeStatistics.ofPrefill(plan.prompt().size(), reading, age());
        statistics = statistics.plus(delta);
        return delta;
    }

    /** Appends what a step kept, up to the token that ends the sequence. */
    DecodeStatistics append(Acceptance acceptance, Drafted drafted, StepTimes times) {
        int before = tokens.size();
        cached += acceptance.path().nodes().size();
        for (int at = 0; at < acceptance.tokens().size() && !isFinished(); at++) {
            emit(acceptance.tokens().get(at), at + 1);
        }
        if (!isFinished()) {
            emit(acceptance.bonus(), 0);
        }
        int said = tokens.size() - before;
        if (isTraced()) {
            sink.stepped(drafted.trace(acceptance, said));
        }
        sink.flush();
        DecodeStatistics delta = DecodeStatistics.ofStep(said, drafted.counts(), times);
        statistics = statistics.plus(delta);
        return delta;
    }

    /** Ends the sequence where its cache row is full. */
    void endIfFull(int positions) {
        if (reason.isEmpty() && cached >= positions) {
            reason = Optional.of(FinishReason.LENGTH);
        }
    }

    /** The tokens that may follow the root token; nothing where any may. */
    Optional<BitSet> following() {
        return plan.guide()
                .map(guide -> guide.legal(Objects.requireNonNull(place), plan.maximumTokens() - tokens.size() - 1))
                .filter(legal -> !legal.isEmpty());
    }

    /** What the sequence's guide says of a tree behind its root token; nothing where the answer may be anything. */
    Optional<Foresight> foresight(TreeShape shape) {
        return plan.guide()
                .map(guide -> new Foresight(
                        guide, Objects.requireNonNull(place), plan.maximumTokens() - tokens.size(), shape));
    }

    private boolean endsDocument(int token) {
        if (place == null) {
            return false;
        }
        Guide guide = plan.guide().orElseThrow();
        place = guide.next(place, token);
        return guide.isEnd(place, plan.maximumTokens() - tokens.size());
    }

    private void emit(int token, int depth) {
        tokens.add(token);
        if (plan.endTokens().contains(token) || sink.append(token, depth) || endsDocument(token)) {
            reason = Optional.of(FinishReason.STOP);
        } else if (tokens.size() == plan.maximumTokens()) {
            reason = Optional.of(FinishReason.LENGTH);
        }
    }
}
