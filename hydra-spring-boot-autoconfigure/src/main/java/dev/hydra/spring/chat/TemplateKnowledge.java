package dev.hydra.spring.chat;

import dev.hydra.text.ChatMessage;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.ChatTemplateException;
import dev.hydra.text.Conversation;
import dev.hydra.text.ToolCall;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/*
 * Templates are programs, and the words in them prove little: many mention tools in branches that are never taken. So a template is not
 * searched but asked: it writes a conversation in which a tool is offered, called and answers, and what comes out tells.
 */
/**
 * What a chat template knows of tools.
 *
 * @param calls how it writes calls, if it writes the whole of a conversation with tools, and in a known way
 * @param severalCalls whether a turn of the assistant may have several
 * @param systemMessages whether it writes system messages
 */
record TemplateKnowledge(Optional<CallSyntax> calls, boolean severalCalls, boolean systemMessages) {

    private static final String SYSTEM = "probe system";
    private static final String QUESTION = "probe question";
    private static final String TOOL = "probe_tool";
    private static final String FIRST = "probe first";
    private static final String SECOND = "probe second";
    private static final String RESULT = "probe result";

    private static final ChatMessage QUESTION_TURN = new ChatMessage("user", QUESTION);

    /** Finds out what a template knows of conversations in which tools are offered. */
    static TemplateKnowledge ofOffers(ChatTemplate template) {
        return of(template, List.of(definition()));
    }

    /** Finds out what a template knows of conversations in which tools were called, and are offered no longer. */
    static TemplateKnowledge ofHistory(ChatTemplate template) {
        return of(template, List.of());
    }

    private static TemplateKnowledge of(ChatTemplate template, List<Map<String, Object>> tools) {
        Probe probe = new Probe(template, tools);
        String offered = probe.write(List.of(QUESTION_TURN));
        String called = probe.write(conversation(List.of(call("probecall", FIRST))));
        String twice = probe.write(conversation(List.of(call("probecall", FIRST), call("callprobe", SECOND))));
        String told = probe.write(List.of(new ChatMessage("system", SYSTEM), QUESTION_TURN));
        // some describe the tools in the user's turn, before its words
        String answer = called.substring(Math.max(0, called.lastIndexOf(QUESTION)));
        boolean writesAll =
                (tools.isEmpty() || offered.contains(TOOL)) && answer.contains(FIRST) && answer.contains(RESULT);
        Optional<CallSyntax> calls = CallSyntax.known()
                .filter(syntax -> writesAll && syntax.isIn(answer, TOOL))
                .findFirst();
        return new TemplateKnowledge(calls, twice.contains(FIRST) && twice.contains(SECOND), told.contains(SYSTEM));
    }

    /** Has a template write. */
    private record Probe(ChatTemplate template, List<Map<String, Object>> tools) {

        /** The conversation as text; nothing, where the template refuses it. */
        String write(List<ChatMessage> messages) {
            try {
                return template.render(Conversation.of(messages).withTools(tools));
            } catch (ChatTemplateException refusal) {
                return "";
            }
        }
    }

    private static List<ChatMessage> conversation(List<ToolCall> calls) {
        return List.of(
                QUESTION_TURN,
                new ChatMessage("assistant", "").calling(calls),
                ChatMessage.result(calls.get(0), RESULT));
    }

    private static ToolCall call(String id, String argument) {
        return new ToolCall(id, TOOL, Map.of("argument", argument));
    }

    private static Map<String, Object> definition() {
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("type", "object");
        parameters.put("properties", Map.of("argument", Map.of("type", "string", "description", "An argument")));
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", TOOL);
        function.put("description", "A tool");
        function.put("parameters", parameters);
        return Map.of("type", "function", "function", function);
    }
}
