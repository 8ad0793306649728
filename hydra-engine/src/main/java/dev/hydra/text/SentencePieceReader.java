package dev.hydra.text;

import static com.google.protobuf.WireFormat.WIRETYPE_FIXED32;
import static com.google.protobuf.WireFormat.WIRETYPE_LENGTH_DELIMITED;
import static com.google.protobuf.WireFormat.WIRETYPE_VARINT;

import com.google.protobuf.CodedInputStream;
import dev.hydra.text.SentencePieceModel.Algorithm;
import dev.hydra.text.SentencePieceModel.Piece;
import dev.hydra.text.SentencePieceModel.Use;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the message {@code ModelProto} of SentencePiece's {@code sentencepiece_model.proto}, as far as it decides how text is
 * cut. What would change the cut and is not supported is refused. Not for several threads.
 */
final class SentencePieceReader {
    private static final int PIECES = 1 << 3 | WIRETYPE_LENGTH_DELIMITED;
    private static final int TRAINER_SPEC = 2 << 3 | WIRETYPE_LENGTH_DELIMITED;
    private static final int NORMALIZER_SPEC = 3 << 3 | WIRETYPE_LENGTH_DELIMITED;
    private static final int DENORMALIZER_SPEC = 5 << 3 | WIRETYPE_LENGTH_DELIMITED;

    private static final int PIECE_TEXT = 1 << 3 | WIRETYPE_LENGTH_DELIMITED;
    private static final int PIECE_SCORE = 2 << 3 | WIRETYPE_FIXED32;
    private static final int PIECE_TYPE = 3 << 3 | WIRETYPE_VARINT;

    private static final int MODEL_TYPE = 3 << 3 | WIRETYPE_VARINT;
    private static final int WHITESPACE_AS_SUFFIX = 24 << 3 | WIRETYPE_VARINT;
    private static final int BYTE_FALLBACK = 35 << 3 | WIRETYPE_VARINT;
    private static final int BEGIN_PIECE = 46 << 3 | WIRETYPE_LENGTH_DELIMITED;
    private static final int END_PIECE = 47 << 3 | WIRETYPE_LENGTH_DELIMITED;

    private static final int CHARACTER_MAP = 2 << 3 | WIRETYPE_LENGTH_DELIMITED;
    private static final int ADD_DUMMY_PREFIX = 3 << 3 | WIRETYPE_VARINT;
    private static final int REMOVE_EXTRA_WHITESPACES = 4 << 3 | WIRETYPE_VARINT;
    private static final int ESCAPE_WHITESPACES = 5 << 3 | WIRETYPE_VARINT;

    private final CodedInputStream in;
    private final List<Piece> pieces = new ArrayList<>();
    private int modelType = 1;
    private boolean byteFallback;
    private String begin = "<s>";
    private String end = "</s>";
    private CharacterMap characters = new CharacterMap(new byte[0]);
    private boolean addDummyPrefix = true;
    private boolean removeExtraWhitespaces = true;

    SentencePieceReader(byte[] message) {
        in = CodedInputStream.newInstance(message);
    }

    /**
     * The model.
     *
     * @throws com.google.protobuf.InvalidProtocolBufferException if the bytes are no such message
     * @throws TokenizerException if the model cuts texts in a way that is not supported
     */
    SentencePieceModel model() throws IOException {
        readFields(this::readModel);
        return new SentencePieceModel(
                algorithm(), pieces, byteFallback, characters, addDummyPrefix, removeExtraWhitespaces, begin, end);
    }

    private Algorithm algorithm() {
        return switch (modelType) {
            case 1 -> Algorithm.UNIGRAM;
            case 2 -> Algorithm.BPE;
            default ->
                throw new TokenizerException("model_type is %d; expected 1 (unigram) or 2 (BPE)".formatted(modelType));
        };
    }

    private boolean readModel(int tag) throws IOException {
        switch (tag) {
            case PIECES -> readPiece();
            case TRAINER_SPEC -> readMessage(this::readTrainer);
            case NORMALIZER_SPEC -> readMessage(this::readNormalizer);
            case DENORMALIZER_SPEC -> readMessage(this::readDenormalizer);
            default -> {
                return false;
            }
        }
        return true;
    }

    private void readPiece() throws IOException {
        PieceFields fields = new PieceFields();
        readMessage(fields);
        pieces.add(fields.piece());
    }

    private boolean readTrainer(int tag) throws IOException {
        switch (tag) {
            case MODEL_TYPE -> modelType = in.readEnum();
            case BYTE_FALLBACK -> byteFallback = in.readBool();
            case BEGIN_PIECE -> begin = in.readStringRequireUtf8();
            case END_PIECE -> end = in.readStringRequireUtf8();
            case WHITESPACE_AS_SUFFIX -> {
                if (in.readBool()) {
                    throw new TokenizerException(
                            "treat_whitespace_as_suffix is true; expected spaces in front of words");
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean readNormalizer(int tag) throws IOException {
        switch (tag) {
            case ADD_DUMMY_PREFIX -> addDummyPrefix = in.readBool();
            case REMOVE_EXTRA_WHITESPACES -> removeExtraWhitespaces = in.readBool();
            case CHARACTER_MAP -> characters = new CharacterMap(in.readByteArray());
            case ESCAPE_WHITESPACES -> {
                if (!in.readBool()) {
                    throw new TokenizerException("escape_whitespaces is false; expected spaces to be written as '▁'");
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean readDenormalizer(int tag) throws IOException {
        if (tag == CHARACTER_MAP) {
            int size = in.readByteArray().length;
            if (size > 0) {
                throw new TokenizerException(
                        "denormalizer_spec maps characters to others (precompiled_charsmap has %d bytes); expected none"
                                .formatted(size));
            }
            return true;
        }
        return false;
    }

    private void readMessage(Fields fields) throws IOException {
        int outer = in.pushLimit(in.readRawVarint32());
        readFields(fields);
        in.popLimit(outer);
    }

    private void readFields(Fields fields) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (!fields.read(tag) && !in.skipField(tag)) {
                throw new TokenizerException("a group ends that never began; expected a SentencePiece model");
            }
        }
    }

    /** The known fields of a message. */
    private interface Fields {
        /** Reads the field of this tag; false if it is none that matters here. */
        boolean read(int tag) throws IOException;
    }

    /** The fields of one piece. */
    private final class PieceFields implements Fields {
        private String text = "";
        private float score;
        private int type = 1;

        @Override
        public boolean read(int tag) throws IOException {
            switch (tag) {
                case PIECE_TEXT -> text = in.readStringRequireUtf8();
                case PIECE_SCORE -> score = in.readFloat();
                case PIECE_TYPE -> type = in.readEnum();
                default -> {
                    return false;
                }
            }
            return true;
        }

        Piece piece() {
            Use[] uses = Use.values();
            if (type < 1 || type > uses.length) {
                throw new TokenizerException(
                        "type of piece '%s' is %d; expected 1 to %d".formatted(text, type, uses.length));
            }
            return new Piece(text, score, uses[type - 1]);
        }
    }
}
