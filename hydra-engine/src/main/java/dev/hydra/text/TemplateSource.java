package dev.hydra.text;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * Jinja's lexer settles white space before anything is evaluated: "{%-" and "-%}" take all of it, trim_blocks takes the
 * newline behind a block, lstrip_blocks the indentation in front of one, but only where nothing else stands on that
 * line. Jinjava's own lstrip_blocks takes spaces in mid-line as well ("{{ a }} {% endfor %}"), so the text is settled
 * here and handed over with nothing left to decide.
 */
/** A template's text with Jinja's white space rules already applied and its comments removed. */
final class TemplateSource {
    private static final Pattern OPEN = Pattern.compile("\\{[%{#]");
    private static final Pattern END_RAW = Pattern.compile("\\{%[-+]?\\s*endraw\\s*[-+]?%}");

    private final String source;
    private final StringBuilder settled = new StringBuilder();
    private int at;
    private boolean lineBegins = true;

    private TemplateSource(String source) {
        this.source = source;
    }

    /** Applies {@code trim_blocks} and {@code lstrip_blocks}; a final newline is dropped. */
    static String settle(String source) {
        String lines = source.replace("\r\n", "\n");
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
        text(open, kind, before);
        if (kind != '#') {
            from += before == '-' || before == '+' ? 1 : 0;
            to -= after == '-' || after == '+' && kind == '%' ? 1 : 0;
            String body = source.substring(from, to).strip();
            String end = kind == '{' ? " }}" : " %}";
            settled.append('{').append(kind).append(' ').append(body).append(end);
            if (body.equals("raw")) {
                raw(close);
                return;
            }
        }
        skipBehind(close, kind, after);
    }

    private void raw(int from) {
        Matcher end = END_RAW.matcher(source);
        at = end.find(from) ? end.start() : source.length();
        settled.append(source, from, at);
        lineBegins = false;
    }

    private void text(int open, char kind, char before) {
        int end = open;
        if (before == '-') {
            while (end > at && isSpace(source.charAt(end - 1))) {
                end--;
            }
        } else if (kind != '{' && before != '+') {
            int line = Math.max(at, source.lastIndexOf('\n', open - 1) + 1);
            boolean indentation = line > at || lineBegins;
            if (indentation && source.substring(line, open).isBlank()) {
                end = line;
            }
        }
        settled.append(source, at, end);
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
            long line = source.substring(0, open + 1).lines().count();
            throw new ChatTemplateException(
                    "the chat template is damaged: '%s' in line %d is never closed; expected '%s'"
                            .formatted(source.substring(open, open + 2), line, braces));
        }
        return end + 2;
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

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c);
    }
}
