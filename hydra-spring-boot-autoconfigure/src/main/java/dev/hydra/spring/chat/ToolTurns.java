package dev.hydra.spring.chat;

import dev.hydra.text.ChatMessage;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.Conversation;
import dev.hydra.text.ToolCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Puts tools and their calls in the words of a chat template: in those of its own, where it has some for the syntax, and else in
 * messages of the system, the assistant and the user, which every template knows.
 *
 * @param syntax how calls are written
 * @param knowledge what the template knows of such conversations
 */
record ToolTurns(CallSyntax syntax, TemplateKnowledge knowledge) {

    private static final String USER = "user";
    private static final String ASSISTANT = "assistant";
    private static final String SYSTEM = "system";
    private static final String TOOL = "tool";

    /** For conversations in which tools are offered, whose calls are in this format. */
    static ToolTurns ofOffers(ToolFormat format, ChatTemplate template) {
        TemplateKnowledge knowledge = TemplateKnowledge.ofOffers(template);
        CallSyntax syntax = switch (format) {
            case AUTO -> knowledge.calls().orElseGet(JsonCalls::new);
            case LLAMA -> new LlamaCalls();
            case HERMES -> new HermesCalls();
            case MISTRAL -> new MistralCalls();
            case JSON -> new JsonCalls();
        };
        return new ToolTurns(syntax, knowledge);
    }

    /** For conversations in which tools were called in the same way, and are offered no longer. */
    ToolTurns ofHistory(ChatTemplate template) {
        return new ToolTurns(syntax, TemplateKnowledge.ofHistory(template));
    }

    /**
     * The conversation as the template takes it.
     *
     * @param turns with calls and results as {@link ChatMessage#calling} and {@link ChatMessage#result} have them
     */
    Conversation conversation(List<ChatMessage> turns, OfferedTools tools) {
        if (isInTheTemplatesWords()) {
            List<ChatMessage> written = knowledge.severalCalls() ? turns : oneCallEach(turns);
            return Conversation.of(written.stream().map(this::withFittingIds).toList())
                    .withTools(tools.definitions());
        }
        List<ChatMessage> written = inWords(turns);
        return Conversation.of(tools.isEmpty() ? written : told(tools.description(syntax), written));
    }

    /** Whether the template writes tools, calls and results itself. */
    boolean isInTheTemplatesWords() {
        return knowledge.calls().filter(syntax::equals).isPresent();
    }

    /** Some templates take one call a turn: then each call is followed by its own result. */
    private static List<ChatMessage> oneCallEach(List<ChatMessage> turns) {
        List<ChatMessage> written = new ArrayList<>();
        for (int at = 0; at < turns.size(); at++) {
            ChatMessage turn = turns.get(at);
            if (turn.toolCalls().size() < 2) {
                written.add(turn);
                continue;
            }
            int end = at + 1;
            while (end < turns.size() && turns.get(end).role().equals(TOOL)) {
                end++;
            }
            List<ChatMessage> results = new ArrayList<>(turns.subList(at + 1, end));
            String words = turn.content();
            for (ToolCall call : turn.toolCalls()) {
                written.add(new ChatMessage(ASSISTANT, words).calling(List.of(call)));
                words = "";
                List<ChatMessage> own = results.stream()
                        .filter(result -> call.id().equals(result.fields().get("tool_call_id")))
                        .toList();
                written.addAll(own);
                results.removeAll(own);
            }
            written.addAll(results);
            at = end - 1;
        }
        return written;
    }

    private ChatMessage withFittingIds(ChatMessage turn) {
        Map<String, Object> fields = new LinkedHashMap<>(turn.fields());
        fields.computeIfPresent("tool_call_id", (field, id) -> syntax.id(id.toString()));
        List<ToolCall> calls = turn.toolCalls().stream()
                .map(call -> new ToolCall(syntax.id(call.id()), call.name(), call.arguments()))
                .toList();
        return new ChatMessage(turn.role(), turn.content(), calls, fields);
    }

    private List<ChatMessage> inWords(List<ChatMessage> turns) {
        List<ChatMessage> written = new ArrayList<>();
        boolean afterResult = false;
        for (ChatMessage turn : turns) {
            boolean result = turn.role().equals(TOOL);
            if (!turn.toolCalls().isEmpty()) {
                written.add(new ChatMessage(ASSISTANT, joined(turn.content(), "\n", syntax.write(turn.toolCalls()))));
            } else if (afterResult && (result || turn.role().equals(USER))) {
                // templates want the user and the assistant to take turns
                ChatMessage before = written.remove(written.size() - 1);
                written.add(new ChatMessage(USER, joined(before.content(), "\n\n", words(turn))));
            } else {
                written.add(result ? new ChatMessage(USER, words(turn)) : turn);
            }
            afterResult = result || afterResult && turn.role().equals(USER);
        }
        return written;
    }

    private static String words(ChatMessage turn) {
        return turn.role().equals(TOOL)
                ? "Result of the tool %s:\n%s".formatted(turn.fields().get("name"), turn.content())
                : turn.content();
    }

    private static String joined(String before, String separator, String after) {
        return before.isBlank() ? after : before + separator + after;
    }

    private List<ChatMessage> told(String description, List<ChatMessage> turns) {
        List<ChatMessage> written = new ArrayList<>(turns);
        if (!knowledge.systemMessages()) {
            int first = turns.stream().map(ChatMessage::role).toList().indexOf(USER);
            if (first >= 0) {
                written.set(
                        first,
                        new ChatMessage(
                                USER,
                                joined(description, "\n\n", turns.get(first).content())));
                return written;
            }
        }
        if (!turns.isEmpty() && turns.get(0).role().equals(SYSTEM)) {
            written.set(0, new ChatMessage(SYSTEM, joined(turns.get(0).content(), "\n\n", description)));
        } else {
            written.add(0, new ChatMessage(SYSTEM, description));
        }
        return written;
    }
}
