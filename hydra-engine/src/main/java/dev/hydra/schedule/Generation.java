package dev.hydra.schedule;

import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodePlan;
import dev.hydra.decode.Sequence;
import dev.hydra.decode.TokenSink;
import dev.hydra.text.TextRun;
import dev.hydra.text.TextStream;
import java.util.List;
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

    Generation(DecodePlan plan, TextStream text, GenerationListener listener, Consumer<Generation> whenCancelled) {
        this.listener = listener;
        this.sink = new TextSink(text, listener);
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

    /** Turns tokens into text, step by step. */
    private static final class TextSink implements TokenSink {

        private final TextStream stream;
        private final GenerationListener listener;

        TextSink(TextStream stream, GenerationListener listener) {
            this.stream = stream;
            this.listener = listener;
        }

        @Override
        public boolean append(int token, int depth) {
            return stream.append(token, depth);
        }

        @Override
        public void flush() {
            List<TextRun> runs = stream.drain();
            if (!runs.isEmpty()) {
                listener.text(runs);
            }
        }

        void finish() {
            stream.finish();
            flush();
        }

        @Override
        public String text() {
            return stream.text();
        }
    }
}
