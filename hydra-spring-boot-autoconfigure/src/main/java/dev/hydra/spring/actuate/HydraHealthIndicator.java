package dev.hydra.spring.actuate;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription;
import java.util.Optional;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Up while the engine takes requests; with detail, on which model and device, how, and how many are in the queue. Out of service once
 * it is closed, and down once it has broken down, which only opening it anew cures. A full queue is busy and not ill.
 */
public final class HydraHealthIndicator extends AbstractHealthIndicator {

    private final Hydra hydra;

    /** @param hydra the engine to look at */
    public HydraHealthIndicator(Hydra hydra) {
        super("hydra cannot be asked about its state");
        this.hydra = hydra;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        ModelDescription model = hydra.description();
        status(builder)
                .withDetail("model", model.name())
                .withDetail("device", model.device())
                .withDetail("dataType", model.dataType())
                .withDetail("mode", model.mode().label())
                .withDetail("acceptance", HydraReport.acceptance(model))
                .withDetail("draftHeads", model.drafter().heads())
                .withDetail("cacheRows", model.rows())
                .withDetail("active", hydra.active())
                .withDetail("queued", hydra.queued())
                .withDetail("queueCapacity", hydra.queueCapacity());
    }

    private Health.Builder status(Health.Builder builder) {
        Optional<Throwable> failure = hydra.failure();
        if (failure.isPresent()) {
            // its type alone: a message may quote a file or a prompt; the log has all of it
            return builder.down().withDetail("failure", failure.get().getClass().getName());
        }
        return hydra.isOpen() ? builder.up() : builder.outOfService();
    }
}
