package dev.hydra.text;

import com.google.gson.stream.JsonWriter;
import dev.hydra.text.SentencePieceModel.Algorithm;
import dev.hydra.text.SentencePieceModel.Piece;
import dev.hydra.text.SentencePieceModel.Use;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/*
 * The equivalent is the one that transformers makes when it opens such a folder: with "legacy" (which is so unless the settings
 * say otherwise) every stretch of text between special tokens gets a space in front, as SentencePiece itself would do with
 * it; without, only one that begins the text does.
 */
/** Writes the {@code tokenizer.json} that cuts texts as a SentencePiece model does, with the settings beside it. */
final class SentencePieceConversion {
    private static final String SPACE = "▁";

    private final SentencePieceModel model;
    private final TokenizerSettings settings;
    private final List<AddedToken> added;
    private final StringWriter text = new StringWriter();
    private final JsonWriter json = new JsonWriter(text);

    private SentencePieceConversion(SentencePieceModel model, TokenizerSettings settings) {
        this.model = model;
        this.settings = settings;
        this.added = added(model, settings);
        requireDifferentIds(model.pieces(), added);
    }

    /**
     * The text of the equivalent {@code tokenizer.json}.
     *
     * @param file the model file; the settings lie in the same folder
     * @throws TokenizerException if a file is damaged, contradicts another one or is of a kind that is not supported
     */
    static String json(Path file) {
        SentencePieceModel model = SentencePieceModel.read(file);
        TokenizerSettings settings = TokenizerSettings.read(file.resolveSibling(""));
        try {
            return new SentencePieceConversion(model, settings).write();
        } catch (TokenizerException e) {
            throw new TokenizerException(file + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // there is no file behind the writer
        }
    }

    private static List<AddedToken> added(SentencePieceModel model, TokenizerSettings settings) {
        Map<String, AddedToken> added = new HashMap<>(settings.added());
        List<Piece> pieces = model.pieces();
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            boolean control = piece.use() == Use.CONTROL || piece.use() == Use.UNKNOWN;
            AddedToken declared = added.get(piece.text());
            if (declared != null && declared.id() != id) {
                throw new TokenizerException("token '%s' has id %d; the settings beside the model say %d"
                        .formatted(piece.text(), id, declared.id()));
            }
            if (declared == null
                    && (control
                            || piece.use() == Use.USER_DEFINED
                            || settings.special().contains(piece.text()))) {
                added.put(piece.text(), new AddedToken(id, piece.text(), control));
            } else if (declared != null && control) {
                added.put(piece.text(), declared.asSpecial());
            }
        }
        added.replaceAll((content, token) -> settings.special().contains(content) ? token.asSpecial() : token);
        return added.values().stream()
                .sorted(Comparator.comparingInt(AddedToken::id).thenComparing(AddedToken::content))
                .toList();
    }

    private static void requireDifferentIds(List<Piece> pieces, List<AddedToken> added) {
        Map<Integer, String> contents = new HashMap<>();
        for (AddedToken token : added) {
            int id = token.id();
            String other = contents.put(id, token.content());
            if (id < pieces.size() && !pieces.get(id).text().equals(token.content())) {
                other = pieces.get(id).text();
            }
            if (other != null) {
                throw new TokenizerException(
                        "id %d is that of '%s' and of '%s'; expected one token".formatted(id, other, token.content()));
            }
        }
    }

    private String write() throws IOException {
        json.setHtmlSafe(false);
        json.beginObject();
        json.name("version").value("1.0");
        writeAddedTokens();
        writeNormalizer();
        writePreTokenizer();
        writePostProcessor();
        writeDecoder();
        writeModel();
        json.endObject();
        return text.toString();
    }

    private void writeAddedTokens() throws IOException {
        json.name("added_tokens").beginArray();
        for (AddedToken token : added) {
            json.beginObject();
            json.name("id").value(token.id());
            json.name("content").value(token.content());
            json.name("single_word").value(token.singleWord());
            json.name("lstrip").value(token.stripLeft());
            json.name("rstrip").value(token.stripRight());
            json.name("normalized").value(false); // SentencePiece finds them in the text as it is written
            json.name("special").value(token.special());
            json.endObject();
        }
        json.endArray();
    }

    private boolean legacy() {
        return settings.flag("legacy", true);
    }

    private boolean prefixed() {
        return model.addDummyPrefix() && settings.flag("add_prefix_space", true);
    }

    private void writeNormalizer() throws IOException {
        json.name("normalizer").beginObject();
        json.name("type").value("Sequence");
        json.name("normalizers").beginArray();
        if (!model.characters().isEmpty()) {
            json.beginObject();
            json.name("type").value("Precompiled");
            json.name("precompiled_charsmap").value(model.characters().base64());
            json.endObject();
        }
        if (model.removeExtraWhitespaces()) {
            writeReplace("Regex", "\\A +|[ ▁]+\\z", "");
            writeReplace("Regex", " {2,}", " ");
        }
        if (legacy()) {
            if (prefixed()) {
                json.beginObject();
                json.name("type").value("Prepend");
                json.name("prepend").value(SPACE);
                json.endObject();
            }
            writeReplace("String", " ", SPACE);
        }
        json.endArray();
        json.endObject();
    }

