package dev.hydra.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code tokenizer.json} says about single tokens: their strings, which are special, and how strings become text.
 * Immutable.
 */
final class Vocabulary {
    private static final Pattern BYTE = Pattern.compile("<0x[0-9A-Fa-f]{2}>");

    /** How SentencePiece spells a space. */
    private static final char WORD_BEGIN = '\u2581';

    /** Parts of decoders that put pieces together as they are. */
    private static final Set<String> JOINING =
            Set.of("ByteLevel", "ByteFallback", "Fuse", "Replace", "Strip", "Metaspace");

    private static final int HIGHEST_ID = 1 << 24;

    /** How token strings become text. */
    enum Decoding {
        /** Every character of a token stands for one byte; all bytes together are UTF-8. */
        BYTES,
        /** Tokens are text, but a run of {@code <0xE2>}-like tokens is a run of bytes. */
        BYTE_FALLBACK,
        /** Tokens are text. */
        STRINGS
    }

    private final List<@Nullable String> tokens;
    private final Map<String, Integer> ids;
    private final BitSet special;
    private final Decoding decoding;
    private final boolean joins;

    private Vocabulary(Map<String, Integer> ids, BitSet special, List<String> decoders) {
        this.ids = ids;
        this.special = special;
        this.decoding = decoding(decoders);
        this.joins = !decoders.isEmpty() && JOINING.containsAll(decoders);
        tokens = new ArrayList<>();
        ids.forEach((token, id) -> {
            while (tokens.size() <= id) {
                tokens.add(null);
            }
            tokens.set(id, token);
        });
    }

    /**
     * Reads the vocabulary out of the text of a {@code tokenizer.json}.
     *
     * @throws TokenizerException if it is not JSON or lacks a vocabulary; the message starts with {@code file}
     */
    static Vocabulary parse(String file, String json) {
        Map<String, Integer> ids = new HashMap<>();
        BitSet special = new BitSet();
        try (JsonReader reader = new JsonReader(new StringReader(json))) {
            JsonObject root = readRoot(file, reader, ids);
            if (root.get("added_tokens") instanceof JsonArray added) {
                for (JsonElement element : added) {
                    JsonObject token = element.getAsJsonObject();
                    int id = token.get("id").getAsInt();
                    ids.put(token.get("content").getAsString(), id);
                    if (token.get("special") instanceof JsonPrimitive flag && flag.getAsBoolean()) {
                        special.set(id);
                    }
                }
            }
            ids.forEach((token, id) -> {
                if (id < 0 || id > HIGHEST_ID) {
                    throw new TokenizerException("%s is damaged: token '%s' has id %d; expected 0 to %d"
                            .formatted(file, token, id, HIGHEST_ID));
                }
            });
            return new Vocabulary(ids, special, decoders(file, root));
        } catch (JsonParseException
                | IOException
                | IllegalStateException
                | NumberFormatException
                | IndexOutOfBoundsException
                | NullPointerException e) {
            throw new TokenizerException(
                    file + " is damaged: " + e.getMessage() + "; expected a tokenizer of the Hugging Face format", e);
        }
    }

