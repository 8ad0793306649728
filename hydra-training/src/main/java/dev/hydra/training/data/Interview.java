package dev.hydra.training.data;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.hydra.decode.Completion;
import dev.hydra.decode.FinishReason;
import dev.hydra.text.ChatMessage;
import java.util.ArrayList;
import java.util.List;

/**
 * A chat whose questions a model answers one after another, with its own earlier answers before its eyes. An answer that is empty,
 * or whose prompt has no room, ends it; if it is the first one, nothing is left of the chat but the problem. For one thread.
 */
final class Interview {
    private final String key;
    private final List<ChatMessage> questions;
    private final List<ChatMessage> said = new ArrayList<>();
    private final List<Utterance> utterances = new ArrayList<>();
    private final String tokenizer;
    private int asked;
    private String problem = "";

    /**
     * Begins with the first question.
     *
     * @param key       of the record
     * @param questions the turns of all but the assistant
     * @param tokenizer fingerprint of the model's tokenizer
     */
    Interview(String key, List<ChatMessage> questions, String tokenizer) {
        this.key = key;
        this.questions = List.copyOf(questions);
        this.tokenizer = tokenizer;
    }

    String key() {
        return key;
    }

    /** Number of answers so far. */
    int answers() {
        return utterances.size();
    }

    /** Asks the next question; false if there is none. */
    boolean ask() {
        while (problem.isEmpty() && asked < questions.size()) {
            ChatMessage question = questions.get(asked++);
            said.add(question);
            if (question.role().equals(Dialogue.USER)) {
                return true;
            }
        }
        return false;
    }

    /** What was said so far, the question that was asked last. */
    List<ChatMessage> said() {
        return List.copyOf(said);
    }

    /** Takes the answer to the last question. */
    void answer(Completion completion) {
        if (completion.text().isBlank()) {
            breakOff("the model's answer is empty; expected words");
            return;
        }
        said.add(new ChatMessage(Dialogue.ASSISTANT, completion.text()));
        utterances.add(new Utterance(completion.tokens(), tokenizer, completion.reason() == FinishReason.STOP));
    }

    /** Ends with the last question unanswered. */
    void breakOff(String reason) {
        problem = reason;
        if (answers() > 0) {
            said.remove(said.size() - 1);
        }
    }

    /** The chat as a {@code messages} record, with the answers' tokens; without any answer, with the problem. */
    JsonObject toRecord() {
        JsonObject record = new JsonObject();
        if (answers() == 0) {
            record.addProperty("problem", problem);
        }
        record.addProperty("tokenizer", tokenizer);
        JsonArray turns = new JsonArray();
        int answer = 0;
        for (ChatMessage message : said) {
            JsonObject turn = new JsonObject();
            turn.addProperty("role", message.role());
            turn.addProperty("content", message.content());
            if (message.role().equals(Dialogue.ASSISTANT)) {
                Utterance utterance = utterances.get(answer++);
                JsonArray tokens = new JsonArray();
                utterance.tokens().forEach(tokens::add);
                turn.add("tokens", tokens);
                turn.addProperty("ended", utterance.ended());
            }
            turns.add(turn);
        }
        record.add("messages", turns);
        return record;
    }
}
