package dev.hydra.text.jinja;

/** An expression of a template, parsed. Immutable; threads may share it. */
@FunctionalInterface
interface Expression {
    /**
     * The value, one of Python's.
     *
     * @throws TemplateException if it cannot be computed, or the budget is spent
     */
    Object evaluate(Rendering rendering);
}
