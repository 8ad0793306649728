package dev.hydra.training.tokenizer;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Cuts text into the pieces that no token crosses: words with the space before them, numbers, marks, white space. */
final class PreTokens {
    // the pattern that Hugging Face's ByteLevel pre-tokenizer applies with use_regex
    private static final Pattern PIECE = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private PreTokens() {}

    /** The pieces in order; together they are the text. */
    static List<String> of(String text) {
        return PIECE.matcher(text).results().map(MatchResult::group).toList();
    }
}
