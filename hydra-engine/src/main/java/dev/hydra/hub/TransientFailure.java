package dev.hydra.hub;

import java.time.Duration;

/** Something failed that may go well the next time. */
final class TransientFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final HubException.Reason reason;
    private final transient Duration wait;

    TransientFailure(HubException.Reason reason, String message, Duration wait) {
        super(message);
        this.reason = reason;
        this.wait = wait;
    }

    TransientFailure(HubException.Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
        this.wait = Duration.ZERO;
    }

    /** Why it failed. */
    HubException.Reason reason() {
        return reason;
    }

    /** How long the server wants to be left alone; zero if it does not say. */
    Duration pause() {
        return wait;
    }

    /** The same as a failure that is final. */
    HubException give(int attempts) {
        return new HubException(reason, "%s (%d attempts)".formatted(getMessage(), attempts), this);
    }
}
