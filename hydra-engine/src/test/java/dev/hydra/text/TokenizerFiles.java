package dev.hydra.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The tokenizers among the test resources. */
final class TokenizerFiles {
    private TokenizerFiles() {}

    static Stream<String> names() {
        return Stream.of("bpe-llama3", "bpe-qwen2", "spm-metaspace", "spm-normalizer");
    }

    static Path folder(String name) {
        try {
            return Path.of(Objects.requireNonNull(TokenizerFiles.class.getResource("tokenizers/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    static Stream<JsonObject> expected(String name, String kind) throws IOException {
        JsonObject expected = JsonParser.parseString(
                        Files.readString(folder(name).resolve("expected.json")))
                .getAsJsonObject();
        return expected.getAsJsonArray(kind).asList().stream().map(JsonElement::getAsJsonObject);
    }

    static List<Integer> integers(JsonElement array) {
        return array.getAsJsonArray().asList().stream()
                .map(JsonElement::getAsInt)
                .toList();
    }
}
