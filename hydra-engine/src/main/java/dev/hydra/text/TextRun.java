package dev.hydra.text;

/**
 * A stretch of generated text that came from one place.
 *
 * @param text at least one character
 * @param depth who proposed its tokens: 0 the base model itself, d ≥ 1 the draft head d
 */
public record TextRun(String text, int depth) {
    public TextRun {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("text of a run is empty; expected at least one character");
        }
        if (depth < 0) {
            throw new IllegalArgumentException("depth of a run is " + depth + "; expected 0 or more");
        }
    }
}
