package dev.hydra.grammar;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.StringReader;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.json.JsonMapper;

/** What others think of a document: Gson's strict reader whether it is JSON, networknt's validator whether it fits a schema. */
public final class Documents {

    private static final JsonMapper JACKSON = JsonMapper.builder().build();

    private Documents() {}

    /** What is wrong with a document; empty where it fits. */
    public static String complaint(String schema, String document) {
        try (JsonReader reader = new JsonReader(new StringReader(document))) {
            reader.setStrictness(Strictness.STRICT);
            read(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                return "something follows the document";
            }
        } catch (IOException | IllegalStateException e) {
            return e.getMessage();
        }
        List<Error> errors = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(JACKSON.readTree(schema))
                .validate(
                        JACKSON.readTree(document),
                        context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
        return errors.isEmpty() ? "" : errors.toString();
    }

    private static void read(JsonReader reader) throws IOException {
        switch (reader.peek()) {
            case BEGIN_OBJECT -> {
                Set<String> names = new HashSet<>();
                reader.beginObject();
                while (reader.hasNext()) {
                    String name = reader.nextName();
                    if (!names.add(name)) {
                        throw new IllegalStateException("two properties are called " + name);
                    }
                    read(reader);
                }
                reader.endObject();
            }
            case BEGIN_ARRAY -> {
                reader.beginArray();
                while (reader.hasNext()) {
                    read(reader);
                }
                reader.endArray();
            }
            default -> reader.skipValue();
        }
    }
}
