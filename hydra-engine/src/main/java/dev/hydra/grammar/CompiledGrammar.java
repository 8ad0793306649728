package dev.hydra.grammar;

import dev.hydra.grammar.Expression.Definition;
import java.util.List;

/**
 * A grammar as an expression.
 *
 * @param expressions where it was made, and what follows it is made
 * @param start       all documents
 * @param definitions the named parts of it
 */
record CompiledGrammar(Expressions expressions, Expression start, List<Definition> definitions) {
    CompiledGrammar {
        definitions = List.copyOf(definitions);
    }
}
