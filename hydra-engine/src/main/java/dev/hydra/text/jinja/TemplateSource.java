package dev.hydra.text.jinja;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * Jinja's lexer settles white space before anything is evaluated: "{%-" and "-%}" take all of it, trim_blocks takes the
 * newline behind a block, lstrip_blocks the indentation in front of one, but only where nothing else stands on that
 * line. Jinjava's own lstrip_blocks takes spaces in mid-line as well ("{{ a }} {% endfor %}"), its scanner ends an
 * expression at the first "}}", be it that of a dictionary in a dictionary, and gives back raw blocks not quite as they
 * are. So the text is settled here and handed over with nothing left to decide: braces inside of expressions stand
 * apart, and a raw block has become an expression, its text as a string.
 */
/** A template's text with Jinja's white space rules already applied and its comments removed. */
final class TemplateSource {
    private static final int LONGEST = 1 << 20;
    private static final Pattern OPEN = Pattern.compile("\\{[%{#]");
    private static final Pattern END_RAW = Pattern.compile("\\{%([-+]?)\\s*+endraw\\s*+([-+]?)%}");

    private final String source;
    private final StringBuilder settled = new StringBuilder();
    private int at;
    private boolean lineBegins = true;

    private TemplateSource(String source) {
        this.source = source;
    }

    /**
     * Applies {@code trim_blocks} and {@code lstrip_blocks}; a final newline is dropped.
     *
     * @throws TemplateException if a tag is never closed
     */
    static String settle(String source) {
        if (source.length() > LONGEST) {
            throw new TemplateException(
                    "it has %d characters; expected %d at most".formatted(source.length(), LONGEST));
        }
        String lines = source.replace("\r\n", "\n").replace('\r', '\n');
        return new TemplateSource(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines).settle();
    }

    private String settle() {
        Matcher tag = OPEN.matcher(source);
        while (tag.find(at)) {
            tag(tag.start());
        }
        return settled.append(source, at, source.length()).toString();
    }

    private void tag(int open) {
        char kind = source.charAt(open + 1);
        int close = close(open, kind);
        int from = open + 2;
        int to = close - 2;
        char before = from < to ? source.charAt(from) : ' ';
        char after = from + 1 < to ? source.charAt(to - 1) : ' ';
        text(source.substring(at, endOfText(open, kind, before)));
        if (kind != '#') {
            from += before == '-' || before == '+' ? 1 : 0;
            to -= after == '-' || after == '+' && kind == '%' ? 1 : 0;
            String body = source.substring(from, to).strip();
            if (kind == '%' && body.equals("raw")) {
                raw(open, close, after);
                return;
            }
            settled.append('{').append(kind).append(' ').append(apart(body)).append(kind == '{' ? " }}" : " %}");
        }
        skipBehind(close, kind, after);
    }

    private void raw(int open, int from, char sign) {
        at = from;
        while (sign == '-' && at < source.length() && isSpace(source.charAt(at))) {
            at++;
        }
        lineBegins = at > 0 && source.charAt(at - 1) == '\n';
        Matcher end = END_RAW.matcher(source);
        if (!end.find(at)) {
            throw new TemplateException(
                    "the 'raw' in line %d is never closed; expected '{%% endraw %%}'".formatted(line(open)));
        }
        char before = end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0);
        String text = source.substring(at, endOfText(end.start(), '%', before));
        if (!text.isEmpty()) {
            String quoted = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n");
            settled.append("{{ '").append(quoted).append("' }}");
        }
        skipBehind(end.end(), '%', end.group(2).isEmpty() ? ' ' : end.group(2).charAt(0));
    }

    /** Text, so written that what follows makes no tag of its last brace. */
    private void text(String text) {
        if (text.endsWith("{")) {
            settled.append(text, 0, text.length() - 1).append("{{ '{' }}");
        } else {
            settled.append(text);
        }
    }

    /** Where the text in front of a tag ends once its white space is settled. */
    private int endOfText(int open, char kind, char before) {
        int end = open;
        if (before == '-') {
            while (end > at && isSpace(source.charAt(end - 1))) {
                end--;
            }
            return end;
        }
        if (kind == '{' || before == '+') {
            return open;
        }
        while (end > at && source.charAt(end - 1) != '\n' && isSpace(source.charAt(end - 1))) {
            end--;
        }
        boolean indentation = end > at ? source.charAt(end - 1) == '\n' : lineBegins;
        return indentation ? end : open;
    }

    private void skipBehind(int close, char kind, char after) {
        at = close;
        if (after == '-') {
            while (at < source.length() && isSpace(source.charAt(at))) {
                at++;
            }
        } else if (kind != '{' && after != '+' && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        lineBegins = source.charAt(at - 1) == '\n';
    }

    /** Where the tag that begins at {@code open} ends: behind its closing braces. */
    private int close(int open, char kind) {
        String braces = (kind == '{' ? '}' : kind) + "}";
        int end = kind == '#' ? source.indexOf(braces, open + 2) : endOfExpression(open + 2, braces);
        if (end < 0) {
            throw new TemplateException("'%s' in line %d is never closed; expected '%s'"
                    .formatted(source.substring(open, open + 2), line(open), braces));
        }
        return end + 2;
    }

    private long line(int position) {
        return source.substring(0, position + 1).lines().count();
    }

    private int endOfExpression(int from, String braces) {
        int nested = 0;
        char quote = 0;
        for (int i = from; i < source.length(); i++) {
            char c = source.charAt(i);
            if (quote != 0) {
                if (c == '\\') {
                    i++;
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (nested <= 0 && source.startsWith(braces, i)) {
                return i;
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if (c == '(' || c == '[' || c == '{') {
                nested++;
            } else if (c == ')' || c == ']' || c == '}') {
                nested--;
            }
        }
        return -1;
    }

    /** An expression whose braces stand apart, so that no two of them end or begin anything. */
    private static String apart(String expression) {
        StringBuilder apart = new StringBuilder();
        char quote = 0;
        for (int i = 0; i < expression.length(); i++) {
            char c = expression.charAt(i);
            apart.append(c);
            if (quote != 0) {
                if (c == '\\' && i + 1 < expression.length()) {
                    apart.append(expression.charAt(++i));
                } else if (c == quote) {
                    quote = 0;
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if (c == '{' || c == '}') {
                apart.append(' ');
            }
        }
        return apart.toString();
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }
}
