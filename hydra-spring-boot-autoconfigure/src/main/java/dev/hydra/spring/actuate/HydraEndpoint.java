package dev.hydra.spring.actuate;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * {@code /actuator/hydra}: which model decodes here, on what, and how well its drafts are accepted. Only reads, and tells
 * nothing of prompts, answers or files.
 */
@Endpoint(id = "hydra", defaultAccess = Access.READ_ONLY)
public final class HydraEndpoint {

    private final Hydra hydra;
    private final RecentDecoding recent;

    public HydraEndpoint(Hydra hydra, RecentDecoding recent) {
        this.hydra = hydra;
        this.recent = recent;
    }

    @ReadOperation
    public HydraReport report() {
        ModelDescription model = hydra.description();
        return new HydraReport(
                HydraReport.Model.of(model),
                model.mode().label(),
                HydraReport.acceptance(model),
                model.drafters().stream().map(HydraReport.Drafter::of).toList(),
                model.device(),
                model.dataType(),
                model.dataTypeReason(),
                model.rows(),
                new HydraReport.Requests(hydra.active(), hydra.queued()),
                HydraReport.Dials.of(hydra.statistics()),
                HydraReport.Dials.of(recent.lastMinute()),
                recent.latestAnswer().map(HydraReport.Dials::of).orElse(null));
    }
}
