package dev.hydra.training.tokenizer;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a vocabulary as the three tokenizer files of a Hugging Face model folder. */
public final class TokenizerFiles {
    private static final Gson GSON = new GsonBuilder()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .serializeNulls()
            .create();

    private TokenizerFiles() {}

    /**
     * Writes {@code tokenizer.json}, {@code tokenizer_config.json} and {@code special_tokens_map.json}.
     *
     * @param folder       an existing folder
     * @param tokenizer    the vocabulary
     * @param chatTemplate in Jinja
     * @param positions    the longest input of the model, in tokens
     * @throws IOException if a file cannot be written
     */
    public static void write(Path folder, BpeTokenizer tokenizer, String chatTemplate, int positions)
            throws IOException {
        write(folder.resolve("tokenizer.json"), tokenizer(tokenizer));
        write(folder.resolve("tokenizer_config.json"), config(chatTemplate, positions));
        write(folder.resolve("special_tokens_map.json"), specialTokens());
    }

    private static void write(Path file, JsonObject content) throws IOException {
        Files.writeString(file, GSON.toJson(content) + "\n");
    }

    private static JsonObject tokenizer(BpeTokenizer tokenizer) {
        JsonObject root = new JsonObject();
        root.addProperty("version", "1.0");
        root.add("truncation", JsonNull.INSTANCE);
        root.add("padding", JsonNull.INSTANCE);
        JsonArray added = new JsonArray();
        for (SpecialToken token : SpecialToken.values()) {
            JsonObject entry = addedToken(token);
            entry.addProperty("id", token.id());
            added.add(entry);
        }
        root.add("added_tokens", added);
        root.add("normalizer", JsonNull.INSTANCE);
        root.add("pre_tokenizer", byteLevel());
        root.add("post_processor", JsonNull.INSTANCE);
        root.add("decoder", byteLevel());
        root.add("model", model(tokenizer));
        return root;
    }

    private static JsonObject byteLevel() {
        JsonObject part = new JsonObject();
        part.addProperty("type", "ByteLevel");
        part.addProperty("add_prefix_space", false);
        part.addProperty("trim_offsets", true);
        part.addProperty("use_regex", true);
        return part;
    }

    private static JsonObject model(BpeTokenizer tokenizer) {
        JsonObject model = new JsonObject();
        model.addProperty("type", "BPE");
        for (String absent : new String[] {"dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix"}) {
            model.add(absent, JsonNull.INSTANCE);
        }
        model.addProperty("fuse_unk", false);
        model.addProperty("byte_fallback", false);
        model.addProperty("ignore_merges", false);
        JsonObject vocabulary = new JsonObject();
        for (int token = 0; token < tokenizer.vocabulary(); token++) {
            vocabulary.addProperty(tokenizer.written(token), token);
        }
        model.add("vocab", vocabulary);
        JsonArray merges = new JsonArray();
        tokenizer
                .merges()
                .forEach(merge -> merges.add(tokenizer.written(merge.left()) + " " + tokenizer.written(merge.right())));
        model.add("merges", merges);
        return model;
    }

    private static JsonObject config(String chatTemplate, int positions) {
        JsonObject root = new JsonObject();
        root.addProperty("tokenizer_class", "PreTrainedTokenizerFast");
        root.addProperty("add_bos_token", false);
        root.addProperty("add_prefix_space", false);
        root.addProperty("clean_up_tokenization_spaces", false);
        root.addProperty("model_max_length", positions);
        root.add("bos_token", text(SpecialToken.BEGIN));
        root.add("eos_token", text(SpecialToken.END));
        root.add("pad_token", text(SpecialToken.PAD));
        JsonObject decoder = new JsonObject();
        for (SpecialToken token : SpecialToken.values()) {
            decoder.add(Integer.toString(token.id()), addedToken(token));
        }
        root.add("added_tokens_decoder", decoder);
        root.addProperty("chat_template", chatTemplate);
        return root;
    }

    private static JsonObject specialTokens() {
        JsonObject root = new JsonObject();
        root.add("bos_token", text(SpecialToken.BEGIN));
        root.add("eos_token", text(SpecialToken.END));
        root.add("pad_token", text(SpecialToken.PAD));
        JsonArray others = new JsonArray();
        others.add(text(SpecialToken.USER));
        others.add(text(SpecialToken.ASSISTANT));
        others.add(text(SpecialToken.SYSTEM));
        root.add("additional_special_tokens", others);
        return root;
    }

    private static JsonElement text(SpecialToken token) {
        return GSON.toJsonTree(token.text());
    }

    private static JsonObject addedToken(SpecialToken token) {
        JsonObject entry = new JsonObject();
        entry.addProperty("content", token.text());
        entry.addProperty("single_word", false);
        entry.addProperty("lstrip", false);
        entry.addProperty("rstrip", false);
        entry.addProperty("normalized", false);
        entry.addProperty("special", true);
        return entry;
    }
}
