package dev.hydra.training.corpus;

/**
 * What one side says at once.
 *
 * @param role who speaks
 * @param text what is said; not blank, no white space at either end
 */
public record Turn(Role role, String text) {
    public Turn {
        if (text.isBlank() || !text.equals(text.strip())) {
            throw new IllegalArgumentException("turn of the %s is '%s'; expected text without white space at its ends"
                    .formatted(role.label(), text));
        }
    }
}
