package dev.hydra.grammar;

import java.util.ArrayList;
import java.util.List;

/*
 * Expressions of strings between their quotes, so that what JSON escapes comes as its escape. A pattern is looked for anywhere in a
 * string unless it is anchored, as the standard has it. Characters that regular expressions do not agree on are never written where a
 * pattern leaves the choice: the dot and what a class excludes mean characters of the Basic Multilingual Plane that end no line.
 */
/** Reads a regular expression of the kind that JSON Schema recommends: no look-around, no back references. */
final class PatternReader {

    private static final int LAST = 0xFFFF;
    private static final String LINE_ENDS = "\n\r\u0085\u2028\u2029";
    private static final int MOST_REPEATS = 1000;
    private static final int DEEPEST = 50;

    /** A part of a pattern, and how many characters it has. */
    record Part(Expression expression, int shortest, int longest) {}

    private record Span(int first, int last) {}

    private final Expressions expressions;
    private final String pattern;
    private final Spot spot;
    private int at;
    private int depth;

    /** @param spot where the schema has it */
    PatternReader(Expressions expressions, String pattern, Spot spot) {
        this.expressions = expressions;
        this.pattern = pattern;
        this.spot = spot;
    }

    /**
     * The strings that the pattern is found in.
     *
     * @throws IllegalArgumentException if it has something that is not supported, which the message names
     */
    Part read() {
        boolean begins = take('^');
        Part found = choice();
        boolean ends = take('$');
        if (at < pattern.length()) {
            throw unsupported(
                    pattern.charAt(at) == '$' || pattern.charAt(at) == '^'
                            ? "an anchor inside"
                            : "'%s'".formatted(pattern.charAt(at)));
        }
        Part anything = times(anything(), 0, Expressions.UNBOUNDED);
        return then(then(begins ? empty() : anything, found), ends ? empty() : anything);
    }

    private IllegalArgumentException unsupported(String what) {
        return spot.refuse(
                "pattern '%s' has %s at character %d; supported are characters, classes, \\d \\w \\s, groups, |, and ? * + {n,m}, with ^ and $"
                                .formatted(pattern, what, at + 1)
                        + " around all of it");
    }

    private Part empty() {
        return new Part(expressions.empty(), 0, 0);
    }

    private Part choice() {
        if (++depth > DEEPEST) {
            throw unsupported("groups more than %d deep".formatted(DEEPEST));
        }
        Part choice = sequence();
        while (take('|')) {
            Part other = sequence();
            choice = new Part(
                    expressions.either(choice.expression, other.expression),
                    Math.min(choice.shortest, other.shortest),
                    Math.max(choice.longest, other.longest));
        }
        depth--;
        return choice;
    }

    private Part sequence() {
        List<Part> parts = new ArrayList<>();
        while (at < pattern.length() && "|)$".indexOf(pattern.charAt(at)) < 0) {
            parts.add(repeated());
        }
        Part sequence = empty();
        for (int part = parts.size() - 1; part >= 0; part--) {
            sequence = then(parts.get(part), sequence);
        }
        return sequence;
    }

    private Part then(Part first, Part rest) {
        return new Part(
                expressions.then(first.expression, rest.expression),
                bounded((long) first.shortest + rest.shortest),
                first.longest == Expressions.UNBOUNDED || rest.longest == Expressions.UNBOUNDED
                        ? Expressions.UNBOUNDED
                        : bounded((long) first.longest + rest.longest));
    }

    private static int bounded(long count) {
        return (int) Math.min(count, Expressions.UNBOUNDED - 1);
    }

    private Part repeated() {
        Part part = atom();
        if (at == pattern.length()) {
            return part;
        }
        int least;
        int most;
        switch (pattern.charAt(at)) {
            case '?' -> {
                least = 0;
                most = 1;
            }
            case '*' -> {
                least = 0;
                most = Expressions.UNBOUNDED;
            }
            case '+' -> {
                least = 1;
                most = Expressions.UNBOUNDED;
            }
            case '{' -> {
                at++;
                least = number();
                most = take(',') ? isAt('}') ? Expressions.UNBOUNDED : number() : least;
                if (!isAt('}') || most < least) {
                    throw unsupported("an unfinished {n,m}");
                }
            }
            default -> {
                return part;
            }
        }
        at++;
        // lazy or not, the same strings
        take('?');
        if (isAt('*') || isAt('+') || isAt('{')) {
            throw unsupported("'%s'".formatted(pattern.charAt(at)));
        }
        return times(part, least, most);
    }

    private int number() {
        int from = at;
        while (at < pattern.length() && Character.isDigit(pattern.charAt(at)) && at - from < 4) {
            at++;
        }
        if (from == at || Integer.parseInt(pattern.substring(from, at)) > MOST_REPEATS) {
            throw unsupported("no number up to %d".formatted(MOST_REPEATS));
        }
        return Integer.parseInt(pattern.substring(from, at));
    }

    private Part times(Part part, int least, int most) {
        int shortest = bounded((long) part.shortest * least);
        int longest = most == 0 || part.longest == 0
                ? 0
                : most == Expressions.UNBOUNDED || part.longest == Expressions.UNBOUNDED
                        ? Expressions.UNBOUNDED
                        : bounded((long) part.longest * most);
        if (part.expression.isComplete()) {
            if (part.longest > 0) {
                throw unsupported("a repeated part that may be empty");
            }
            return part;
        }
        return new Part(expressions.times(part.expression, least, most), shortest, longest);
    }

