package dev.hydra.schedule;

import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodePlan;
import dev.hydra.decode.Sequence;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/** The caller's end of a generation: wait for it, or cancel it. Safe for use by several threads. */
public final class Generation {

    private final GenerationListener listener;
    private final TextSink sink;
    private final Sequence sequence;
    private final CompletableFuture<Completion> result = new CompletableFuture<>();
    private final Consumer<Generation> whenCancelled;

    Generation(DecodePlan plan, TextSink sink, Consumer<Generation> whenCancelled) {
        this.listener = sink.listener();
        this.sink = sink;
        this.sequence = new Sequence(plan, sink);
        this.whenCancelled = whenCancelled;
    }

    /**
     * Ends the generation before its next step; its result is what it has said so far. Does nothing if it has ended.
     */
    public void cancel() {
        sequence.cancel();
        whenCancelled.accept(this);
    }

    /** Whether the generation has ended. */
    public boolean isDone() {
        return result.isDone();
    }

    /**
     * Waits for the generation to end. A caller who is interrupted while waiting should {@link #cancel}.
     *
     * @throws InterruptedException if the calling thread is interrupted; the generation goes on
     * @throws IllegalStateException if the generation broke off; the cause says why
     */
    public Completion await() throws InterruptedException {
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("the generation broke off: " + e.getCause(), e.getCause());
        }
    }

    Sequence sequence() {
        return sequence;
    }

    /** Hands over the text that was held back, and says what came out. */
    Completion end() {
        sink.finish();
        return sequence.completion();
    }

    void finish(Completion completion) {
        try {
            listener.finished(completion);
        } finally {
            result.complete(completion);
        }
    }

    void fail(Throwable error) {
        try {
            listener.failed(error);
        } finally {
            result.completeExceptionally(error);
        }
    }
}
