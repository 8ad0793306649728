package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.UserMessage;

class ConversationMemoryTest {

    private final ConversationMemory memory = new ConversationMemory();

    @Test
    void keepsQuestionsWithTheirAnswers() {
        exchange("one", "q1", "a1");
        exchange("one", "q2", "a2");
        exchange("two", "other", "thing");

        assertThat(texts("one")).containsExactly("q1", "a1", "q2", "a2");
        assertThat(texts("two")).containsExactly("other", "thing");
        assertThat(texts("three")).isEmpty();
    }

    @Test
    void forgetsAQuestionThatGotNoAnswer() {
        exchange("one", "q1", "a1");
        memory.add("one", new UserMessage("refused"));
        assertThat(texts("one")).containsExactly("q1", "a1");

        exchange("one", "q2", "a2");
        assertThat(texts("one")).containsExactly("q1", "a1", "q2", "a2");
    }

    @Test
    void keepsWhatThereIsOfAStoppedAnswer() {
        memory.add("one", new UserMessage("q1"));
        memory.cut("one", "q1", "half an ans");

        assertThat(texts("one")).containsExactly("q1", "half an ans");
    }

    @Test
    void doesNotTakeAStoppedAnswerForThatOfALaterQuestion() {
        memory.add("one", new UserMessage("q1"));
        memory.add("one", new UserMessage("q2"));
        memory.cut("one", "q1", "too late");
        memory.cut("one", "q2", " ");
        memory.cut("two", "q2", "nobody asked");

        assertThat(texts("one")).isEmpty();
        assertThat(texts("two")).isEmpty();
    }

    @Test
    void forgetsAConversation() {
        exchange("one", "q1", "a1");
        memory.clear("one");

        assertThat(texts("one")).isEmpty();
    }

    @Test
    void keepsTheNewestMessagesOfALongConversation() {
        for (int at = 0; at < ConversationMemory.MOST_MESSAGES; at++) {
            exchange("one", "q" + at, "a" + at);
        }

        assertThat(texts("one"))
                .hasSize(ConversationMemory.MOST_MESSAGES)
                .startsWith("q" + ConversationMemory.MOST_MESSAGES / 2)
                .endsWith("a" + (ConversationMemory.MOST_MESSAGES - 1));
    }

    @Test
    void keepsTheConversationsThatWentOnLast() {
        exchange("first", "q", "a");
        exchange("second", "q", "a");
        for (int at = 2; at < ConversationMemory.MOST_CONVERSATIONS; at++) {
            exchange("c" + at, "q", "a");
        }
        exchange("first", "q", "a");
        exchange("new", "q", "a");

        assertThat(texts("first")).hasSize(4);
        assertThat(texts("second")).isEmpty();
        assertThat(texts("new")).hasSize(2);
    }

    private void exchange(String conversation, String question, String answer) {
        memory.add(conversation, new UserMessage(question));
        memory.add(conversation, new AssistantMessage(answer));
    }

    private List<String> texts(String conversation) {
        return memory.get(conversation).stream().map(Message::getText).toList();
    }
}
