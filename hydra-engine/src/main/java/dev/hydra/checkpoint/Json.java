package dev.hydra.checkpoint;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A JSON object with the name of its file, so that every complaint can name file and key. A null counts as absent. */
record Json(String file, JsonObject object) {
    /** The largest file that is read as a tree, in bytes: a tree is dozens of times as large as its text. */
    private static final long LARGEST = 1 << 20;

    /**
     * Reads a file that holds a JSON object.
     *
     * @throws CheckpointException if it is absent, unreadable, larger than any configuration or something else
     */
    static Json read(Path file) {
        String name = String.valueOf(file.getFileName());
        JsonReader reader = reader(bytes(file, LARGEST));
        try {
            requireObject(name, reader);
            JsonObject object = JsonParser.parseReader(reader).getAsJsonObject();
            requireEnd(reader);
            return new Json(name, object);
        } catch (JsonParseException | IOException e) {
            throw new CheckpointException("%s: is not JSON; expected a JSON object".formatted(name), e);
        }
    }

    /** An object without any key, in the place of a file that is not there. */
    static Json empty(String file) {
        return new Json(file, new JsonObject());
    }

    /**
     * A whole file.
     *
     * @param largest how many bytes it may have
     * @throws CheckpointException if it is absent, unreadable or larger
     */
    static ByteBuffer bytes(Path file, long largest) {
        String name = String.valueOf(file.getFileName());
        try {
            long size = Files.size(file);
            if (size > largest) {
                throw new CheckpointException("%s: has %d bytes; expected at most %d".formatted(name, size, largest));
            }
            return ByteBuffer.wrap(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new CheckpointException(
                    "%s: no %s in this folder; expected a Hugging Face folder".formatted(file.getParent(), name), e);
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be read: %s".formatted(name, e), e);
        }
    }

    /** Reads strict JSON from a buffer on the heap. */
    static JsonReader reader(ByteBuffer utf8) {
        InputStream bytes =
                new ByteArrayInputStream(utf8.array(), utf8.arrayOffset() + utf8.position(), utf8.remaining());
        JsonReader reader = new JsonReader(new InputStreamReader(bytes, StandardCharsets.UTF_8));
        reader.setStrictness(Strictness.STRICT);
        return reader;
    }

    /**
     * Demands that an object comes next.
     *
     * @throws IOException if what comes is not JSON
     */
    static void requireObject(String name, JsonReader reader) throws IOException {
        JsonToken next = reader.peek();
        if (next != JsonToken.BEGIN_OBJECT) {
            throw new CheckpointException("%s: is a JSON %s; expected a JSON object"
                    .formatted(name, next == JsonToken.BEGIN_ARRAY ? "list" : "value"));
        }
    }

    /**
     * Demands that nothing more comes.
     *
     * @throws IOException if something does
     */
    static void requireEnd(JsonReader reader) throws IOException {
        if (reader.peek() != JsonToken.END_DOCUMENT) {
            throw new MalformedJsonException("something follows the object");
        }
    }

    boolean has(String key) {
        return object.has(key) && !object.get(key).isJsonNull();
    }

    int requiredSize(String key) {
        OptionalInt size = size(key);
        if (size.isEmpty()) {
            throw new CheckpointException("%s: '%s' is missing; expected a whole number".formatted(file, key));
        }
        return size.getAsInt();
    }

    /** A whole number above 0. */
    OptionalInt size(String key) {
        if (!has(key)) {
            return OptionalInt.empty();
        }
        int size = integer(key, object.get(key));
        if (size < 1) {
            throw wrong(key, "a whole number above 0");
        }
        return OptionalInt.of(size);
    }

    /** A whole number, 0 or more; 0 if absent. */
    int count(String key) {
        if (!has(key)) {
            return 0;
        }
        int count = integer(key, object.get(key));
        if (count < 0) {
            throw wrong(key, "a whole number, 0 or more");
        }
        return count;
    }

    /** One whole number or a list of them; empty if absent. */
    List<Integer> integers(String key) {
        List<Integer> integers = new ArrayList<>();
        if (has(key)) {
            if (object.get(key).isJsonArray()) {
                object.getAsJsonArray(key).forEach(element -> integers.add(integer(key, element)));
            } else {
                integers.add(integer(key, object.get(key)));
            }
        }
        return integers;
    }

    double requiredNumber(String key) {
        if (!has(key)) {
            throw new CheckpointException("%s: '%s' is missing; expected a number".formatted(file, key));
        }
        return number(key, 0);
    }

    double number(String key, double otherwise) {
        if (!has(key)) {
            return otherwise;
        }
        if (object.get(key).isJsonPrimitive() && object.getAsJsonPrimitive(key).isNumber()) {
            return object.get(key).getAsDouble();
        }
        throw wrong(key, "a number");
    }

    boolean flag(String key) {
        if (!has(key)) {
            return false;
        }
        if (object.get(key).isJsonPrimitive() && object.getAsJsonPrimitive(key).isBoolean()) {
            return object.get(key).getAsBoolean();
        }
        throw wrong(key, "true or false");
    }

    Optional<String> string(String key) {
        if (!has(key)) {
            return Optional.empty();
        }
        if (object.get(key).isJsonPrimitive() && object.getAsJsonPrimitive(key).isString()) {
            return Optional.of(object.get(key).getAsString());
        }
        throw wrong(key, "a text");
    }

    /** A list of texts; empty if absent. */
    List<String> strings(String key) {
        List<String> strings = new ArrayList<>();
        if (has(key)) {
            if (!object.get(key).isJsonArray()) {
                throw wrong(key, "a list of texts");
            }
            for (JsonElement element : object.getAsJsonArray(key)) {
                if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isString()) {
                    throw wrong(key, "a list of texts");
                }
                strings.add(element.getAsString());
            }
        }
        return strings;
    }

    /** An object; its complaints name the key too. */
    Json object(String key) {
        if (object.get(key) != null && object.get(key).isJsonObject()) {
            return new Json("%s: %s".formatted(file, key), object.getAsJsonObject(key));
        }
        throw wrong(key, "an object");
    }

    /** What to throw when a key's value will not do. */
    CheckpointException wrong(String key, String expected) {
        return new CheckpointException(complaint(key, expected));
    }

    private String complaint(String key, String expected) {
        return "%s: %s is %s; expected %s".formatted(file, key, object.get(key), expected);
    }

    private int integer(String key, JsonElement element) {
        try {
            if (element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber()) {
                return element.getAsBigDecimal().intValueExact();
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw new CheckpointException(complaint(key, "a whole number"), e);
        }
        throw wrong(key, "a whole number");
    }
}
