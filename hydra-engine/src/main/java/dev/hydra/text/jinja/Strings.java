package dev.hydra.text.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;

/** A call of one of the methods of Python's {@code str}. Lengths and places count code points. */
final class Strings {
    static final Set<String> METHODS = Set.of(
            "upper",
            "lower",
            "capitalize",
            "title",
            "swapcase",
            "casefold",
            "strip",
            "lstrip",
            "rstrip",
            "startswith",
            "endswith",
            "removeprefix",
            "removesuffix",
            "replace",
            "split",
            "rsplit",
            "splitlines",
            "partition",
            "rpartition",
            "find",
            "rfind",
            "index",
            "rindex",
            "count",
            "join",
            "center",
            "ljust",
            "rjust",
            "zfill",
            "format",
            "isdigit",
            "isdecimal",
            "isnumeric",
            "isalpha",
            "isalnum",
            "isspace",
            "isupper",
            "islower",
            "isascii");

    private final String text;
    private final String method;
    private final Budget budget;

    Strings(String text, String method, Budget budget) {
        this.text = text;
        this.method = method;
        this.budget = budget;
    }

    /** Calls the method. */
    Object call(Arguments arguments) {
        return switch (method) {
            case "startswith", "endswith" -> beginsOrEnds(arguments);
            case "replace" -> replace(arguments);
            case "split", "rsplit" -> split(arguments);
            case "splitlines" ->
                splitLines(budget.made(text), arguments.bind(method, "keepends").flag("keepends", false));
            case "partition", "rpartition" -> partition(string(arguments));
            case "find", "rfind", "index", "rindex" -> find(arguments);
            case "count" -> count(string(arguments));
            case "join" -> join(arguments.bind(method, "iterable").required("iterable"));
            case "center", "ljust", "rjust", "zfill" -> pad(arguments);
            case "format" -> Formatting.format(text, arguments, budget);
            case "strip", "lstrip", "rstrip" -> strip(arguments);
            case "removeprefix" -> removePrefix(string(arguments));
            case "removesuffix" -> removeSuffix(string(arguments));
            default -> plain(arguments);
        };
    }

    private Object plain(Arguments arguments) {
        arguments.bind(method);
        budget.characters(text.length());
        return switch (method) {
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower", "casefold" -> text.toLowerCase(Locale.ROOT);
            case "capitalize" -> capitalize(text);
            case "title" -> title(text);
            case "swapcase" -> swapCase(text);
            case "isdigit", "isdecimal" -> all(Character::isDigit);
            case "isnumeric" ->
                all(point -> Character.isDigit(point)
                        || Character.getType(point) == Character.OTHER_NUMBER
                        || Character.getType(point) == Character.LETTER_NUMBER);
            case "isalpha" -> all(Character::isLetter);
            case "isalnum" -> all(Character::isLetterOrDigit);
            case "isspace" -> all(Strings::isSpace);
            case "isascii" -> text.chars().allMatch(c -> c < 0x80);
            case "isupper" -> isCased(Character::isLowerCase) && !text.equals(text.toLowerCase(Locale.ROOT));
            case "islower" -> isCased(Character::isUpperCase) && !text.equals(text.toUpperCase(Locale.ROOT));
            default -> throw new IllegalArgumentException(method);
        };
    }

    private boolean all(IntPredicate test) {
        return !text.isEmpty() && text.codePoints().allMatch(test);
    }

    private boolean isCased(IntPredicate otherCase) {
        return text.codePoints().noneMatch(otherCase);
    }

    private String string(Arguments arguments) {
        return arguments.bind(method, "text").string("text");
    }

    static boolean isSpace(int point) {
        return Character.isWhitespace(point) || Character.isSpaceChar(point) || point == 0x85;
    }