    // one token after the other: merges are the most of a file, and nothing of them is needed here
    private static JsonObject readRoot(String file, JsonReader reader, Map<String, Integer> ids) throws IOException {
        JsonObject root = new JsonObject();
        boolean hasModel = false;
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (name.equals("model") && reader.peek() == JsonToken.BEGIN_OBJECT) {
                hasModel = true;
                readModel(file, reader, ids);
            } else if (name.equals("added_tokens") || name.equals("decoder")) {
                root.add(name, JsonParser.parseReader(reader));
            } else {
                reader.skipValue();
            }
        }
        reader.endObject();
        if (reader.peek() != JsonToken.END_DOCUMENT) {
            throw new MalformedJsonException("something follows the object");
        }
        if (!hasModel) {
            throw new TokenizerException(file + " has no 'model'; expected a tokenizer of the Hugging Face format");
        }
        return root;
    }

    private static void readModel(String file, JsonReader reader, Map<String, Integer> ids) throws IOException {
        boolean hasVocabulary = false;
        reader.beginObject();
        while (reader.hasNext()) {
            boolean vocabulary = reader.nextName().equals("vocab");
            if (vocabulary && reader.peek() == JsonToken.BEGIN_OBJECT) {
                hasVocabulary = true;
                reader.beginObject();
                while (reader.hasNext()) {
                    ids.put(reader.nextName(), reader.nextInt());
                }
                reader.endObject();
            } else if (vocabulary && reader.peek() == JsonToken.BEGIN_ARRAY) {
                hasVocabulary = true;
                readScored(reader, ids);
            } else {
                reader.skipValue();
            }
        }
        reader.endObject();
        if (!hasVocabulary) {
            throw new TokenizerException(file + " has no 'model.vocab'; expected a map of tokens to ids");
        }
    }

    private static void readScored(JsonReader reader, Map<String, Integer> ids) throws IOException {
        reader.beginArray();
        for (int id = 0; reader.hasNext(); id++) {
            reader.beginArray();
            ids.putIfAbsent(reader.nextString(), id);
            while (reader.hasNext()) {
                reader.skipValue();
            }
            reader.endArray();
        }
        reader.endArray();
    }

    /** The parts of the decoder; none where there is no decoder. */
    private static List<String> decoders(String file, JsonObject root) {
        List<String> types = new ArrayList<>();
        if (root.get("decoder") instanceof JsonObject decoder) {
            collectTypes(decoder, types);
        }
        if (types.contains("ByteLevel") && types.size() > 1) {
            throw new TokenizerException(file + ": decoder is " + types + "; expected ByteLevel to be its only part");
        }
        return types;
    }

    private static Decoding decoding(List<String> decoders) {
        if (decoders.contains("ByteLevel")) {
            return Decoding.BYTES;
        }
        return decoders.contains("ByteFallback") ? Decoding.BYTE_FALLBACK : Decoding.STRINGS;
    }

    private static void collectTypes(JsonObject decoder, List<String> types) {
        if (decoder.get("decoders") instanceof JsonArray parts) {
            parts.forEach(part -> collectTypes(part.getAsJsonObject(), types));
        } else {
            types.add(decoder.get("type").getAsString());
        }
    }

    /** The highest token id plus one. */
    int size() {
        return tokens.size();
    }

    @Nullable
    Integer id(String token) {
        return ids.get(token);
    }

    Decoding decoding() {
        return decoding;
    }

    /** The token's string as the file spells it; only for tokens that it {@link #isKnown knows}. */
    String token(int id) {
        String token = tokens.get(id);
        if (token == null) {
            throw new IllegalArgumentException("token " + id + " is not in the vocabulary");
        }
        return token;
    }

    /** Whether the token contributes to text: known and not special. */
    boolean isText(int id) {
        return isKnown(id) && !special.get(id);
    }

    boolean isKnown(int id) {
        return id >= 0 && id < tokens.size() && tokens.get(id) != null;
    }

    /** The bytes that a token adds to a text that it does not begin; none where it is not text. */
    byte[] bytes(int id) {
        if (!joins) {
            throw new TokenizerException(
                    "this tokenizer's tokens are no pieces of text that join: what one adds depends on its neighbours; expected a"
                            + " byte-level or SentencePiece tokenizer");
        }
        if (!isText(id)) {
            return new byte[0];
        }
        String token = token(id);
        if (decoding == Decoding.BYTES) {
            return ByteLevel.bytes(token);
        }
        if (isFallbackByte(id)) {
            return new byte[] {(byte) Integer.parseInt(token.substring(3, 5), 16)};
        }
        return token.replace(WORD_BEGIN, ' ').getBytes(StandardCharsets.UTF_8);
    }

    /** Whether the token stands for a single byte in the manner of {@code <0xE2>}. */
    boolean isFallbackByte(int id) {
        return decoding == Decoding.BYTE_FALLBACK && BYTE.matcher(token(id)).matches();
    }
}
