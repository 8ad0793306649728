package dev.hydra.grammar;

import java.util.Set;
import java.util.TreeSet;

/**
 * A place in a schema.
 *
 * @param path of keys from the root, in JSONPath's form
 * @param open references that were followed to it without anything being written in between
 */
record Spot(String path, Set<String> open) {

    static final Spot ROOT = new Spot("$", Set.of());

    /** A schema of a part of what is written here. */
    Spot inside(String key) {
        return new Spot(path(key), Set.of());
    }

    /** Another schema of the same. */
    Spot beside(String key) {
        return new Spot(path(key), open);
    }

    /** Behind a reference. */
    Spot behind(String reference) {
        Set<String> followed = new TreeSet<>(open);
        followed.add(reference);
        return new Spot(path, followed);
    }

    private String path(String key) {
        if (key.startsWith("[")) {
            return path + key;
        }
        return key.matches("[A-Za-z_$][A-Za-z0-9_$]*") ? path + "." + key : path + "['" + key + "']";
    }

    /** What to throw where a schema cannot be used. */
    IllegalArgumentException refuse(String problem) {
        return new IllegalArgumentException("schema at %s: %s".formatted(path, problem));
    }
}