    static String capitalize(String text) {
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

    private static String swapCase(String text) {
        StringBuilder swapped = new StringBuilder();
        text.codePoints()
                .forEach(point -> swapped.appendCodePoint(
                        Character.isUpperCase(point) ? Character.toLowerCase(point) : Character.toUpperCase(point)));
        return swapped.toString();
    }

    private String strip(Arguments arguments) {
        Object characters = arguments.bind(method, "chars").or("chars", None.NONE);
        String stripped = text;
        if (!method.equals("lstrip")) {
            stripped = stripRight(stripped, characters);
        }
        return budget.made(method.equals("rstrip") ? stripped : stripLeft(stripped, characters));
    }

    /** A text without what stands at its ends: white space, or certain characters. */
    static String strip(String text, Object characters) {
        return stripLeft(stripRight(text, characters), characters);
    }

    private static String stripLeft(String text, Object characters) {
        return text.substring(behindSpace(text, 0, stripped(characters)));
    }

    private static String stripRight(String text, Object characters) {
        return text.substring(0, beforeSpace(text, text.length(), stripped(characters)));
    }

    private static int behindSpace(String text, int from, IntPredicate space) {
        int start = from;
        while (start < text.length() && space.test(text.codePointAt(start))) {
            start += Character.charCount(text.codePointAt(start));
        }
        return start;
    }

    private static int beforeSpace(String text, int to, IntPredicate space) {
        int end = to;
        while (end > 0 && space.test(text.codePointBefore(end))) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return end;
    }

    private static IntPredicate stripped(Object characters) {
        if (characters == None.NONE) {
            return Strings::isSpace;
        }
        String given = Python.string(characters, "strip");
        return point -> given.indexOf(point) >= 0;
    }

    private boolean beginsOrEnds(Arguments arguments) {
        Arguments.Bound bound = arguments.bind(method, "text", "start", "end");
        Object wanted = bound.required("text");
        List<Object> any = wanted instanceof Tuple tuple ? tuple.items() : List.of(wanted);
        int length = text.codePointCount(0, text.length());
        int from = place(bound.integer("start", 0), length);
        int to = Math.max(from, place(bound.integer("end", length), length));
        String part = text.substring(text.offsetByCodePoints(0, from), text.offsetByCodePoints(0, to));
        return any.stream()
                .map(one -> Python.string(one, method))
                .anyMatch(method.equals("startswith") ? part::startsWith : part::endsWith);
    }

    private String removePrefix(String prefix) {
        return text.startsWith(prefix) ? text.substring(prefix.length()) : text;
    }

    private String removeSuffix(String suffix) {
        return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
    }

    private String replace(Arguments arguments) {
        Arguments.Bound bound = arguments.bind(method, "old", "new", "count");
        return replace(
                text, new Replacement(bound.string("old"), bound.string("new"), bound.integer("count", -1)), budget);
    }

    /** A text with some of its parts replaced. */
    static String replace(String text, Replacement replacement, Budget budget) {
        budget.scan(text, replacement.old());
        String old = replacement.old();
        int most = replacement.count() < 0 ? Integer.MAX_VALUE : replacement.count();
        StringBuilder replaced = new StringBuilder();
        int at = 0;
        for (int done = 0; done < most; done++) {
            int found = text.indexOf(old, at + (old.isEmpty() && done > 0 ? 1 : 0));
            if (found < 0 || old.isEmpty() && done > text.length()) {
                break;
            }
            budget.characters((long) found - at + replacement.by().length());
            replaced.append(text, at, found).append(replacement.by());
            at = found + old.length();
        }
        return replaced.append(text, at, text.length()).toString();
    }

    private List<Object> split(Arguments arguments) {
        Arguments.Bound bound = arguments.bind(method, "sep", "maxsplit");
        Object separator = bound.or("sep", None.NONE);
        int most = bound.integer("maxsplit", -1);
        List<String> parts = separator == None.NONE
                ? words(most < 0 ? Integer.MAX_VALUE : most)
                : parts(Python.string(separator, method), most < 0 ? Integer.MAX_VALUE : most);
        budget.steps(parts.size());
        budget.characters(text.length());
        return new ArrayList<>(parts);
    }

    private List<String> parts(String separator, int most) {
        if (separator.isEmpty()) {
            throw new TemplateException(method + " expects a separator, found an empty text");
        }
        List<String> parts = new ArrayList<>();
        if (method.equals("split")) {
            int start = 0;
            int end = text.indexOf(separator);
            while (end >= 0 && parts.size() < most) {
                parts.add(text.substring(start, end));
                start = end + separator.length();
                end = text.indexOf(separator, start);
            }
            parts.add(text.substring(start));
            return parts;
        }
        int end = text.length();
        int start = text.lastIndexOf(separator);
        while (start >= 0 && parts.size() < most) {
            parts.add(text.substring(start + separator.length(), end));
            end = start;
            start = text.lastIndexOf(separator, start - separator.length());
        }
        parts.add(text.substring(0, end));
        Collections.reverse(parts);
        return parts;
    }

    private List<String> words(int most) {
        List<String> words = new ArrayList<>();
        if (method.equals("split")) {
            int start = behindSpace(text, 0, Strings::isSpace);
            while (start < text.length()) {
                int end = words.size() < most ? endOfWord(start) : text.length();
                words.add(text.substring(start, end));
                start = behindSpace(text, end, Strings::isSpace);
            }
            return words;
        }
        int end = beforeSpace(text, text.length(), Strings::isSpace);
        while (end > 0) {
            int start = words.size() < most ? startOfWord(end) : 0;
            words.add(text.substring(start, end));
            end = beforeSpace(text, start, Strings::isSpace);
        }
        Collections.reverse(words);
        return words;
    }

    private int endOfWord(int start) {
        int end = start;
        while (end < text.length() && !isSpace(text.codePointAt(end))) {
            end += Character.charCount(text.codePointAt(end));
        }
        return end;
    }

    private int startOfWord(int end) {
        int start = end;
        while (start > 0 && !isSpace(text.codePointBefore(start))) {
            start -= Character.charCount(text.codePointBefore(start));
        }
        return start;
    }

    /** The lines of a text, at every end of a line that Python knows. */
    static List<Object> splitLines(String text, boolean keepEnds) {
        List<Object> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            if ("\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(text.charAt(i)) >= 0) {
                int end = i;
                if (text.startsWith("\r\n", i)) {
                    i++;
                }
                lines.add(text.substring(start, keepEnds ? i + 1 : end));
                start = i + 1;
            }
        }
        if (start < text.length()) {
            lines.add(text.substring(start));
        }
        return lines;
    }

