package dev.hydra.spring.actuate;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Healthy while the engine takes requests; with detail, on which model and device, how, and how many are in the queue. */
public final class HydraHealthIndicator extends AbstractHealthIndicator {

    private final Hydra hydra;

    public HydraHealthIndicator(Hydra hydra) {
        super("hydra cannot be asked about its state");
        this.hydra = hydra;
    }

    @Override
    protected void doHealthCheck(Health.Builder builder) {
        ModelDescription model = hydra.description();
        builder.up()
                .withDetail("model", model.name())
                .withDetail("device", model.device())
                .withDetail("dataType", model.dataType())
                .withDetail("mode", model.mode().label())
                .withDetail("acceptance", HydraReport.acceptance(model))
                .withDetail("draftHeads", model.drafter().heads())
                .withDetail("cacheRows", model.rows())
                .withDetail("active", hydra.active())
                .withDetail("queued", hydra.queued());
    }
}
