package dev.hydra.grammar;

import java.util.Objects;

/**
 * What an answer has to be: a JSON document that fits a schema, or any JSON object. It says nothing of tokens; a {@link Guide} does.
 * Immutable; equal where the schemas are, character by character.
 */
public final class Grammar {

    private static final Grammar ANY_OBJECT = new Grammar("{\"type\":\"object\"}");

    private final String schema;

    private Grammar(String schema) {
        this.schema = schema;
    }

    /**
     * Documents that fit a JSON schema.
     *
     * @throws IllegalArgumentException if the schema is no JSON, asks for what cannot be guaranteed, or is one that nothing fits; the
     *     message says where, and what to do
     */
    public static Grammar ofSchema(String schema) {
        Grammar grammar = new Grammar(schema);
        CompiledGrammar compiled = grammar.compile();
        Costs costs = new Costs(TokenTrie.ofBytes());
        costs.settle(compiled.definitions());
        if (costs.of(compiled.start()) >= Expressions.UNREACHABLE) {
            throw Spot.ROOT.refuse(
                    "no document fits it that ever ends; expected one, for example by an optional property or a list that may be empty");
        }
        return grammar;
    }

    /** JSON objects of any kind. */
    public static Grammar anyObject() {
        return ANY_OBJECT;
    }

    /** The JSON schema. */
    public String schema() {
        return schema;
    }

    /** The grammar as an expression, each time a new one, with what it consists of. */
    CompiledGrammar compile() {
        return new SchemaReader(schema).read();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Grammar that && schema.equals(that.schema);
    }

    @Override
    public int hashCode() {
        return Objects.hash(schema);
    }

    @Override
    public String toString() {
        return schema;
    }
}
