package dev.hydra.training.evaluate;

import dev.hydra.text.ChatMessage;
import java.util.List;

/**
 * What a model is asked: one turn of a user, or several, each after the model's own answer to the one before.
 *
 * @param id       as its file names it, else the file's name and the line
 * @param category as its file names it; empty where it names none
 * @param before   what stands in front of the first turn, for example a system message
 * @param turns    what the user says, one turn at least
 */
public record Question(String id, String category, List<ChatMessage> before, List<String> turns) {

    public Question {
        before = List.copyOf(before);
        turns = List.copyOf(turns);
        if (turns.isEmpty()) {
            throw new IllegalArgumentException("question %s has no turns; expected one at least".formatted(id));
        }
    }
}
