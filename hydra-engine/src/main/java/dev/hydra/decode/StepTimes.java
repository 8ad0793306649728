package dev.hydra.decode;

import java.time.Duration;

/** How long the parts of one step took, as the host saw it: accept, the last to wait for the device, is part of commit. */
record StepTimes(Duration draft, Duration verify, Duration commit) {

    /** One sequence's share of them, so that the times of a batch's sequences add up to the time that passed. */
    StepTimes share(int sequences) {
        return new StepTimes(draft.dividedBy(sequences), verify.dividedBy(sequences), commit.dividedBy(sequences));
    }
}
