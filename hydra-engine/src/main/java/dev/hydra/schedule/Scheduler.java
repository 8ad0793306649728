package dev.hydra.schedule;

import dev.hydra.decode.Batch;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.Decoder;
import dev.hydra.decode.Sequence;
import dev.hydra.graph.ModelGraph;
import dev.hydra.text.Tokenizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes requests one after the other, on a thread of its own: a platform thread, since native calls would pin a virtual one,
 * and never a caller's, since an interrupt must not reach the weights' files or a native call.
 *
 * <p>Safe for use by several threads.
 */
public final class Scheduler implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Scheduler.class);

    private final Decoder decoder;
    private final ModelGraph graph;
    private final Tokenizer tokenizer;
    private final SchedulerOptions options;
    private final DecodeListener listener;
    private final CacheSlots slots;
    private final Thread thread;

    private final Object lock = new Object();
    private final Deque<Generation> waiting = new ArrayDeque<>(); // guarded by lock
    private @Nullable Generation active; // guarded by lock
    private boolean closed; // guarded by lock

    /**
     * Starts the decoding thread, which owns the graph and the tokenizer from now on and closes them in the end.
     *
     * @param decoder   the loop
     * @param graph     what the decoder runs on
     * @param tokenizer turns tokens into text
     * @param options   of this scheduler
     * @param listener  is told of generations that end
     */
    public Scheduler(
            Decoder decoder, ModelGraph graph, Tokenizer tokenizer, SchedulerOptions options, DecodeListener listener) {
        this.decoder = decoder;
        this.graph = graph;
        this.tokenizer = tokenizer;
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
     * @throws IllegalArgumentException if the prompt is longer than a cache row, or has a token that the model does not know
     * @throws IllegalStateException if the scheduler is closed
     */
    public Generation submit(GenerationRequest request, GenerationListener observer) {
        requireFits(request);
        Set<Integer> endTokens = Set.copyOf(graph.config().endTokens());
        Generation generation = new Generation(request, tokenizer, endTokens, observer, this::dropIfWaiting);
        synchronized (lock) {
            if (closed) {
                throw new IllegalStateException("the engine is closed; it takes no more requests");
            }
            if (waiting.size() >= options.queue()) {
                throw new QueueFullException(options.queue());
            }
            waiting.add(generation);
            lock.notifyAll();
        }
        return generation;
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
            return active == null ? 0 : 1;
        }
    }

    private void requireFits(GenerationRequest request) {
        int length = request.prompt().size();
        if (length > graph.positions()) {
            throw new IllegalArgumentException(
                    "the prompt has %d tokens; a cache row has %d positions: shorten it or raise hydra.cache.positions"
                            .formatted(length, graph.positions()));
        }
        int vocabulary = graph.config().vocabulary();
        for (int token : request.prompt()) {
            if (token < 0 || token >= vocabulary) {
                throw new IllegalArgumentException(
                        "the prompt has token %d; the model knows tokens 0..%d".formatted(token, vocabulary - 1));
            }
        }
    }

    private void run() {
        ModelGraph.prepareThread();
        try (graph;
                tokenizer) {
            for (Generation next = take(); next != null; next = take()) {
                decode(next);
            }
        }
    }

    /** Waits for the next request; null once the scheduler is closed. */
    private @Nullable Generation take() {
        synchronized (lock) {
            active = null;
            while (waiting.isEmpty() && !closed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // nobody has a reason to interrupt this thread: close() is the way to end it
                    log.debug("interrupted while waiting for a request", e);
                }
            }
            active = waiting.poll();
            return active;
        }
    }

    private void decode(Generation generation) {
        Sequence sequence = generation.sequence();
        int row = slots.take();
        try {
            sequence.place(row);
            if (!sequence.isFinished()) {
                decoder.prefill(sequence, options.promptChunk());
            }
            Batch batch = new Batch(List.of(sequence));
            while (!sequence.isFinished()) {
                decoder.step(batch);
            }
        } catch (RuntimeException | Error e) {
            // whatever went wrong with this request, its caller's callbacks included, the next one must be served
            fail(generation, e);
            return;
        } finally {
            slots.free(row);
        }
        finish(generation);
    }

    private void finish(Generation generation) {
        Completion completion;
        try {
            completion = generation.end();
        } catch (RuntimeException | Error e) {
            fail(generation, e);
            return;
        }
        // listeners first, so that whoever has an answer finds it counted; and whatever they throw, this thread goes on
        try {
            listener.finished(completion, generation.sequence().age());
        } catch (RuntimeException | Error e) {
            log.warn("a listener failed when told of a generation's end", e);
        }
        try {
            generation.finish(completion);
        } catch (RuntimeException | Error e) {
            log.warn("a caller failed when told of its generation's end", e);
        }
    }

    private void fail(Generation generation, Throwable error) {
        try {
            listener.failed(error);
        } catch (RuntimeException | Error e) {
            log.warn("a listener failed when told of a failed generation", e);
        }
        try {
            generation.fail(error);
        } catch (RuntimeException | Error e) {
            log.warn("a caller failed when told of its failed generation", e);
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
        }
    }

    /**
     * Takes no more requests, cancels those that wait and the one that is being decoded, and waits for the decoding thread to
     * end, which is after its current step. Calling it again does nothing.
     */
    @Override
    public void close() {
        List<Generation> dropped;
        synchronized (lock) {
            closed = true;
            dropped = new ArrayList<>(waiting);
            waiting.clear();
            if (active != null) {
                active.sequence().cancel();
            }
            lock.notifyAll();
        }
        for (Generation generation : dropped) {
            generation.sequence().cancel();
            finish(generation);
        }
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
