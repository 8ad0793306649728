package dev.hydra.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a SentencePiece model file says: its pieces, whose places are their ids, and how a text is cut into them.
 *
 * @param algorithm              how a text is cut
 * @param pieces                 by id, of different texts
 * @param byteFallback           whether what no piece spells is spelled by byte pieces
 * @param characters             what is taken for what before a text is cut
 * @param addDummyPrefix         whether a text gets a space in front
 * @param removeExtraWhitespaces whether spaces at a text's ends, and all but one of several, are dropped
 * @param begin                  the text of the piece that begins a sequence
 * @param end                    the text of the piece that ends a sequence
 */
record SentencePieceModel(
        Algorithm algorithm,
        List<Piece> pieces,
        boolean byteFallback,
        CharacterMap characters,
        boolean addDummyPrefix,
        boolean removeExtraWhitespaces,
        String begin,
        String end) {
    /** Bytes; several times the largest published models. */
    private static final long LARGEST = 16 << 20;

    private static final int MOST_PIECES = 1 << 20;
    /** Characters; SentencePiece's own trainer allows no longer ones. */
    private static final int LONGEST_PIECE = 512;

    /** How a text is cut into pieces. */
    enum Algorithm {
        /** Neighbours are joined, the best-scored pair first. */
        BPE,
        /** The cut of the highest sum of scores. */
        UNIGRAM
    }

    /** What a piece is for. */
    enum Use {
        NORMAL,
        UNKNOWN,
        CONTROL,
        USER_DEFINED,
        UNUSED,
        BYTE
    }

    /**
     * A token.
     *
     * @param text  with {@code ▁} for a space
     * @param score the higher, the rather taken
     */
    record Piece(String text, float score, Use use) {
        Piece {
            if (text.isEmpty()) {
                throw new TokenizerException("a piece is empty; expected at least one character");
            }
            if (!Float.isFinite(score)) {
                throw new TokenizerException(
                        "the score of piece '%s' is %s; expected a finite number".formatted(text, score));
            }
            if (use == Use.UNUSED) {
                throw new TokenizerException(
                        "piece '%s' is marked as unused; expected pieces that are all in use".formatted(text));
            }
            if (text.length() > LONGEST_PIECE) {
                throw new TokenizerException(
                        "a piece has %d characters; expected at most %d".formatted(text.length(), LONGEST_PIECE));
            }
        }
    }

    SentencePieceModel {
        pieces = List.copyOf(pieces);
        if (pieces.size() > MOST_PIECES) {
            throw new TokenizerException("it has %d pieces; expected at most %d".formatted(pieces.size(), MOST_PIECES));
        }
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < pieces.size(); id++) {
            String text = pieces.get(id).text();
            Integer before = ids.put(text, id);
            if (before != null) {
                throw new TokenizerException(
                        "pieces %d and %d are both '%s'; expected different ones".formatted(before, id, text));
            }
        }
        long unknown =
                pieces.stream().filter(piece -> piece.use() == Use.UNKNOWN).count();
        if (unknown != 1) {
            throw new TokenizerException("it has %d pieces for what is unknown; expected one".formatted(unknown));
        }
    }

    /**
     * Reads a model file.
     *
     * @throws TokenizerException if it is unreadable, damaged, or cuts texts in a way that is not supported
     */
    static SentencePieceModel read(Path file) {
        byte[] message = bytes(file);
        try {
            return new SentencePieceReader(message).model();
        } catch (IOException e) {
            throw new TokenizerException(
                    file + " is no SentencePiece model: " + e.getMessage()
                            + " (of the models whose tokenizer.model is something else take the tokenizer.json)",
                    e);
        } catch (TokenizerException e) {
            throw new TokenizerException(file + ": " + e.getMessage(), e);
        }
    }

    private static byte[] bytes(Path file) {
        try {
            long size = Files.size(file);
            if (size > LARGEST) {
                throw new TokenizerException("%s has %d bytes; expected a SentencePiece model, of %d at most"
                        .formatted(file, size, LARGEST));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new TokenizerException(file + " cannot be read: " + e, e);
        }
    }

    /** The id of the piece that stands for what no other one spells. */
    int unknown() {
        int id = 0;
        while (pieces.get(id).use() != Use.UNKNOWN) {
            id++;
        }
        return id;
    }
}
