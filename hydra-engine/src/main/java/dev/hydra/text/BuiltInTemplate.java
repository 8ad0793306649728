package dev.hydra.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** The chat formats that come with the engine, as Jinja templates of its own. */
final class BuiltInTemplate {
    private static final List<String> NAMES = List.of("vicuna", "llama-2", "chatml");

    private BuiltInTemplate() {}

    static List<String> names() {
        return NAMES;
    }

    static String text(String name) {
        String resource = name + ".jinja";
        try (InputStream stream = BuiltInTemplate.class.getResourceAsStream(resource)) {
            return new String(Objects.requireNonNull(stream, resource).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
