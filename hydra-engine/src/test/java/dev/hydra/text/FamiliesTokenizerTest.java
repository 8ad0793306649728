package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every value that the reference tokenizers gave, to the byte. */
class FamiliesTokenizerTest {
    @TestFactory
    Stream<DynamicTest> encode() {
        return cases("encode", (tokenizer, expected) -> {
            String text = expected.get("text").getAsString();
            List<Integer> ids = TokenizerFiles.integers(expected.get("ids"));
            assertThat(tokenizer.encode(text)).isEqualTo(ids);
            assertThat(tokenizer.encodePrompt(text))
                    .isEqualTo(TokenizerFiles.integers(expected.get("ids_with_special")));
            assertThat(ids.stream().map(tokenizer.tokens()::token))
                    .isEqualTo(strings(expected.getAsJsonArray("tokens")));
            assertThat(tokenizer.decodeVerbatim(ids))
                    .isEqualTo(expected.get("decoded").getAsString());
            assertThat(tokenizer.decode(tokenizer.encodePrompt(text)))
                    .isEqualTo(expected.get("decoded_skip_special").getAsString());
        });
    }

    @TestFactory
    Stream<DynamicTest> decode() {
        return cases("decode", (tokenizer, expected) -> {
            List<Integer> ids = TokenizerFiles.integers(expected.get("ids"));
            List<String> prefixes = strings(expected.getAsJsonArray("prefixes"));
            assertThat(prefixes).hasSameSizeAs(ids);
            for (int length = 1; length <= ids.size(); length++) {
                List<Integer> prefix = ids.subList(0, length);
                String text = prefixes.get(length - 1);
                assertThat(tokenizer.decode(prefix)).as("the first %d", length).isEqualTo(text);
                assertThat(String.join("", pieces(tokenizer, prefix)))
                        .as("the first %d, one by one", length)
                        .isEqualTo(text);
            }
            assertThat(tokenizer.decodeVerbatim(ids))
                    .isEqualTo(expected.get("keep_special").getAsString());
        });
    }

    /*
     * The library's stream waits while its text ends in U+FFFD, and never hands out what it then has at the end; and it hands out
     * a character of byte tokens that a later byte takes back. So it is the measure of how early text comes, and not of which.
     */
    @TestFactory
    Stream<DynamicTest> isNeverBehindTheLibrarysStream() {
        return cases("decode", (tokenizer, expected) -> {
            List<Integer> ids = TokenizerFiles.integers(expected.get("ids"));
            String whole = tokenizer.decode(ids);
            List<String> theirs = expected.has("stream") ? strings(expected.getAsJsonArray("stream")) : List.of();
            StringBuilder stream = new StringBuilder();
            StringBuilder text = new StringBuilder();
            Detokenizer detokenizer = new Detokenizer(tokenizer);
            for (int at = 0; at < ids.size(); at++) {
                text.append(detokenizer.append(ids.get(at)));
                stream.append(theirs.isEmpty() ? "" : theirs.get(at));
                boolean unfinished = tokenizer.tokens().isText(ids.get(at))
                        && tokenizer.tokens().isFallbackByte(ids.get(at));
                assertThat(whole).as("after %d", at + 1).startsWith(text);
                if (!unfinished && whole.startsWith(stream.toString())) {
                    assertThat(text.toString()).as("after %d", at + 1).startsWith(stream);
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> unpairedSurrogates() {
        return cases("unpaired_surrogates", (tokenizer, expected) -> {
            StringBuilder text = new StringBuilder();
            TokenizerFiles.integers(expected.get("text_utf16")).forEach(unit -> text.append((char) (int) unit));
            List<Integer> ids = TokenizerFiles.integers(expected.get("ids"));
            assertThat(tokenizer.encode(text.toString())).isEqualTo(ids);
            assertThat(tokenizer.encode(expected.get("same_as").getAsString())).isEqualTo(ids);
        });
    }

    private interface Check {
        void of(Tokenizer tokenizer, JsonObject expected);
    }

    private static Stream<DynamicTest> cases(String kind, Check check) {
        return TokenizerFiles.names().flatMap(name -> cases(name, kind, check));
    }

    private static Stream<DynamicTest> cases(String name, String kind, Check check) {
        try {
            List<JsonObject> cases = TokenizerFiles.expected(name, kind).toList();
            assertThat(cases).isNotEmpty();
            return cases.stream()
                    .map(expected -> DynamicTest.dynamicTest(name + ": " + label(expected), () -> {
                        try (Tokenizer tokenizer = Tokenizer.open(TokenizerFiles.folder(name))) {
                            check.of(tokenizer, expected);
                        }
                    }));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String label(JsonObject expected) {
        return expected.has("text")
                ? expected.get("text").toString()
                : expected.get("ids").toString();
    }

    private static List<String> pieces(Tokenizer tokenizer, List<Integer> tokens) {
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        List<String> pieces = new ArrayList<>();
        tokens.forEach(token -> pieces.add(detokenizer.append(token)));
        pieces.add(detokenizer.finish());
        return pieces;
    }

    private static List<String> strings(JsonArray array) {
        return array.asList().stream()
                .map(element -> element.isJsonNull() ? "" : element.getAsString())
                .toList();
    }
}