    private void writeReplace(String kind, String pattern, String content) throws IOException {
        json.beginObject();
        json.name("type").value("Replace");
        json.name("pattern").beginObject().name(kind).value(pattern).endObject();
        json.name("content").value(content);
        json.endObject();
    }

    private void writePreTokenizer() throws IOException {
        if (!legacy()) {
            json.name("pre_tokenizer").beginObject();
            json.name("type").value("Metaspace");
            json.name("replacement").value(SPACE);
            json.name("prepend_scheme").value(prefixed() ? "first" : "never");
            json.name("split").value(false);
            json.endObject();
        }
    }

    private void writePostProcessor() throws IOException {
        AddedToken begin = edge("add_bos_token", true, "bos_token", model.begin());
        AddedToken end = edge("add_eos_token", false, "eos_token", model.end());
        if (begin == null && end == null) {
            return;
        }
        json.name("post_processor").beginObject();
        json.name("type").value("TemplateProcessing");
        writeTemplate("single", begin, end, "A");
        writeTemplate("pair", begin, end, "A", "B");
        json.name("special_tokens").beginObject();
        writeEdge(begin);
        if (end != null && (begin == null || begin.id() != end.id())) {
            writeEdge(end);
        }
        json.endObject();
        json.endObject();
    }

    private @Nullable AddedToken edge(String flag, boolean otherwise, String role, String usual) {
        if (!settings.flag(flag, otherwise)) {
            return null;
        }
        String content = Objects.requireNonNullElse(settings.role(role), usual);
        return added.stream()
                .filter(token -> token.content().equals(content))
                .findFirst()
                .orElse(null);
    }

    private void writeTemplate(String name, @Nullable AddedToken begin, @Nullable AddedToken end, String... sequences)
            throws IOException {
        json.name(name).beginArray();
        for (String sequence : sequences) {
            writePart("SpecialToken", begin == null ? null : begin.content());
            writePart("Sequence", sequence);
            writePart("SpecialToken", end == null ? null : end.content());
        }
        json.endArray();
    }

    private void writePart(String kind, @Nullable String id) throws IOException {
        if (id != null) {
            json.beginObject();
            json.name(kind)
                    .beginObject()
                    .name("id")
                    .value(id)
                    .name("type_id")
                    .value(0)
                    .endObject();
            json.endObject();
        }
    }

    private void writeEdge(@Nullable AddedToken token) throws IOException {
        if (token != null) {
            json.name(token.content()).beginObject();
            json.name("id").value(token.content());
            json.name("ids").beginArray().value(token.id()).endArray();
            json.name("tokens").beginArray().value(token.content()).endArray();
            json.endObject();
        }
    }

    private void writeDecoder() throws IOException {
        json.name("decoder").beginObject();
        json.name("type").value("Sequence");
        json.name("decoders").beginArray();
        writeReplace("String", SPACE, " ");
        json.beginObject().name("type").value("ByteFallback").endObject();
        json.beginObject().name("type").value("Fuse").endObject();
        if (prefixed() || model.removeExtraWhitespaces()) {
            json.beginObject();
            json.name("type").value("Strip");
            json.name("content").value(" ");
            json.name("start").value(1);
            json.name("stop").value(0);
            json.endObject();
        }
        json.endArray();
        json.endObject();
    }

    private void writeModel() throws IOException {
        json.name("model").beginObject();
        if (model.algorithm() == Algorithm.BPE) {
            writeBpe();
        } else {
            writeUnigram();
        }
        json.endObject();
    }

    private void writeBpe() throws IOException {
        json.name("type").value("BPE");
        json.name("unk_token").value(model.pieces().get(model.unknown()).text());
        json.name("fuse_unk").value(true);
        json.name("byte_fallback").value(model.byteFallback());
        json.name("vocab").beginObject();
        int id = 0;
        for (Piece piece : model.pieces()) {
            json.name(piece.text()).value(id++);
        }
        for (AddedToken token : added) {
            // here they keep their ids; the library itself would number them on
            if (token.id() >= id) {
                json.name(token.content()).value(token.id());
            }
        }
        json.endObject();
        json.name("merges").beginArray();
        for (Merges.Merge merge : Merges.of(model.pieces())) {
            json.beginArray().value(merge.left()).value(merge.right()).endArray();
        }
        json.endArray();
    }

    private void writeUnigram() throws IOException {
        json.name("type").value("Unigram");
        json.name("unk_id").value(model.unknown());
        json.name("byte_fallback").value(model.byteFallback());
        json.name("vocab").beginArray();
        for (Piece piece : model.pieces()) {
            json.beginArray().value(piece.text()).value(piece.score()).endArray();
        }
        int next = model.pieces().size();
        for (AddedToken token : added) {
            if (token.id() > next) {
                throw new TokenizerException(
                        "token '%s' has id %d; expected %d, the next one".formatted(token.content(), token.id(), next));
            }
            if (token.id() == next) {
                json.beginArray().value(token.content()).value(0).endArray();
                next++;
            }
        }
        json.endArray();
    }
}
