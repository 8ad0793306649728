package dev.hydra.schedule;

import dev.hydra.sampling.AcceptanceRule;

/**
 * How requests wait and are read, and what is kept of their drafts.
 *
 * @param queue       requests that may wait, 1 or more
 * @param promptChunk tokens of a prompt read in one pass at most, 1 or more; between two passes a request can be cancelled
 * @param acceptance  the rule of requests that ask for none
 */
public record SchedulerOptions(int queue, int promptChunk, AcceptanceRule acceptance) {
    public SchedulerOptions {
        if (queue < 1) {
            throw new IllegalArgumentException(
                    "waiting requests are limited to %d; expected 1 or more".formatted(queue));
        }
        if (promptChunk < 1) {
            throw new IllegalArgumentException(
                    "prompts are read %d tokens at a time; expected 1 or more".formatted(promptChunk));
        }
    }
}
