package dev.hydra.text.jinja;

/**
 * What one rendering may use up: steps, characters and depth. Counted rather than timed, so that a template that passes once passes
 * always. Not safe for use by several threads.
 */
final class Budget {
    private static final long STEPS = 2_000_000;
    private static final long CHARACTERS = 1 << 24;
    private static final int STEPS_FOR_EACH_CHARACTER = 20;
    private static final int COPIES_OF_EACH_CHARACTER = 64;
    private static final int CHARACTERS_A_STEP = 64;
    private static final int COMPARISONS_A_STEP = 1024;
    private static final int STEPS_DOWN = 4;
    private static final int DEPTH = 400;

    private long steps;
    private long characters;
    private int depth;

    /**
     * A budget for a conversation.
     *
     * @param input length of what is given to the template, in characters: who says more may have more copied
     */
    Budget(long input) {
        steps = STEPS + STEPS_FOR_EACH_CHARACTER * input;
        characters = CHARACTERS + COPIES_OF_EACH_CHARACTER * input;
    }

    /** Takes one step. */
    void step() {
        steps(1);
    }

    /** Takes as many steps as there are elements to be looked at. */
    void steps(long count) {
        steps -= count;
        if (steps < 0) {
            throw new TemplateException("it takes more steps than a chat needs; it may loop without end");
        }
    }

    /** Looks through a text. */
    void scan(String text) {
        steps(1 + text.length() / CHARACTERS_A_STEP);
    }

    /** Looks for one text in another, which may mean to compare each character of one with each of the other. */
    void scan(String text, String wanted) {
        scan(text);
        steps((long) text.length() * wanted.length() / COMPARISONS_A_STEP);
    }

    /** Makes a text of this many characters; to be called before it is made. */
    void characters(long count) {
        characters -= count;
        if (characters < 0) {
            throw new TemplateException("it makes more text than a chat needs; it may grow without end");
        }
    }

    /** A text that has just been made, counted. */
    String made(String text) {
        characters(text.length());
        return text;
    }

    /** Goes a level deeper: into a block, a call, or a value inside a value. */
    void enter() {
        if (++depth > DEPTH) {
            throw new TemplateException("it nests or calls itself more than %d levels deep".formatted(DEPTH));
        }
        steps(STEPS_DOWN);
    }

    /** Comes back from a level. */
    void leave() {
        depth--;
    }
}