    private Tuple partition(String separator) {
        if (separator.isEmpty()) {
            throw new TemplateException(method + " expects a separator, found an empty text");
        }
        boolean first = method.equals("partition");
        int at = first ? text.indexOf(separator) : text.lastIndexOf(separator);
        if (at < 0) {
            return first ? Tuple.of(text, "", "") : Tuple.of("", "", text);
        }
        return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
    }

    private long find(Arguments arguments) {
        Arguments.Bound bound = arguments.bind(method, "text", "start", "end");
        String wanted = bound.string("text");
        int length = text.codePointCount(0, text.length());
        int from = place(bound.integer("start", 0), length);
        int to = place(bound.integer("end", length), length);
        int start = text.offsetByCodePoints(0, from);
        String part = from <= to ? text.substring(start, text.offsetByCodePoints(0, to)) : "";
        int found = method.startsWith("r") ? part.lastIndexOf(wanted) : part.indexOf(wanted);
        if (found < 0 || from > to) {
            if (method.endsWith("index")) {
                throw new TemplateException("%s finds no '%s'".formatted(method, wanted));
            }
            return -1;
        }
        return text.codePointCount(0, start + found);
    }

    private static int place(int index, int length) {
        return Math.max(0, Math.min(length, index < 0 ? index + length : index));
    }

    private long count(String wanted) {
        if (wanted.isEmpty()) {
            return text.codePointCount(0, text.length()) + 1L;
        }
        long count = 0;
        for (int at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length())) {
            count++;
        }
        return count;
    }

    private String join(Object values) {
        StringBuilder joined = new StringBuilder();
        String comma = "";
        for (Object value : Python.elements(values, budget)) {
            String part = Python.string(value, "join");
            budget.characters((long) comma.length() + part.length());
            joined.append(comma).append(part);
            comma = text;
        }
        return joined.toString();
    }

    private String pad(Arguments arguments) {
        Arguments.Bound bound = arguments.bind(method, "width", "fillchar");
        int missing = bound.integer("width") - text.codePointCount(0, text.length());
        if (missing <= 0) {
            return text;
        }
        budget.characters((long) text.length() + missing);
        String fill = bound.string("fillchar", " ");
        int width = missing + text.codePointCount(0, text.length());
        return switch (method) {
            case "ljust" -> text + fill.repeat(missing);
            case "rjust" -> fill.repeat(missing) + text;
            case "center" -> center(text, width, fill);
            default -> {
                int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
                yield text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
            }
        };
    }

    /** A text in the middle; an odd place is where Python has it. */
    static String center(String text, int width, String fill) {
        int missing = Math.max(0, width - text.codePointCount(0, text.length()));
        int left = missing / 2 + (missing & width & 1);
        return fill.repeat(left) + text + fill.repeat(missing - left);
    }

    /**
     * What takes the place of what.
     *
     * @param count how often at most; -1 for always
     */
    record Replacement(String old, String by, int count) {}
}
