package dev.hydra.training.corpus;

import java.util.List;

/**
 * A short chat: perhaps a system turn, then user and assistant in alternation, the assistant last.
 *
 * @param turns the turns in order, at least a question and its answer
 */
public record Conversation(List<Turn> turns) {
    public Conversation {
        turns = List.copyOf(turns);
        int start = !turns.isEmpty() && turns.get(0).role() == Role.SYSTEM ? 1 : 0;
        int spoken = turns.size() - start;
        if (spoken < 2 || spoken % 2 != 0) {
            throw new IllegalArgumentException(
                    "conversation has %d turns after its system turn; expected an even number, at least 2"
                            .formatted(spoken));
        }
        for (int index = start; index < turns.size(); index++) {
            Role expected = (index - start) % 2 == 0 ? Role.USER : Role.ASSISTANT;
            if (turns.get(index).role() != expected) {
                throw new IllegalArgumentException("turn %d is the %s's; expected the %s's"
                        .formatted(index, turns.get(index).role().label(), expected.label()));
            }
        }
    }

    /** The turns of one side, in order. */
    public List<Turn> of(Role role) {
        return turns.stream().filter(turn -> turn.role() == role).toList();
    }

    /** Everything before the last answer: what a model is given to answer at the end of this chat. */
    public List<Turn> prompt() {
        return turns.subList(0, turns.size() - 1);
    }

    /** The last answer. */
    public String answer() {
        return turns.get(turns.size() - 1).text();
    }
}
