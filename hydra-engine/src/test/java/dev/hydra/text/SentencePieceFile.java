package dev.hydra.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.CodedOutputStream;
import dev.hydra.text.SentencePieceModel.Algorithm;
import dev.hydra.text.SentencePieceModel.Use;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Writes SentencePiece models, in the manner of Llama's unless told otherwise. */
final class SentencePieceFile {
    private record Written(String text, float score, int type) {}

    private final List<Written> pieces = new ArrayList<>();
    private Algorithm algorithm = Algorithm.BPE;
    private int byteFallback = 1;
    private int addDummyPrefix = 1;
    private int removeExtraWhitespaces;
    private byte[] characterMap = {};

    /** The three pieces that every model begins with, and one for each byte. */
    static SentencePieceFile withBytes() {
        SentencePieceFile file = new SentencePieceFile()
                .piece("<unk>", 0, Use.UNKNOWN)
                .piece("<s>", 0, Use.CONTROL)
                .piece("</s>", 0, Use.CONTROL);
        for (int octet = 0; octet < 256; octet++) {
            file.piece("<0x%02X>".formatted(octet), 0, Use.BYTE);
        }
        return file;
    }

    /** The pieces of a tokenizer in its other form; a piece's score is the place of the merge that makes it. */
    static SentencePieceFile of(Path tokenizerJson) throws IOException {
        JsonObject tokenizer =
                JsonParser.parseString(Files.readString(tokenizerJson)).getAsJsonObject();
        JsonObject model = tokenizer.getAsJsonObject("model");
        Set<String> added = tokenizer.getAsJsonArray("added_tokens").asList().stream()
                .map(token -> token.getAsJsonObject().get("content").getAsString())
                .collect(Collectors.toSet());
        Map<String, Integer> places = new HashMap<>();
        for (JsonElement merge : model.getAsJsonArray("merges")) {
            String joined = merge.isJsonArray()
                    ? merge.getAsJsonArray().get(0).getAsString()
                            + merge.getAsJsonArray().get(1).getAsString()
                    : merge.getAsString().replace(" ", "");
            places.putIfAbsent(joined, places.size());
        }
        SentencePieceFile file = withBytes();
        model.getAsJsonObject("vocab").entrySet().stream()
                .sorted(Map.Entry.comparingByValue((one, other) -> one.getAsInt() - other.getAsInt()))
                .skip(file.pieces.size())
                .filter(entry -> !added.contains(entry.getKey()))
                .forEach(entry ->
                        file.piece(entry.getKey(), -places.getOrDefault(entry.getKey(), places.size()), Use.NORMAL));
        return file;
    }

    SentencePieceFile piece(String text, float score, Use use) {
        pieces.add(new Written(text, score, use.ordinal() + 1));
        return this;
    }

    SentencePieceFile piece(String text, float score, int type) {
        pieces.add(new Written(text, score, type));
        return this;
    }

    SentencePieceFile unigram() {
        algorithm = Algorithm.UNIGRAM;
        return this;
    }

    SentencePieceFile withoutBytes() {
        byteFallback = 0;
        pieces.removeIf(piece -> piece.type() == Use.BYTE.ordinal() + 1);
        return this;
    }

    SentencePieceFile withoutDummyPrefix() {
        addDummyPrefix = 0;
        return this;
    }

    SentencePieceFile removingExtraWhitespaces() {
        removeExtraWhitespaces = 1;
        return this;
    }

    SentencePieceFile mappingCharacters(byte[] map) {
        characterMap = map;
        return this;
    }

    int size() {
        return pieces.size();
    }

    Path write(Path folder) throws IOException {
        return Files.write(folder.resolve("tokenizer.model"), bytes());
    }

    byte[] bytes() throws IOException {
        return message(model -> {
            for (Written piece : pieces) {
                model.writeByteArray(1, message(out -> {
                    out.writeString(1, piece.text());
                    out.writeFloat(2, piece.score());
                    out.writeEnum(3, piece.type());
                }));
            }
            model.writeByteArray(2, message(trainer -> {
                trainer.writeString(2, "prefix");
                trainer.writeEnum(3, algorithm == Algorithm.UNIGRAM ? 1 : 2);
                trainer.writeInt32(4, pieces.size());
                trainer.writeInt32(35, byteFallback);
            }));
            model.writeByteArray(3, message(normalizer -> {
                normalizer.writeString(1, "identity");
                normalizer.writeByteArray(2, characterMap);
                normalizer.writeInt32(3, addDummyPrefix);
                normalizer.writeInt32(4, removeExtraWhitespaces);
                normalizer.writeInt32(5, 1);
            }));
        });
    }

    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] message(Fields fields) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(bytes);
        fields.write(out);
        out.flush();
        return bytes.toByteArray();
    }
}
