package dev.hydra.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts an expression into tokens. */
final class Lexer {
    private static final Pattern NUMBER = Pattern.compile(
            "0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|\\d[\\d_]*+(?:\\.\\d[\\d_]*+)?+(?:[eE][+-]?\\d++)?+");
    private static final List<String> OPERATORS = List.of(
            "//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",");

    private final String text;
    private final List<Token> tokens = new ArrayList<>();
    private int at;

    private Lexer(String text) {
        this.text = text;
    }

    /**
     * The tokens, with one of kind {@code END} behind them.
     *
     * @throws TemplateException if something is none
     */
    static List<Token> tokens(String text) {
        Lexer lexer = new Lexer(text);
        while (lexer.at < text.length()) {
            lexer.next();
        }
        lexer.tokens.add(new Token(Kind.END, ""));
        return lexer.tokens;
    }

    private void next() {
        char c = text.charAt(at);
        if (Character.isWhitespace(c)) {
            at++;
        } else if (c == '\'' || c == '"') {
            string(c);
        } else if (c >= '0' && c <= '9') {
            number();
        } else if (Character.isUnicodeIdentifierStart(c) || c == '_') {
            int start = at;
            while (at < text.length() && Character.isUnicodeIdentifierPart(text.charAt(at))) {
                at++;
            }
            tokens.add(new Token(Kind.NAME, text.substring(start, at)));
        } else {
            operator();
        }
    }

    private void operator() {
        for (String operator : OPERATORS) {
            if (text.startsWith(operator, at)) {
                tokens.add(new Token(Kind.OPERATOR, operator));
                at += operator.length();
                return;
            }
        }
        throw new TemplateException("unexpected '%c'; expected an expression".formatted(text.charAt(at)));
    }

    private void number() {
        Matcher number = NUMBER.matcher(text);
        number.find(at);
        String digits = number.group().replace("_", "");
        at = number.end();
        boolean prefixed = digits.length() > 1 && digits.charAt(0) == '0' && Character.isLetter(digits.charAt(1));
        boolean isFloat = !prefixed && !digits.chars().allMatch(Character::isDigit);
        tokens.add(new Token(isFloat ? Kind.FLOAT : Kind.INTEGER, digits));
    }

    private void string(char quote) {
        StringBuilder value = new StringBuilder();
        int i = at + 1;
        while (i < text.length() && text.charAt(i) != quote) {
            if (text.charAt(i) == '\\' && i + 1 < text.length()) {
                i = escape(i + 1, value);
            } else {
                value.append(text.charAt(i++));
            }
        }
        if (i >= text.length()) {
            throw new TemplateException("a string is never closed; expected %c at its end".formatted(quote));
        }
        tokens.add(new Token(Kind.STRING, value.toString()));
        at = i + 1;
    }

    /** Reads what follows a backslash; returns where it ends. */
    private int escape(int from, StringBuilder value) {
        char c = text.charAt(from);
        switch (c) {
            case '\n' -> {}
            case 'n' -> value.append('\n');
            case 't' -> value.append('\t');
            case 'r' -> value.append('\r');
            case 'b' -> value.append('\b');
            case 'f' -> value.append('\f');
            case 'a' -> value.append('\u0007');
            case 'v' -> value.append('\u000b');
            case '\\', '\'', '"' -> value.append(c);
            case 'x' -> {
                return hexadecimal(from + 1, 2, value);
            }
            case 'u' -> {
                return hexadecimal(from + 1, 4, value);
            }
            case 'U' -> {
                return hexadecimal(from + 1, 8, value);
            }
            default -> {
                if (c >= '0' && c <= '7') {
                    return octal(from, value);
                }
                value.append('\\').append(c);
            }
        }
        return from + 1;
    }

    private int hexadecimal(int from, int digits, StringBuilder value) {
        try {
            value.appendCodePoint(Integer.parseInt(text, from, from + digits, 16));
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new TemplateException("a backslash in a string is followed by too few digits", e);
        }
        return from + digits;
    }

    private int octal(int from, StringBuilder value) {
        int end = from;
        int code = 0;
        while (end < text.length() && end < from + 3 && text.charAt(end) >= '0' && text.charAt(end) <= '7') {
            code = code * 8 + text.charAt(end++) - '0';
        }
        value.appendCodePoint(code);
        return end;
    }

    enum Kind {
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        END
    }

    record Token(Kind kind, String text) {
        boolean is(String word) {
            return text.equals(word) && (kind == Kind.NAME || kind == Kind.OPERATOR);
        }
    }
}