    private Part atom() {
        char character = pattern.charAt(at);
        switch (character) {
            case '(' -> {
                at++;
                if (take('?') && !take(':')) {
                    throw unsupported("look-around or a named group");
                }
                Part group = choice();
                if (!take(')')) {
                    throw unsupported("an unfinished group");
                }
                return group;
            }
            case '[' -> {
                at++;
                return of(characterClass());
            }
            case '.' -> {
                at++;
                return anything();
            }
            case '\\' -> {
                at++;
                return of(escape());
            }
            case '^', '*', '+', '?', '{', '}', ']' -> throw unsupported("'%s'".formatted(character));
            default -> {
                int point = pattern.codePointAt(at);
                at += Character.charCount(point);
                return of(List.of(new Span(point, point)));
            }
        }
    }

    private Part anything() {
        return of(others(LINE_ENDS.chars().mapToObj(end -> new Span(end, end)).toList()));
    }

    private Part of(List<Span> spans) {
        Expression expression = expressions.either(spans.stream()
                .map(span -> Characters.spelled(expressions, span.first, span.last))
                .toList());
        if (expression.isNothing()) {
            throw unsupported("a class of no characters");
        }
        return new Part(expression, 1, 1);
    }

    private List<Span> characterClass() {
        boolean excludes = take('^');
        List<Span> spans = new ArrayList<>();
        while (!isAt(']')) {
            if (at >= pattern.length()) {
                throw unsupported("an unfinished class");
            }
            List<Span> first = one();
            if (isAt('-') && at + 1 < pattern.length() && pattern.charAt(at + 1) != ']') {
                at++;
                List<Span> last = one();
                if (!isOne(first) || !isOne(last) || first.get(0).first > last.get(0).first) {
                    throw unsupported("a range that is none");
                }
                spans.add(new Span(first.get(0).first, last.get(0).first));
            } else {
                spans.addAll(first);
            }
        }
        at++;
        if (!excludes) {
            return spans;
        }
        LINE_ENDS.chars().forEach(end -> spans.add(new Span(end, end)));
        return others(spans);
    }

    private static boolean isOne(List<Span> spans) {
        return spans.size() == 1 && spans.get(0).first == spans.get(0).last;
    }

    /** A character of a class, or a class in it. */
    private List<Span> one() {
        if (take('\\')) {
            return escape();
        }
        if (isAt('[') || pattern.startsWith("&&", at)) {
            throw unsupported("'%s' in a class; write it with a backslash".formatted(pattern.charAt(at)));
        }
        int point = pattern.codePointAt(at);
        at += Character.charCount(point);
        return List.of(new Span(point, point));
    }

    private List<Span> escape() {
        if (at == pattern.length()) {
            throw unsupported("nothing behind a backslash");
        }
        char escaped = pattern.charAt(at++);
        List<Span> digits = List.of(new Span('0', '9'));
        List<Span> word = List.of(new Span('0', '9'), new Span('A', 'Z'), new Span('_', '_'), new Span('a', 'z'));
        List<Span> space = List.of(new Span('\t', '\n'), new Span('\f', '\r'), new Span(' ', ' '));
        return switch (escaped) {
            case 'd' -> digits;
            case 'w' -> word;
            case 's' -> space;
            case 'D' -> others(digits);
            case 'W' -> others(word);
            // what else is a space, nobody agrees on
            case 'S' -> List.of(new Span('!', '~'));
            case 'n' -> single('\n');
            case 'r' -> single('\r');
            case 't' -> single('\t');
            case 'f' -> single('\f');
            case 'u' -> single(hexadecimal(4));
            case 'x' -> single(hexadecimal(2));
            default -> {
                if (Character.isLetterOrDigit(escaped)) {
                    at--;
                    throw unsupported("'\\%s'".formatted(escaped));
                }
                yield single(escaped);
            }
        };
    }

    private int hexadecimal(int digits) {
        try {
            int value = Integer.parseInt(pattern.substring(at, at + digits), 16);
            at += digits;
            if (Character.isSurrogate((char) value)) {
                throw unsupported("half of a surrogate pair");
            }
            return value;
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            throw unsupported("no hexadecimal number");
        }
    }

    private static List<Span> single(int character) {
        return List.of(new Span(character, character));
    }

    /** All other characters of the Basic Multilingual Plane that end no line and are no controls. */
    private static List<Span> others(List<Span> spans) {
        List<Span> excluded = new ArrayList<>(spans);
        LINE_ENDS.chars().forEach(end -> excluded.add(new Span(end, end)));
        excluded.sort((one, other) -> Integer.compare(one.first, other.first));
        List<Span> others = new ArrayList<>();
        int from = ' ';
        for (Span span : excluded) {
            if (span.first > from) {
                others.add(new Span(from, Math.min(LAST, span.first - 1)));
            }
            from = Math.max(from, span.last + 1);
        }
        if (from <= LAST) {
            others.add(new Span(from, LAST));
        }
        return others;
    }

    private boolean isAt(char character) {
        return at < pattern.length() && pattern.charAt(at) == character;
    }

    private boolean take(char character) {
        boolean taken = isAt(character);
        at += taken ? 1 : 0;
        return taken;
    }
}
