package dev.hydra.training.data;

import dev.hydra.text.ChatMessage;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A chat as it was read: perhaps a system turn, then user and assistant in alternation. It may end with either.
 *
 * @param messages   the turns, in order; their roles are {@code system}, {@code user} and {@code assistant}
 * @param utterances how the assistant's turns were put, by place in the messages; empty where nothing but their words is known
 * @param origin     where it was read
 */
record Dialogue(List<ChatMessage> messages, Map<Integer, Utterance> utterances, Origin origin) implements Sample {
    static final String SYSTEM = "system";
    static final String USER = "user";
    static final String ASSISTANT = "assistant";

    /** @throws BadRecordException if the turns are not as they have to be */
    Dialogue {
        messages = List.copyOf(messages);
        utterances = Map.copyOf(utterances);
        int start = !messages.isEmpty() && messages.get(0).role().equals(SYSTEM) ? 1 : 0;
        if (messages.size() == start) {
            throw new BadRecordException("there are no turns; expected a user's and an assistant's at least");
        }
        for (int place = start; place < messages.size(); place++) {
            ChatMessage message = messages.get(place);
            String expected = (place - start) % 2 == 0 ? USER : ASSISTANT;
            if (!message.role().equals(expected)) {
                throw new BadRecordException(
                        "turn %d is the %s's; expected the %s's".formatted(place + 1, message.role(), expected));
            }
            if (message.content().isBlank()) {
                throw new BadRecordException(
                        "turn %d, the %s's, has no words; expected some".formatted(place + 1, expected));
            }
        }
    }

    /** The places of the assistant's turns. */
    List<Integer> answers() {
        return IntStream.range(0, messages.size())
                .filter(place -> messages.get(place).role().equals(ASSISTANT))
                .boxed()
                .toList();
    }

    /** What the assistant is given: the turns of the others. */
    List<ChatMessage> questions() {
        return messages.stream()
                .filter(message -> !message.role().equals(ASSISTANT))
                .toList();
    }
}
