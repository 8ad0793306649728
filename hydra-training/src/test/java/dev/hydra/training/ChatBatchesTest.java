package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.training.corpus.ChatFormat;
import dev.hydra.training.corpus.Conversation;
import dev.hydra.training.corpus.Role;
import dev.hydra.training.corpus.Turn;
import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.tokenizer.SpecialToken;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChatBatchesTest {

    private static final int LINE_FEED = 10;

    /** A chat of ten tokens: what is said is one token, the chat's number + 100. */
    private static ChatTokens chat(long number) {
        Conversation conversation = new Conversation(List.of(new Turn(Role.USER, "u"), new Turn(Role.ASSISTANT, "a")));
        return ChatFormat.tokens(conversation, text -> new int[] {text.equals("\n") ? LINE_FEED : (int) number + 100});
    }

    @Test
    void fillsEveryRowFromTheBeginningOfAChat() {
        Batch batch = new ChatBatches(ChatBatchesTest::chat, 2, 14, 0).next();
        int size = chat(0).size();
        assertThat(batch.rows()).isEqualTo(2);
        assertThat(batch.length()).isEqualTo(14);
        for (int row = 0; row < 2; row++) {
            // two chats begin in a row; the second one is cut off
            assertThat(batch.tokens()[row * 14]).isEqualTo(SpecialToken.BEGIN.id());
            assertThat(batch.tokens()[row * 14 + 3]).isEqualTo(100 + 2 * row);
            assertThat(batch.tokens()[row * 14 + size]).isEqualTo(SpecialToken.BEGIN.id());
        }
    }

    @Test
    void weighsAnswersFullyAndQuestionsAsAsked() {
        ChatTokens chat = chat(0);
        Batch batch = new ChatBatches(ChatBatchesTest::chat, 1, chat.size(), 0.25).next();
        for (int place = 0; place < chat.size(); place++) {
            assertThat(batch.weights()[place]).isEqualTo(chat.learned(place) ? 1 : 0.25f);
        }
        assertThat(chat.learned()).isEqualTo(2);
    }

    @Test
    void goesOnWhereItWas() {
        ChatBatches batches = new ChatBatches(ChatBatchesTest::chat, 1, chat(0).size(), 0);
        assertThat(batches.next(3)).extracting(batch -> batch.tokens()[3]).containsExactly(100L, 101L, 102L);
    }
}
