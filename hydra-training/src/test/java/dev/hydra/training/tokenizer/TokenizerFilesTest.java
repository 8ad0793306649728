package dev.hydra.training.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.training.corpus.ChatFormat;
import dev.hydra.training.corpus.DemoCorpus;
import dev.hydra.training.corpus.Split;
import dev.hydra.training.corpus.Turn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The written files as Hugging Face's own library reads them. */
class TokenizerFilesTest {
    private static final long SEED = 5;
    private static final int POSITIONS = 512;

    @TempDir
    private static Path folder;

    private static BpeTokenizer tokenizer;
    private static HuggingFaceTokenizer reader;

    @BeforeAll
    static void write() throws IOException {
        var corpus = new DemoCorpus(SEED);
        tokenizer = new BpeTrainer(1024)
                .train(corpus.stream(Split.TRAINING)
                        .limit(2_000)
                        .flatMap(chat -> chat.turns().stream())
                        .map(Turn::text));
        TokenizerFiles.write(folder, tokenizer, ChatFormat.template(), POSITIONS);
        reader = HuggingFaceTokenizer.newInstance(
                folder.resolve("tokenizer.json"),
                Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false"));
    }

    @AfterAll
    static void close() {
        reader.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Tell me a story about a brave fox.",
                "don't, we'll, I'd, they've, it's, DON'T",
                "  two  spaces, a tab\tand line\n\nfeeds \r\n  ",
                "numbers 1234 and 5,6.7",
                "Grüße, žluťoučký kůň, 你好, العربية, हिन्दी",
                "emoji 🦊🔦👩‍👩‍👧 and \u00a0 no-break \u2003 space \u0085 next line",
                "<|begin|><|user|>\nHi!<|end|>\n<|assistant|>\n",
                "a <|end|><|end|> b<|pad|>c <|nothing|>",
                ""
            })
    void agreesWithOurOwnEncoder(String text) {
        int[] ours = tokenizer.encode(text);
        assertThat(ids(text)).isEqualTo(ours);
        assertThat(reader.decode(Arrays.stream(ours).asLongStream().toArray(), false))
                .isEqualTo(text);
    }

    @Test
    void agreesOnRandomText() {
        Random random = new Random(SEED);
        for (int count = 0; count < 500; count++) {
            StringBuilder text = new StringBuilder();
            random.ints(1 + random.nextInt(40), 0, 0x2FFF)
                    .filter(Character::isDefined)
                    .filter(point -> Character.getType(point) != Character.PRIVATE_USE)
                    .map(point -> random.nextInt(3) == 0 ? point : ' ' + point % 95)
                    .forEach(text::appendCodePoint);
            assertThat(ids(text.toString()))
                    .as("seed %d, text '%s'", SEED, text)
                    .isEqualTo(tokenizer.encode(text.toString()));
            assertThat(tokenizer.decode(tokenizer.encode(text.toString()))).isEqualTo(text.toString());
        }
    }

    @Test
    void agreesOnTheCorpus() {
        new DemoCorpus(SEED)
                .stream(Split.HELD_OUT)
                        .limit(200)
                        .map(chat -> ChatFormat.render(chat.turns()))
                        .forEach(text -> {
                            assertThat(ids(text)).isEqualTo(tokenizer.encode(text));
                            assertThat(reader.decode(reader.encode(text).getIds(), true))
                                    .isEqualTo(tokenizer.decode(tokenizer.encode(text)));
                        });
    }

    @Test
    void givesSpecialTokensTheFirstIds() {
        for (SpecialToken token : SpecialToken.values()) {
            assertThat(ids(token.text())).containsExactly(token.id());
            assertThat(tokenizer.encode(token.text())).containsExactly(token.id());
        }
        assertThat(reader.decode(new long[] {SpecialToken.BEGIN.id(), tokenizer.encode("x")[0]}, true))
                .isEqualTo("x");
    }

    @Test
    void namesTemplateMarksAndLengthInTheConfig() throws IOException {
        JsonObject config = read("tokenizer_config.json");
        assertThat(config.get("chat_template").getAsString()).isEqualTo(ChatFormat.template());
        assertThat(config.get("bos_token").getAsString()).isEqualTo("<|begin|>");
        assertThat(config.get("eos_token").getAsString()).isEqualTo("<|end|>");
        assertThat(config.get("model_max_length").getAsInt()).isEqualTo(POSITIONS);
        JsonObject special = read("special_tokens_map.json");
        assertThat(special.get("pad_token").getAsString()).isEqualTo("<|pad|>");
        assertThat(List.copyOf(
                        special.getAsJsonArray("additional_special_tokens").asList()))
                .hasSize(3);
    }

    private static JsonObject read(String name) throws IOException {
        return JsonParser.parseString(Files.readString(folder.resolve(name))).getAsJsonObject();
    }

    private static int[] ids(String text) {
        return Arrays.stream(reader.encode(text).getIds())
                .mapToInt(Math::toIntExact)
                .toArray();
    }
}
