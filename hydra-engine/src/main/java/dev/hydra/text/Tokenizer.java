package dev.hydra.text;

import ai.djl.engine.EngineException;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Turns text into token ids and back, as a model's {@code tokenizer.json} or {@code tokenizer.model} prescribes. Holds native memory until it is
 * closed. Threads may share it; {@link #close} waits for calls in flight.
 */
public final class Tokenizer implements AutoCloseable {
    private static final String FILE = "tokenizer.json";
    private static final String MODEL_FILE = "tokenizer.model";
    private static final Map<String, String> OPTIONS =
            Map.of("addSpecialTokens", "false", "truncation", "do_not_truncate", "padding", "do_not_pad");

    private final Vocabulary vocabulary;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private @Nullable HuggingFaceTokenizer library;

    private Tokenizer(Vocabulary vocabulary, HuggingFaceTokenizer library) {
        this.vocabulary = vocabulary;
        this.library = library;
    }

    /**
     * Opens the tokenizer of a model folder: {@code tokenizer.json}, or else the SentencePiece model {@code tokenizer.model} with
     * {@code tokenizer_config.json}, {@code special_tokens_map.json} and {@code added_tokens.json} where they are there. Nothing is
     * fetched from a network.
     *
     * @throws TokenizerException if the files are missing, unreadable or damaged
     */
    public static Tokenizer open(Path folder) {
        Path file = file(folder);
        String json = file.endsWith(MODEL_FILE) ? SentencePieceConversion.json(file) : read(file);
        Vocabulary vocabulary = Vocabulary.parse(file.toString(), json);
        try (InputStream in = new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8))) {
            return new Tokenizer(vocabulary, HuggingFaceTokenizer.newInstance(in, OPTIONS));
        } catch (EngineException e) {
            throw new TokenizerException(
                    "the native tokenizer library cannot be loaded: " + e.getMessage()
                            + "; add ai.djl.huggingface:tokenizers, built for this operating system",
                    e);
        } catch (IOException | RuntimeException e) {
            throw new TokenizerException(
                    file + " is damaged: " + e.getMessage() + "; expected a tokenizer of the Hugging Face format", e);
        }
    }

    /** Whether a model folder has a tokenizer that {@link #open} would find. */
    public static boolean exists(Path folder) {
        return Files.exists(folder.resolve(FILE)) || Files.exists(folder.resolve(MODEL_FILE));
    }

    /**
     * The file of a model folder that {@link #open} reads: {@code tokenizer.json}, or else {@code tokenizer.model}.
     *
     * @throws TokenizerException if there is neither
     */
    public static Path file(Path folder) {
        if (!exists(folder)) {
            throw new TokenizerException(
                    "%s has no tokenizer; expected %s (of the Hugging Face format) or %s (a SentencePiece model)"
                            .formatted(folder, FILE, MODEL_FILE));
        }
        Path file = folder.resolve(FILE);
        return Files.exists(file) ? file : folder.resolve(MODEL_FILE);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new TokenizerException(file + " cannot be read: " + e, e);
        }
    }

    /**
     * The tokens of a text. None is put in front or behind; special tokens that are written out in the text become their
     * ids. This is for what a chat template has written, which writes its begin token itself, and for parts of a text. Half of a
     * surrogate pair counts as U+FFFD.
     *
     * @throws IllegalStateException if closed
     */
    public List<Integer> encode(String text) {
        return encode(text, false);
    }

    /**
     * The tokens of a prompt that no chat template has written: those of {@link #encode}, with the special tokens that the
     * tokenizer's own template puts around a text. That is a begin token for most models, and nothing for some.
     *
     * @throws IllegalStateException if closed
     */
    public List<Integer> encodePrompt(String text) {
        return encode(text, true);
    }

    private List<Integer> encode(String text, boolean addSpecialTokens) {
        String paired = withoutUnpairedSurrogates(text);
        Lock reading = lock.readLock();
        reading.lock();
        try {
            long[] ids = library().encode(paired, addSpecialTokens, false).getIds();
            return Arrays.stream(ids).mapToInt(Math::toIntExact).boxed().toList();
        } finally {
            reading.unlock();
        }
    }

    /**
     * The text of a token sequence, without its special tokens; ids outside the vocabulary are skipped. Bytes that are no
     * UTF-8 become U+FFFD. To decode as tokens come, use {@link Detokenizer}.
     *
     * @throws IllegalStateException if closed
     */
    public String decode(List<Integer> tokens) {
        return decode(tokens, vocabulary::isText);
    }

    /**
     * The text of a token sequence with its special tokens written out, as in a model's prompt; ids outside the vocabulary are
     * skipped.
     *
     * @throws IllegalStateException if closed
     */
    public String decodeVerbatim(List<Integer> tokens) {
        return decode(tokens, vocabulary::isKnown);
    }

    /**
     * The text that a token adds behind others: with its leading space, special tokens written out, and U+FFFD for a part of a character;
     * nothing for an id outside the vocabulary.
     *
     * @throws IllegalStateException if closed
     */
    public String text(int token) {
        // alone, a word of a SentencePiece model loses its leading space
        return decodeVerbatim(List.of(token, token))
                .substring(decodeVerbatim(List.of(token)).length());
    }

    private String decode(List<Integer> tokens, IntPredicate kept) {
        long[] ids = tokens.stream()
                .mapToInt(Integer::intValue)
                .filter(kept)
                .asLongStream()
                .toArray();
        Lock reading = lock.readLock();
        reading.lock();
        try {
            return library().decode(ids, false);
        } finally {
            reading.unlock();
        }
    }

    /** The number of token ids: the highest one plus one. A model may have more rows than that. */
    public int vocabulary() {
        return vocabulary.size();
    }

    /** The id of a token, spelled as in the tokenizer's file; null if there is none. */
    public @Nullable Integer id(String token) {
        return vocabulary.id(token);
    }

    /**
     * The bytes that a token adds to a text that it does not begin, so that the bytes of a text's tokens, one after the other, are the
     * text; none for a special token, and for an id outside the vocabulary. What {@link #decode} strips is the space before a first
     * word.
     *
     * @throws TokenizerException if what a token adds depends on its neighbours
     */
    public byte[] bytes(int token) {
        return vocabulary.bytes(token);
    }

    Vocabulary tokens() {
        return vocabulary;
    }

    /** Frees the native memory; later calls fail. Closing twice is harmless. */
    @Override
    public void close() {
        Lock writing = lock.writeLock();
        writing.lock();
        try {
            if (library != null) {
                library.close();
                library = null;
            }
        } finally {
            writing.unlock();
        }
    }

    private HuggingFaceTokenizer library() {
        if (library == null) {
            throw new IllegalStateException("the tokenizer is closed");
        }
        return library;
    }

    private static String withoutUnpairedSurrogates(String text) {
        if (text.chars().noneMatch(unit -> Character.isSurrogate((char) unit))) {
            return text;
        }
        StringBuilder paired = new StringBuilder(text.length());
        text.codePoints()
                .map(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? '\uFFFD' : point)
                .forEach(paired::appendCodePoint);
        return paired.toString();
    }
}
