package dev.hydra.schedule;

import dev.hydra.decode.Batch;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodePlan;
import dev.hydra.decode.Decoder;
import dev.hydra.decode.Sequence;
import dev.hydra.draft.DecodingDefaults;
import dev.hydra.draft.DecodingMode;
import dev.hydra.draft.Drafter;
import dev.hydra.draft.Drafters;
import dev.hydra.grammar.Guides;
import dev.hydra.grammar.TokenTrie;
import dev.hydra.graph.ModelGraph;
import dev.hydra.text.Detokenizer;
import dev.hydra.text.TextStream;
import dev.hydra.text.Tokenizer;
import dev.hydra.tree.TreeShape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes requests on a thread of its own: a platform thread, since native calls would pin a virtual one, and never a caller's,
 * since an interrupt must not reach the weights' files or a native call.
 *
 * <p>As many requests are decoded together as there are cache rows; others wait in the order in which they came. Between two
 * steps, those that have ended leave, the next ones that wait take their rows, and one chunk of one prompt is read.
 *
 * <p>Safe for use by several threads.
 */
public final class Scheduler implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Scheduler.class);

    private final Decoder decoder;
    private final ModelGraph graph;
    private final Tokenizer tokenizer;
    private final Guides guides;
    private final SchedulerOptions options;
    private final DecodeListener listener;
    private final CacheSlots slots;
    private final Thread thread;

    private final Object lock = new Object();
    private final Deque<Generation> waiting = new ArrayDeque<>(); // guarded by lock
    private final Map<Generation, Integer> active =
            new LinkedHashMap<>(); // with their rows, oldest first; guarded by lock
    private boolean closed; // guarded by lock
    private Optional<Throwable> failure = Optional.empty(); // guarded by lock
    private final Object reconfiguring = new Object();
    private volatile Drafters drafters; // replaced by whoever holds reconfiguring
    private volatile int cachedTokens;
    private boolean draining; // guarded by lock
    private CompletableFuture<Void> drained = new CompletableFuture<>(); // guarded by lock

    /**
     * Starts the decoding thread, which owns the graph and the tokenizer from now on and closes them in the end.
     *
     * @param graph     the base model, with its heads
     * @param drafters  on this graph
     * @param tokenizer turns tokens into text
     * @param options   of this scheduler
     * @param listener  is told of every prefill and step, and of generations that end
     */
    public Scheduler(
            ModelGraph graph,
            Drafters drafters,
            Tokenizer tokenizer,
            SchedulerOptions options,
            DecodeListener listener) {
        this.decoder = new Decoder(graph, listener);
        this.graph = graph;
        this.drafters = drafters;
        this.tokenizer = tokenizer;
        this.guides = new Guides(this::vocabulary, endTokens());
        this.options = options;
        this.listener = listener;
        this.slots = new CacheSlots(graph.rows());
        this.thread = new Thread(this::run, "hydra-decode");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Puts a request behind those that wait.
     *
     * @throws QueueFullException if as many requests wait as may wait
     * @throws PromptTooLongException if the prompt is longer than a cache row
     * @throws IllegalArgumentException if the request has a token that the model does not know, or asks for a mode, a tree or a
     *     rule that the model does not have or that do not go together, or for a document that its tokens are too few for or that the
     *     model's tokens cannot spell
     * @throws IllegalStateException if the scheduler is closed or drained, or has broken down
     */
    public Generation submit(GenerationRequest request, GenerationListener observer) {
        requireFits(request);
        TextStream text = new TextStream(new Detokenizer(tokenizer, request.shownTokens()), request.stopStrings());
        TextSink sink = observer instanceof StepListener listener
                ? new TracingSink(text, listener, tokenizer)
                : new TextSink(text, observer);
        Generation generation = new Generation(plan(request), sink, this::dropIfWaiting);
        if (!enqueue(generation)) {
            tellListener("a rejected request", listener::rejected);
            throw new QueueFullException(options.queue());
        }
        return generation;
    }

    private boolean enqueue(Generation generation) {
        synchronized (lock) {
            if (failure.isPresent()) {
                throw new IllegalStateException(
                        "the engine has broken down and takes no more requests: %s; open it anew, or restart the application"
                                .formatted(failure.get()),
                        failure.get());
            }
            if (closed) {
                throw new IllegalStateException("the engine is closed; it takes no more requests");
            }
            if (draining) {
                throw new IllegalStateException("the engine is about to be closed; it takes no more requests");
            }
            // who comes while a row is free does not wait, though the decoding thread may not have given it away yet
            int free = graph.rows() - active.size();
            if (waiting.size() >= free + options.queue()) {
                return false;
            }
            waiting.add(generation);
            lock.notifyAll();
            return true;
        }
    }

    /** What requests get that do not ask. */
    public DecodingDefaults defaults() {
        return drafters.defaults();
    }

    /**
     * Changes what requests get that do not ask, from the next one on: those that wait or are being decoded keep what they got.
     *
     * @param change makes the new defaults of the present ones; one change at a time
     * @throws IllegalArgumentException if the model has no heads for a mode, or cannot draft a tree; nothing is changed then
     */
    public void reconfigure(UnaryOperator<DecodingDefaults> change) {
        synchronized (reconfiguring) {
            drafters = drafters.with(change.apply(drafters.defaults()));
        }
    }

    /** Whether requests are taken. */
    public boolean isOpen() {
        synchronized (lock) {
            return !closed;
        }
    }

    /** What the decoding thread died of; empty while it lives, and where it ended because the scheduler was closed. */
    public Optional<Throwable> failure() {
        synchronized (lock) {
            return failure;
        }
    }

    /** Requests that may wait. */
    public int queueCapacity() {
        return options.queue();
    }

    /** Tokens that lie in the cache, of all requests that are being decoded, as of the latest step. */
    public int cachedTokens() {
        return cachedTokens;
    }

    /** Requests that wait for their turn. */
    public int queued() {
        synchronized (lock) {
            return waiting.size();
        }
    }

    /** Requests that are being decoded. */
    public int active() {
        synchronized (lock) {
            return active.size();
        }
    }

    private void requireFits(GenerationRequest request) {
        int length = request.prompt().size();
        if (length > graph.positions()) {
            throw new PromptTooLongException(length, graph.positions());
        }
        requireKnown("the prompt", request.prompt());
        requireKnown("the logit bias", request.sampling().logitBias().keySet());
    }

    private void requireKnown(String what, Collection<Integer> tokens) {
        int vocabulary = graph.config().vocabulary();
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new IllegalArgumentException(
                        "%s has token %d; the model knows tokens 0..%d".formatted(what, token, vocabulary - 1));
            }
        }
    }

    private DecodePlan plan(GenerationRequest request) {
        Drafters present = drafters;
        DecodingMode mode = Objects.requireNonNullElse(request.mode(), present.standard());
        Drafter drafter = present.of(mode);
        TreeShape tree = Objects.requireNonNullElse(request.tree(), present.tree(mode));
        drafter.requireDraftable(tree);
        DecodePlan plan = new DecodePlan(
                request.prompt(),
                endTokens(),
                // the last token needs no position
                Math.min(
                        request.maximumTokens(),
                        graph.positions() - request.prompt().size() + 1),
                drafter,
                tree,
                request.sampling(),
                Objects.requireNonNullElse(request.acceptance(), options.acceptance()));
        return request.grammar() == null ? plan : plan.with(guides.of(request.grammar()));
    }

    private Set<Integer> endTokens() {
        return Set.copyOf(graph.config().endTokens());
    }

    /** What tokens add to a text, as far as they may be part of one. */
    private TokenTrie vocabulary() {
        Set<Integer> ends = endTokens();
        return new TokenTrie(IntStream.range(
                        0, Math.min(tokenizer.vocabulary(), graph.config().vocabulary()))
                .mapToObj(token -> ends.contains(token) ? new byte[0] : tokenizer.bytes(token))
                .toList());
    }

    private void run() {
        try (graph;
                tokenizer) {
            ModelGraph.prepareThread();
            for (List<Generation> admitted = admit(); !admitted.isEmpty(); admitted = admit()) {
                advance(admitted);
                cachedTokens = countCached();
            }
        } catch (Throwable e) {
            breakDown(e);
        }
    }

    private int countCached() {
        synchronized (lock) {
            return active.keySet().stream()
                    .mapToInt(generation -> generation.sequence().cached())
                    .sum();
        }
    }

    /** Lets nobody wait for a thread that is no more, whatever it died of. */
    private void breakDown(Throwable error) {
        log.error("the decoding thread has died; the engine takes no more requests", error);
        List<Generation> left;
        synchronized (lock) {
            closed = true;
            failure = Optional.of(error);
            left = new ArrayList<>(active.keySet());
            left.addAll(waiting);
            active.clear();
            waiting.clear();
        }
        cachedTokens = 0;
        left.forEach(generation -> fail(generation, error));
        tellIfDrained();
    }

    /** Gives free rows to those that wait, and waits where there is nobody to serve; empty once the scheduler is closed and done. */
    private List<Generation> admit() {
        synchronized (lock) {
            while (active.isEmpty() && waiting.isEmpty() && !closed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // nobody has a reason to interrupt this thread: close() is the way to end it
                    log.debug("interrupted while waiting for a request", e);
                }
            }
            while (active.size() < graph.rows() && !waiting.isEmpty()) {
                active.put(waiting.remove(), slots.take());
            }
            return List.copyOf(active.keySet());
        }
    }

    /** Reads a chunk of the prompt that has been waiting for longest, makes a step of all that are begun, and lets the ended go. */
    private void advance(List<Generation> generations) {
        generations.stream()
                .filter(generation ->
                        isOpen(generation) && !generation.sequence().isBegun())
                .findFirst()
                .ifPresent(this::read);
        List<Generation> begun = generations.stream()
                .filter(generation ->
                        isOpen(generation) && generation.sequence().isBegun())
                .toList();
        if (!begun.isEmpty()) {
            step(begun);
        }
        generations.stream().filter(generation -> !isOpen(generation)).forEach(this::retire);
    }

    private static boolean isOpen(Generation generation) {
        return !generation.sequence().isFinished();
    }

    private void read(Generation generation) {
        Sequence sequence = generation.sequence();
        try {
            if (!sequence.isPlaced()) {
                decoder.place(sequence, row(generation));
                listener.admitted(sequence.age());
            }
            decoder.read(sequence, options.promptChunk());
        } catch (RuntimeException | Error e) {
            // whatever went wrong with this request, its caller's callbacks included, the others must be served
            sequence.breakOff(e);
        }
    }

    private void step(List<Generation> generations) {
        List<Sequence> sequences =
                generations.stream().map(Generation::sequence).toList();
        try {
            decoder.step(new Batch(sequences));
        } catch (RuntimeException | Error e) {
            // a step is one pass of all of them: nobody knows whose rows of the cache are whole
            sequences.forEach(sequence -> sequence.breakOff(e));
        }
    }

    private int row(Generation generation) {
        synchronized (lock) {
            return Objects.requireNonNull(active.get(generation));
        }
    }

    private void retire(Generation generation) {
        slots.free(row(generation));
        generation.sequence().failure().ifPresentOrElse(error -> fail(generation, error), () -> finish(generation));
        synchronized (lock) {
            active.remove(generation);
            // whoever finds nobody active finds nothing cached
            cachedTokens = countCached();
        }
        tellIfDrained();
    }

    private void finish(Generation generation) {
        Completion completion;
        try {
            completion = generation.end();
        } catch (RuntimeException | Error e) {
            fail(generation, e);
            return;
        }
        // listeners first, so that whoever has an answer finds it counted
        tellListener(
                "a generation's end",
                () -> listener.finished(completion, generation.sequence().age()));
        tell("a caller", "its generation's end", () -> generation.finish(completion));
    }

    private void fail(Generation generation, Throwable error) {
        tellListener("a failed generation", () -> listener.failed(error));
        tell("a caller", "its failed generation", () -> generation.fail(error));
    }

    private static void tellListener(String news, Runnable call) {
        tell("a listener", news, call);
    }

    /** Whatever they throw, be it a checked exception that another language does not declare, this thread goes on. */
    private static void tell(String who, String news, Runnable call) {
        try {
            call.run();
        } catch (Throwable e) {
            log.warn("{} failed when told of {}", who, news, e);
        }
    }

    /** A cancelled request gives up its place in the queue at once. */
    private void dropIfWaiting(Generation generation) {
        boolean dropped;
        synchronized (lock) {
            dropped = waiting.remove(generation);
        }
        if (dropped) {
            finish(generation);
            tellIfDrained();
        }
    }

    /**
     * Takes no more requests until it is resumed; those that wait or are being decoded go on.
     *
     * @return done as soon as there are none any more, however they ended, or when the scheduler resumes
     */
    public CompletableFuture<Void> drain() {
        CompletableFuture<Void> end;
        synchronized (lock) {
            draining = true;
            end = drained;
        }
        tellIfDrained();
        return end;
    }

    /** Takes requests again after it was drained. */
    public void resume() {
        CompletableFuture<Void> given;
        synchronized (lock) {
            draining = false;
            given = drained;
            drained = new CompletableFuture<>();
        }
        given.complete(null);
    }

    private void tellIfDrained() {
        CompletableFuture<Void> end;
        synchronized (lock) {
            if (!draining || !active.isEmpty() || !waiting.isEmpty()) {
                return;
            }
            end = drained;
        }
        end.complete(null);
    }

    /**
     * Takes no more requests, cancels those that wait and those that are being decoded, and waits for the decoding thread to
     * end, which is after its current step. Calling it again does nothing.
     */
    @Override
    public void close() {
        List<Generation> dropped;
        synchronized (lock) {
            closed = true;
            dropped = new ArrayList<>(waiting);
            waiting.clear();
            active.keySet().forEach(generation -> generation.sequence().cancel());
            lock.notifyAll();
        }
        for (Generation generation : dropped) {
            generation.sequence().cancel();
            finish(generation);
        }
        tellIfDrained();
        if (Thread.currentThread() != thread) {
            join();
        }
    }

    private void join() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
