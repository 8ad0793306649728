package dev.hydra.grammar;

/** How far a text has come, by what may follow. Immutable; it belongs to the {@link Guide} that gave it. */
public final class Place {

    private final Expression expression;
    private final String key;

    /**
     * @param expression what may follow
     * @param key        what is written of a key that may be any, byte by byte; empty where none is being written
     */
    Place(Expression expression, String key) {
        this.expression = expression;
        this.key = key;
    }

    Expression expression() {
        return expression;
    }

    String key() {
        return key;
    }

    /** Whether the text is a whole document. More may follow, where it is a number. */
    public boolean isComplete() {
        return expression.isComplete();
    }

    /** Whether the text is a whole document, behind which nothing may follow. */
    public boolean isEnded() {
        return expression.isEmpty();
    }
}
