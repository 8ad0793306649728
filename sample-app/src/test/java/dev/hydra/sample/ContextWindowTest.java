package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.Hydra;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.prompt.Prompt;

/** The reciter has a token a character, and one for each message's role. */
class ContextWindowTest {

    private static final int POSITIONS = 100;

    @TempDir
    static Path folder;

    private static Hydra hydra;

    @BeforeAll
    static void open() {
        hydra = Hydra.open(Reciter.options(folder).positions(POSITIONS).build());
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @Test
    void showsAllThatFits() {
        // 3 messages of 20 tokens and an answer of 40
        assertThat(shown(40, "a", "b", "c")).containsExactly("a", "b", "c");
    }

    @Test
    void leavesOutTheOldestExchangeWhenATokenIsMissing() {
        assertThat(shown(41, "a", "b", "c")).containsExactly("c");
        assertThat(shown(40, "a", "b", "c", "d", "e")).containsExactly("c", "d", "e");
    }

    @Test
    void leavesHalfOfTheContextToThePromptWhateverTheAnswerMayHave() {
        assertThat(shown(5000, "a", "b", "c")).containsExactly("c");
        assertThat(shown(5000, "c")).containsExactly("c");
    }

    @Test
    void tellsHowManyExchangesAreShown() {
        assertThat(before(40, "a", "b", "c").context()).containsEntry(ContextWindow.REMEMBERED, 1);
        assertThat(before(41, "a", "b", "c").context()).containsEntry(ContextWindow.REMEMBERED, 0);
    }

    @Test
    void keepsALongChatGoing() {
        ChatClient chat = ChatClient.create(HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder().maxTokens(40).build())
                .build());
        ConversationMemory memory = new ConversationMemory();
        for (int question = 0; question < 12; question++) {
            String answer = chat.prompt("say abcdefg")
                    .advisors(advisors -> advisors.advisors(
                                    MessageChatMemoryAdvisor.builder(memory).build(), new ContextWindow(hydra))
                            .param(ChatMemory.CONVERSATION_ID, "long"))
                    .call()
                    .content();
            assertThat(answer).isEqualTo("hijklmnopqrstuvwxyz");
        }
        assertThat(memory.get("long")).hasSize(24);
    }

    @Test
    void leavesAQuestionThatIsTooLongToTheEngine() {
        ChatClient chat = ChatClient.create(HydraChatModel.builder(hydra).build());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> chat.prompt("a".repeat(POSITIONS))
                        .advisors(new ContextWindow(hydra))
                        .call()
                        .content())
                .withMessageContaining("101 tokens");
    }

    /** The first letters of what is left of a conversation of messages of 20 tokens each, questions and answers in turn. */
    private static List<String> shown(int answer, String... letters) {
        return before(answer, letters).prompt().getInstructions().stream()
                .map(message -> message.getText().substring(0, 1))
                .toList();
    }

    private static ChatClientRequest before(int answer, String... letters) {
        List<Message> messages = new ArrayList<>();
        for (String letter : letters) {
            String text = letter.repeat(19);
            messages.add(messages.size() % 2 == 0 ? new UserMessage(text) : new AssistantMessage(text));
        }
        Prompt prompt = new Prompt(
                messages, HydraChatOptions.builder().maxTokens(answer).build());
        return new ContextWindow(hydra).before(new ChatClientRequest(prompt, Map.of()), null);
    }
}
