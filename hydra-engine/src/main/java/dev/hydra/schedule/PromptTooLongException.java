package dev.hydra.schedule;

/** A prompt has more tokens than a cache row has positions. */
public class PromptTooLongException extends IllegalArgumentException {

    private static final long serialVersionUID = 1L;

    PromptTooLongException(int tokens, int positions) {
        super("the prompt has %d tokens; a cache row has %d positions: shorten it or raise hydra.cache.positions"
                .formatted(tokens, positions));
    }
}
