package dev.hydra.text;

import dev.hydra.text.SentencePieceModel.Piece;
import dev.hydra.text.SentencePieceModel.Use;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/*
 * SentencePiece joins the neighbours whose joint piece has the highest score. Hugging Face's BPE joins the neighbours that come
 * first in a list. So the list has every cut of every piece into two others, the highest score first. Scores of a trained model
 * are all different; where two are not, SentencePiece joins the leftmost, which no list can say, and the order is that of
 * transformers' conversion: longer parts first.
 */
/** The pairs of pieces that may be joined, in the order in which they are. */
final class Merges {
    /** Characters of all pairs together; a few million in the largest published models. */
    private static final long LARGEST = 1 << 25;

    /** Two pieces that together are a third. */
    record Merge(String left, String right) {}

    private Merges() {}

    /**
     * All merges of a model.
     *
     * @throws TokenizerException if they are more than any honest model has
     */
    static List<Merge> of(List<Piece> pieces) {
        Map<String, Integer> ids = new HashMap<>();
        for (int id = 0; id < pieces.size(); id++) {
            // others are found in the text before it is cut, or stand for bytes: none is a part of a word
            if (pieces.get(id).use() == Use.NORMAL) {
                ids.put(pieces.get(id).text(), id);
            }
        }
        List<Cut> cuts = new ArrayList<>();
        long characters = 0;
        for (Piece piece : pieces) {
            if (piece.use() == Use.NORMAL) {
                int before = cuts.size();
                cut(piece, ids, cuts);
                characters += (long) (cuts.size() - before) * piece.text().length();
                if (characters > LARGEST) {
                    throw new TokenizerException(
                            "its pieces can be joined in too many ways; expected a model with the pieces of a language");
                }
            }
        }
        cuts.sort(Comparator.comparingDouble(Cut::score)
                .thenComparingInt(Cut::leftLength)
                .thenComparingInt(Cut::rightLength)
                .reversed());
        return cuts.stream()
                .map(cut -> new Merge(
                        pieces.get(cut.left()).text(), pieces.get(cut.right()).text()))
                .toList();
    }

    private static void cut(Piece piece, Map<String, Integer> ids, List<Cut> cuts) {
        String text = piece.text();
        int length = text.codePointCount(0, text.length());
        int leftLength = 1;
        for (int at = text.offsetByCodePoints(0, 1); at < text.length(); at = text.offsetByCodePoints(at, 1)) {
            Integer left = ids.get(text.substring(0, at));
            Integer right = left == null ? null : ids.get(text.substring(at));
            if (left != null && right != null) {
                cuts.add(new Cut(left, right, piece.score(), leftLength, length - leftLength));
            }
            leftLength++;
        }
    }

    /** A piece in two parts, their lengths in code points. */
    private record Cut(int left, int right, float score, int leftLength, int rightLength) {}
}
