package dev.hydra.text.jinja;

/** A value with attributes, other than Python's own types. */
interface Attributes {
    /** The attribute of a name; {@link Undefined} if there is none. */
    Object attribute(String name);
}
