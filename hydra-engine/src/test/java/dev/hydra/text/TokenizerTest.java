package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    @ParameterizedTest
    @MethodSource("dev.hydra.text.TokenizerFiles#names")
    void knowsItsVocabulary(String name) throws IOException {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder(name))) {
            JsonObject first = TokenizerFiles.expected(name, "encode")
                    .filter(expected -> !expected.getAsJsonArray("ids").isEmpty())
                    .findFirst()
                    .orElseThrow();
            String token = first.getAsJsonArray("tokens").get(0).getAsString();
            assertThat(tokenizer.id(token))
                    .isEqualTo(first.getAsJsonArray("ids").get(0).getAsInt());
            assertThat(tokenizer.id("no such token")).isNull();
            assertThat(tokenizer.vocabulary()).isBetween(600, 710);
        }
    }

    /** So that whoever allows tokens by their bytes knows what the text will be. */
    @ParameterizedTest
    @MethodSource("dev.hydra.text.TokenizerFiles#names")
    void bytesOfTokensAddUpToTheText(String name) {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder(name))) {
            List<Integer> front = tokenizer.encode("x");
            int compared = 0;
            for (int seed = 0; seed < 3000; seed++) {
                Random random = new Random(seed);
                List<Integer> tokens = new ArrayList<>(front);
                random.ints(1 + random.nextInt(6), 0, tokenizer.vocabulary()).forEach(tokens::add);
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                tokens.subList(front.size(), tokens.size()).forEach(token -> bytes.writeBytes(tokenizer.bytes(token)));
                String text = bytes.toString(StandardCharsets.UTF_8);
                if (!text.contains("\ufffd")) {
                    assertThat(tokenizer.decode(tokens))
                            .as("seed %d: %s", seed, tokens)
                            .isEqualTo("x" + text);
                    compared++;
                }
            }
            assertThat(compared).isGreaterThan(500);
            assertThat(tokenizer.bytes(-1)).isEmpty();
            assertThat(tokenizer.bytes(Integer.MAX_VALUE)).isEmpty();
        }
    }

    @Test
    void refusesBytesOfTokensThatDependOnTheirNeighbours(@TempDir Path folder) throws IOException {
        String json = Files.readString(TokenizerFiles.folder("bpe-qwen2").resolve("tokenizer.json"))
                .replaceAll(
                        "\"decoder\"\\s*:\\s*\\{[^}]*\\}",
                        "\"decoder\":{\"type\":\"WordPiece\",\"prefix\":\"##\",\"cleanup\":true}");
        assertThat(json).contains("WordPiece");
        Files.writeString(folder.resolve("tokenizer.json"), json);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThatThrownBy(() -> tokenizer.bytes(5))
                    .isInstanceOf(TokenizerException.class)
                    .hasMessageContaining("depends on its neighbours");
        }
    }

    @Test
    void recognisesSpecialTokensInTheText() {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder("bpe-qwen2"))) {
            Integer start = tokenizer.id("<|im_start|>");
            assertThat(tokenizer.encode("<|im_start|>user")).first().isEqualTo(start);
        }
    }

    @Test
    void skipsIdsOutsideTheVocabulary() {
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder("bpe-qwen2"))) {
            List<Integer> tokens = new ArrayList<>(tokenizer.encode("Hello"));
            tokens.add(2, -1);
            tokens.add(3, tokenizer.vocabulary());
            tokens.add(4, Integer.MAX_VALUE);
            assertThat(tokenizer.decode(tokens)).isEqualTo("Hello");
        }
    }

    @Test
    void neitherTruncatesNorPads(@TempDir Path folder) throws IOException {
        String json = Files.readString(TokenizerFiles.folder("bpe-qwen2").resolve("tokenizer.json"))
                .replaceFirst(
                        "\"truncation\": *null",
                        "\"truncation\": {\"max_length\": 8, \"strategy\": \"LongestFirst\", \"stride\": 0,"
                                + " \"direction\": \"Right\"}")
                .replaceFirst(
                        "\"padding\": *null",
                        "\"padding\": {\"strategy\": {\"Fixed\": 100000}, \"direction\": \"Right\","
                                + " \"pad_to_multiple_of\": null, \"pad_id\": 0, \"pad_type_id\": 0,"
                                + " \"pad_token\": \"!\"}");
        assertThat(json).contains("max_length", "100000");
        Files.writeString(folder.resolve("tokenizer.json"), json);
        String text = "x".repeat(3000);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        }
    }

    @Test
    void servesSeveralThreadsWhileBeingClosed() throws InterruptedException, ExecutionException {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        CountDownLatch begun = new CountDownLatch(4);
        List<Future<Integer>> rounds = new ArrayList<>();
        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder("spm-metaspace"))) {
            for (int i = 0; i < 4; i++) {
                rounds.add(threads.submit(() -> roundTripsUntilClosed(tokenizer, begun)));
            }
            assertThat(begun.await(1, TimeUnit.MINUTES)).isTrue();
            Thread.sleep(200);
        }
        for (Future<Integer> round : rounds) {
            assertThat(round.get()).isPositive();
        }
        threads.shutdownNow();
    }

    private static int roundTripsUntilClosed(Tokenizer tokenizer, CountDownLatch begun) {
        int rounds = 0;
        try {
            while (true) {
                assertThat(tokenizer.decode(tokenizer.encode("Zoë 👋 says hello")))
                        .isEqualTo("Zoë 👋 says hello");
                if (++rounds == 1) {
                    begun.countDown();
                }
            }
        } catch (IllegalStateException closed) {
            return rounds;
        }
    }

    @Test
    void failsAfterClose() {
        Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder("bpe-qwen2"));
        tokenizer.close();
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("x"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the tokenizer is closed");
        assertThatThrownBy(() -> tokenizer.decode(List.of(1))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void givesATokenTheTextThatItAddsBehindOthers() {
        try (Tokenizer words = Tokenizer.open(TokenizerFiles.folder("spm-metaspace"));
                Tokenizer bytes = Tokenizer.open(TokenizerFiles.folder("bpe-qwen2"))) {
            assertThat(List.of("▁", "e", "<0xC3>", "<0x0A>", "<s>").stream()
                            .map(words::id)
                            .map(words::text))
                    .containsExactly(" ", "e", "\ufffd", "\n", "<s>");
            assertThat(List.of("Ġ", "e", "Ã", "<|im_end|>").stream()
                            .map(bytes::id)
                            .map(bytes::text))
                    .containsExactly(" ", "e", "\ufffd", "<|im_end|>");
            assertThat(bytes.text(1 << 20)).isEmpty();
        }
    }

    @Test
    void namesTheFilesThatWouldDo(@TempDir Path folder) {
        assertThat(Tokenizer.exists(folder)).isFalse();
        assertThatThrownBy(() -> Tokenizer.open(folder).close())
                .isInstanceOf(TokenizerException.class)
                .hasMessage(folder + " has no tokenizer; expected tokenizer.json (of the Hugging Face format) or"
                        + " tokenizer.model (a SentencePiece model)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "[]",
                "{}",
                "{\"model\": {}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": 7}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": \"b\"}, \"merges\": []}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": -1}, \"merges\": []}}",
                "{\"model\": {\"type\": \"Riddle\", \"vocab\": {\"a\": 0}}}",
                "{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}, \"added_tokens\": [{}]}"
            })
    void namesTheDamagedFile(String json, @TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer.json"), json);
        assertThatThrownBy(() -> Tokenizer.open(folder).close())
                .isInstanceOf(TokenizerException.class)
                .hasMessageContaining(file.toString());
    }
}
