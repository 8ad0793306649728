package dev.hydra.text.jinja;

/**
 * What a name stands for that nothing was given to: empty where it is printed or gone through, false where it is asked, and an error
 * for everything else.
 *
 * @param what the name, as an error tells it
 */
record Undefined(String what) {

    /** All undefined values are equal. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
        return 1;
    }

    TemplateException error() {
        return new TemplateException(what + " is undefined");
    }
}
