package dev.hydra.spring.chat;

import dev.hydra.grammar.Grammar;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Grammars of the schemas that requests had lately, since reading a schema takes some milliseconds. Safe for threads to share. */
final class Grammars {

    private static final int MOST = 32;

    private final Map<String, Grammar> grammars = new LinkedHashMap<>(16, 0.75f, true); // guarded by this

    /**
     * The grammar of a schema.
     *
     * @throws IllegalArgumentException if the schema cannot be used; the message says where, and what to do
     */
    synchronized Grammar of(String schema) {
        Grammar known = grammars.get(schema);
        if (known != null) {
            return known;
        }
        Grammar grammar = Grammar.ofSchema(schema);
        grammars.put(schema, grammar);
        Iterator<Grammar> oldest = grammars.values().iterator();
        while (grammars.size() > MOST) {
            oldest.next();
            oldest.remove();
        }
        return grammar;
    }
}
