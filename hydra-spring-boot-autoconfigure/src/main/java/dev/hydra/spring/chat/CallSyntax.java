package dev.hydra.spring.chat;

import dev.hydra.text.ToolCall;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** How calls of tools stand in a text, of a model that was trained on one way or told of one. Immutable. */
sealed interface CallSyntax permits LlamaCalls, HermesCalls, MistralCalls, JsonCalls {

    /** Those that a chat template may write, the one with the plainest mark first. */
    static Stream<CallSyntax> known() {
        return Stream.of(new MistralCalls(), new HermesCalls(), new LlamaCalls());
    }

    /** What it is called. */
    ToolFormat format();

    /** Special tokens that belong to a call's text. */
    List<String> markers();

    /**
     * The ways in which a call may begin at a place.
     *
     * @param names of the tools that may be called
     * @return fresh patterns; empty where no call may begin
     */
    List<CallPattern> patterns(Place place, Set<String> names);

    /** Whether a chat template wrote a call of this name in this way. */
    boolean isIn(String written, String name);

    /** What stands in front of the JSON of an answer's first call, where the answer has to be one. */
    default String opening() {
        return "";
    }

    /** The key under which a call has its arguments. */
    default String argumentsKey() {
        return "arguments";
    }

    /** Calls as this syntax has them, for a chat template that writes none. */
    String write(List<ToolCall> calls);

    /** How to call tools, for a model whose chat template does not say. */
    String instructions();

    /** An id that templates for this syntax take. */
    default String id(String id) {
        return id;
    }
}
