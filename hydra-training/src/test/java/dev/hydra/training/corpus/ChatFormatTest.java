package dev.hydra.training.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.tokenizer.BpeTokenizer;
import dev.hydra.training.tokenizer.BpeTrainer;
import dev.hydra.training.tokenizer.SpecialToken;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChatFormatTest {
    private static final long SEED = 11;
    private static final int CONVERSATIONS = 300;

    private final DemoCorpus corpus = new DemoCorpus(SEED);
    private final BpeTokenizer tokenizer = new BpeTrainer(512)
            .train(corpus.stream(Split.TRAINING)
                    .limit(500)
                    .flatMap(chat -> chat.turns().stream())
                    .map(Turn::text));

    @Test
    void rendersWhatTheChatTemplateRenders() {
        corpus.stream(Split.TRAINING).limit(CONVERSATIONS).forEach(chat -> {
            assertThat(jinja(chat.turns(), false)).isEqualTo(ChatFormat.render(chat.turns()));
            assertThat(jinja(chat.prompt(), true)).isEqualTo(ChatFormat.renderPrompt(chat.prompt()));
        });
    }

    @Test
    void writesTurnsBetweenTheirMarks() {
        var turns = List.of(new Turn(Role.USER, "Hi!"), new Turn(Role.ASSISTANT, "Hello!"));
        assertThat(ChatFormat.render(turns)).isEqualTo("<|begin|><|user|>\nHi!<|end|>\n<|assistant|>\nHello!<|end|>\n");
    }

    @Test
    void tokensAreThoseOfTheRenderedText() {
        corpus.stream(Split.TRAINING)
                .limit(CONVERSATIONS)
                .forEach(chat -> assertThat(
                                ChatFormat.tokens(chat, tokenizer::encode).tokens())
                        .isEqualTo(tokenizer.encode(ChatFormat.render(chat.turns()))));
    }

    @Test
    void onlyTheAssistantsWordsAndTheirEndAreLearned() {
        corpus.stream(Split.TRAINING).limit(CONVERSATIONS).forEach(chat -> {
            ChatTokens tokens = ChatFormat.tokens(chat, tokenizer::encode);
            int[] expected = chat.of(Role.ASSISTANT).stream()
                    .flatMapToInt(turn -> Arrays.stream(tokenizer.encode(turn.text() + SpecialToken.END.text())))
                    .toArray();
            assertThat(IntStream.range(0, tokens.size())
                            .filter(tokens::learned)
                            .map(tokens::token)
                            .toArray())
                    .isEqualTo(expected);
            assertThat(tokens.learned()).isEqualTo(expected.length);
        });
    }

    private static String jinja(List<Turn> turns, boolean generationPrompt) {
        Jinjava jinjava = new Jinjava(JinjavaConfig.newBuilder()
                .withTrimBlocks(true)
                .withLstripBlocks(true)
                .build());
        List<Map<String, String>> messages = turns.stream()
                .map(turn -> Map.of("role", turn.role().label(), "content", turn.text()))
                .toList();
        return jinjava.render(
                ChatFormat.template(),
                Map.of(
                        "messages", messages,
                        "bos_token", SpecialToken.BEGIN.text(),
                        "add_generation_prompt", generationPrompt));
    }
}
