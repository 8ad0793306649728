package dev.hydra.schedule;

import java.util.concurrent.RejectedExecutionException;

/** As many requests wait as may wait. */
public class QueueFullException extends RejectedExecutionException {

    private static final long serialVersionUID = 1L;

    QueueFullException(int capacity) {
        super("%d of %d waiting requests; try again later, or raise hydra.scheduler.queue"
                .formatted(capacity, capacity));
    }
}
