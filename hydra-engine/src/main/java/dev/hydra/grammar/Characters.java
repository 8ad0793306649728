package dev.hydra.grammar;

import java.util.ArrayList;
import java.util.List;

/** Sets of characters as JSON strings spell them in UTF-8. */
final class Characters {

    private static final int LAST = Character.MAX_CODE_POINT;
    private static final int FIRST_PLAIN = ' ';
    private static final int FIRST_CONTINUATION = 0x80;
    private static final int LAST_CONTINUATION = 0xBF;

    /** The last code points that take one, two, three and four bytes. */
    private static final int[] LAST_OF_LENGTH = {0x7F, 0x7FF, 0xFFFF, LAST};

    private Characters() {}

    /** Any character that stands for itself in a JSON string. */
    static Expression plain(Expressions expressions) {
        return expressions.either(
                range(expressions, FIRST_PLAIN, '"' - 1),
                range(expressions, '"' + 1, '\\' - 1),
                range(expressions, '\\' + 1, LAST));
    }

    /** Any character of a JSON string: one that stands for itself, or an escape. Halves of surrogate pairs are none. */
    static Expression any(Expressions expressions) {
        Expression hex = expressions.oneOf(ByteSet.of("0123456789abcdefABCDEF"));
        Expression unit = expressions.either(
                expressions.then(expressions.oneOf(ByteSet.of("0123456789abcefABCEF")), hex),
                expressions.then(expressions.oneOf(ByteSet.of("dD")), expressions.oneOf(ByteSet.range('0', '7'))));
        Expression escaped = expressions.either(
                expressions.oneOf(ByteSet.of("\"\\/bfnrt")),
                expressions.sequence(expressions.literal("u"), unit, hex, hex));
        return expressions.either(plain(expressions), expressions.then(expressions.literal("\\"), escaped));
    }

    /** One character as a JSON string spells it where it can choose: as itself, or by the shortest escape. */
    static String spelled(int character) {
        return switch (character) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> character < FIRST_PLAIN ? "\\u%04x".formatted(character) : Character.toString(character);
        };
    }

    /** A text as a JSON string, its quotes included. */
    static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(character -> quoted.append(spelled(character)));
        return quoted.append('"').toString();
    }

    /** The characters of a range, each spelled as {@link #spelled} does. */
    static Expression spelled(Expressions expressions, int first, int last) {
        List<Expression> choices = new ArrayList<>();
        int from = first;
        for (int character = first; character <= Math.min(last, '\\'); character++) {
            if (character < FIRST_PLAIN || character == '"' || character == '\\') {
                choices.add(range(expressions, from, character - 1));
                choices.add(expressions.literal(spelled(character)));
                from = character + 1;
            }
        }
        choices.add(range(expressions, from, last));
        return expressions.either(choices);
    }

    /** The UTF-8 of a range of characters, without halves of surrogate pairs. */
    private static Expression range(Expressions expressions, int first, int last) {
        List<Expression> choices = new ArrayList<>();
        int from = first;
        for (int end : LAST_OF_LENGTH) {
            int to = Math.min(last, end);
            if (from <= to) {
                if (end == 0xFFFF) {
                    choices.add(sameLength(expressions, from, Math.min(to, Character.MIN_SURROGATE - 1)));
                    choices.add(sameLength(expressions, Math.max(from, Character.MAX_SURROGATE + 1), to));
                } else {
                    choices.add(sameLength(expressions, from, to));
                }
                from = to + 1;
            }
        }
        return expressions.either(choices);
    }

    private static Expression sameLength(Expressions expressions, int first, int last) {
        return first > last ? expressions.nothing() : between(expressions, utf8(first), utf8(last));
    }

    private static List<Integer> utf8(int character) {
        List<Integer> bytes = new ArrayList<>();
        if (character < 0x80) {
            bytes.add(character);
        } else if (character < 0x800) {
            bytes.add(0xC0 | character >> 6);
        } else if (character < 0x10000) {
            bytes.add(0xE0 | character >> 12);
            bytes.add(0x80 | character >> 6 & 0x3F);
        } else {
            bytes.add(0xF0 | character >> 18);
            bytes.add(0x80 | character >> 12 & 0x3F);
            bytes.add(0x80 | character >> 6 & 0x3F);
        }
        if (character >= 0x80) {
            bytes.add(0x80 | character & 0x3F);
        }
        return bytes;
    }

    /** All that lies between two characters of as many bytes. */
    private static Expression between(Expressions expressions, List<Integer> low, List<Integer> high) {
        int first = low.get(0);
        int last = high.get(0);
        if (low.size() == 1) {
            return expressions.oneOf(ByteSet.range(first, last));
        }
        List<Integer> lowRest = low.subList(1, low.size());
        List<Integer> highRest = high.subList(1, high.size());
        List<Integer> lowest = lowRest.stream().map(octet -> FIRST_CONTINUATION).toList();
        List<Integer> highest = lowRest.stream().map(octet -> LAST_CONTINUATION).toList();
        List<Expression> choices = new ArrayList<>();
        int from = first;
        int to = last;
        if (first == last) {
            return expressions.then(
                    expressions.oneOf(ByteSet.range(first, first)), between(expressions, lowRest, highRest));
        }
        if (!lowRest.equals(lowest)) {
            choices.add(expressions.then(
                    expressions.oneOf(ByteSet.range(first, first)), between(expressions, lowRest, highest)));
            from++;
        }
        if (!highRest.equals(highest)) {
            choices.add(expressions.then(
                    expressions.oneOf(ByteSet.range(last, last)), between(expressions, lowest, highRest)));
            to--;
        }
        if (from <= to) {
            choices.add(expressions.then(
                    expressions.oneOf(ByteSet.range(from, to)), between(expressions, lowest, highest)));
        }
        return expressions.either(choices);
    }
}
