package dev.hydra.hub;

import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * An answer's bytes as they come, to be taken by one thread. Unlike the platform's stream, waiting for them ends when they stay away
 * too long or the thread is interrupted. Only a few parts are on their way at a time.
 */
final class Body implements BodySubscriber<Body>, AutoCloseable {
    private static final int AHEAD = 16;

    /** A part of the body, or its end: an end without a failure is a good one. */
    private record Part(
            List<ByteBuffer> bytes, boolean end, @Nullable Throwable failure) {}

    private final BlockingQueue<Part> parts = new LinkedBlockingQueue<>();
    private final CompletableFuture<Subscription> subscription = new CompletableFuture<>();

    @Override
    public CompletionStage<Body> getBody() {
        return CompletableFuture.completedFuture(this);
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        if (this.subscription.complete(subscription)) {
            subscription.request(AHEAD);
        } else {
            subscription.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> bytes) {
        parts.add(new Part(bytes, false, null));
    }

    @Override
    public void onError(Throwable failure) {
        parts.add(new Part(List.of(), true, failure));
    }

    @Override
    public void onComplete() {
        parts.add(new Part(List.of(), true, null));
    }

    /**
     * The next bytes; none at the end.
     *
     * @param patience how long to wait for them
     * @throws HttpTimeoutException if they did not come in that time
     * @throws IOException          if the connection broke
     */
    List<ByteBuffer> next(Duration patience) throws IOException, InterruptedException {
        while (true) {
            Part part = parts.poll(patience.toNanos(), TimeUnit.NANOSECONDS);
            if (part == null) {
                throw new HttpTimeoutException("no data for %s".formatted(Bytes.time(patience)));
            }
            if (part.failure() != null) {
                throw new IOException(String.valueOf(part.failure().getMessage()), part.failure());
            }
            if (part.end()) {
                return List.of();
            }
            subscription.join().request(1);
            if (!part.bytes().isEmpty()) {
                return part.bytes();
            }
        }
    }

    /** Ends the transfer, wherever it is. */
    @Override
    public void close() {
        if (!subscription.cancel(false)) {
            subscription.join().cancel();
        }
    }
}
