package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Lets answers that have been asked for be finished when the application shuts down: in its phase, engines take no more requests, and
 * the shutdown waits for the rest, no longer than {@code spring.lifecycle.timeout-per-shutdown-phase}. What is left is cancelled when
 * the engines are closed as beans.
 *
 * <p>Web servers, message listeners and executors stop in earlier phases, so that nobody who asks is left by then, and a request that
 * asks several times, as one that calls tools does, is finished as a whole.
 */
final class HydraGracefulShutdown implements SmartLifecycle {

    /** Below {@code WebServerGracefulShutdownLifecycle} and the web server itself, 1024 and 2048 below the default. */
    static final int PHASE = DEFAULT_PHASE - 4096;

    private static final Logger log = LoggerFactory.getLogger(HydraGracefulShutdown.class);

    private final List<Hydra> engines;
    private volatile boolean running;

    HydraGracefulShutdown(List<Hydra> engines) {
        this.engines = List.copyOf(engines);
    }

    @Override
    public void start() {
        engines.forEach(Hydra::resume);
        running = true;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the callback is what the shutdown waits for
    public void stop(Runnable callback) {
        int answers = engines.stream()
                .mapToInt(engine -> engine.queued() + engine.active())
                .sum();
        if (answers > 0) {
            log.info("waiting for {} answers to be finished", answers);
        }
        drain().whenComplete((nothing, failure) -> {
            running = false;
            callback.run();
        });
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // for those who do not wait
    public void stop() {
        drain();
        running = false;
    }

    private CompletableFuture<Void> drain() {
        return CompletableFuture.allOf(engines.stream().map(Hydra::drain).toArray(CompletableFuture[]::new));
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
