package dev.hydra.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.hydra.Families;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The tokenizers among the expected values of other families. */
final class TokenizerFiles {
    private TokenizerFiles() {}

    static Stream<String> names() {
        return Families.names("tokenizers").stream();
    }

    static Path folder(String name) {
        return Families.folder().resolve("tokenizers").resolve(name);
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
