package dev.hydra.text;

import com.hubspot.jinjava.objects.SafeString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import jinjava.javax.el.MethodNotFoundException;

/** The methods of Python's {@code str} that templates call. */
final class PythonStrings {
    private static final Pattern WHITESPACE = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

    private PythonStrings() {}

    /**
     * Calls a method.
     *
     * @throws MethodNotFoundException if there is no such method or it takes other arguments
     */
    static Object invoke(String text, String method, Object... arguments) {
        List<Object> given = Arrays.asList(arguments);
        return switch (method + "/" + given.size()) {
            case "upper/0" -> text.toUpperCase(Locale.ROOT);
            case "lower/0" -> text.toLowerCase(Locale.ROOT);
            case "capitalize/0" -> capitalize(text);
            case "title/0" -> title(text);
            case "strip/0", "strip/1" -> stripLeft(stripRight(text, given), given);
            case "lstrip/0", "lstrip/1" -> stripLeft(text, given);
            case "rstrip/0", "rstrip/1" -> stripRight(text, given);
            case "startswith/1" -> anyOf(arguments[0]).stream().anyMatch(text::startsWith);
            case "endswith/1" -> anyOf(arguments[0]).stream().anyMatch(text::endsWith);
            case "replace/2" -> text.replace(string(arguments[0]), string(arguments[1]));
            case "replace/3" -> replace(text, string(arguments[0]), string(arguments[1]), integer(arguments[2]));
            case "split/0" -> split(text);
            case "split/1" -> arguments[0] == null ? split(text) : split(text, string(arguments[0]), -1);
            case "split/2" -> split(text, string(arguments[0]), integer(arguments[1]));
            case "splitlines/0" -> text.lines().toList();
            case "find/1" -> (long) text.indexOf(string(arguments[0]));
            case "rfind/1" -> (long) text.lastIndexOf(string(arguments[0]));
            case "count/1" -> (long) split(text, string(arguments[0]), -1).size() - 1;
            case "join/1" -> String.join(text, anyOf(arguments[0]));
            case "isdigit/0" -> all(text, Character::isDigit);
            case "isalpha/0" -> all(text, Character::isLetter);
            case "isspace/0" -> all(text, PythonStrings::isSpace);
            default ->
                throw new MethodNotFoundException(
                        "a string has no method '%s' that takes %d arguments".formatted(method, given.size()));
        };
    }

    private static String stripLeft(String text, List<Object> given) {
        IntPredicate stripped = stripped(given);
        int start = 0;
        while (start < text.length() && stripped.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        return text.substring(start);
    }

    private static String stripRight(String text, List<Object> given) {
        IntPredicate stripped = stripped(given);
        int end = text.length();
        while (end > 0 && stripped.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(0, end);
    }

    private static IntPredicate stripped(List<Object> given) {
        if (given.isEmpty() || given.get(0) == null) {
            return PythonStrings::isSpace;
        }
        String characters = string(given.get(0));
        return point -> characters.indexOf(point) >= 0;
    }

    private static boolean isSpace(int point) {
        return Character.isWhitespace(point) || Character.isSpaceChar(point) || point == 0x85;
    }

    private static boolean all(String text, IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    private static String capitalize(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.offsetByCodePoints(0, 1);
        return text.substring(0, first).toUpperCase(Locale.ROOT)
                + text.substring(first).toLowerCase(Locale.ROOT);
    }

    private static String title(String text) {
        StringBuilder title = new StringBuilder();
        boolean inside = false;
        for (int point : text.codePoints().toArray()) {
            title.appendCodePoint(inside ? Character.toLowerCase(point) : Character.toTitleCase(point));
            inside = Character.isLetter(point);
        }
        return title.toString();
    }

    private static List<String> split(String text) {
        String words = stripLeft(stripRight(text, List.of()), List.of());
        return words.isEmpty() ? List.of() : List.of(WHITESPACE.split(words));
    }

    private static List<String> split(String text, String separator, int most) {
        if (separator.isEmpty()) {
            throw new IllegalArgumentException("split by an empty separator");
        }
        List<String> parts = new ArrayList<>();
        int start = 0;
        int end = text.indexOf(separator);
        while (end >= 0 && (most < 0 || parts.size() < most)) {
            parts.add(text.substring(start, end));
            start = end + separator.length();
            end = text.indexOf(separator, start);
        }
        parts.add(text.substring(start));
        return parts;
    }

    private static String replace(String text, String old, String replacement, int most) {
        return most < 0 ? text.replace(old, replacement) : String.join(replacement, split(text, old, most));
    }

    private static List<String> anyOf(Object value) {
        return value instanceof Iterable<?> values ? toStrings(values) : List.of(string(value));
    }

    private static List<String> toStrings(Iterable<?> values) {
        List<String> strings = new ArrayList<>();
        values.forEach(value -> strings.add(string(value)));
        return strings;
    }

    private static String string(Object value) {
        if (value instanceof CharSequence || value instanceof SafeString) {
            return value.toString();
        }
        throw new IllegalArgumentException("expected a string, found " + value);
    }

    private static int integer(Object value) {
        if (value instanceof Number number) {
            return number.intValue();
        }
        throw new IllegalArgumentException("expected a number, found " + value);
    }
}
