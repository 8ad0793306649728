package dev.hydra.hub;

import java.time.Duration;

/** Something failed that may go well the next time. */
final class TransientFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final HubException.Reason reason;
    private final Duration wait;

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

    /** The failure that it is when nobody tries again. */
    HubException givenUp(int attempts) {
        String count = attempts == 1 ? "1 attempt" : attempts + " attempts";
        return new HubException(reason, "%s (%s)".formatted(getMessage(), count), this);
    }
}
