package dev.hydra.text.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Jinja's own filters. */
final class Filters {
    private static final Map<String, Filter> ALL = new HashMap<>();
    private static final Pattern WORD_OF_TITLE = Pattern.compile("[^-\\s({\\[<]++", Pattern.UNICODE_CHARACTER_CLASS);
    private static final Pattern WORD = Pattern.compile("\\w++", Pattern.UNICODE_CHARACTER_CLASS);

    static {
        texts();
        numbers();
        lists();
        choices();
        values();
    }

    private Filters() {}

    /**
     * The filter of a name.
     *
     * @throws TemplateException if there is none
     */
    static Filter named(String name) {
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw new TemplateException("there is no filter '%s'".formatted(name));
        }
        return filter;
    }

    static boolean exists(String name) {
        return ALL.containsKey(name);
    }

    private static void texts() {
        text("upper", text -> text.toUpperCase(Locale.ROOT));
        text("lower", text -> text.toLowerCase(Locale.ROOT));
        text("capitalize", Strings::capitalize);
        text("title", Filters::title);
        text("escape", Filters::escape);
        text("e", Filters::escape);
        text("forceescape", Filters::escape);
        text("string", text -> text);
        text("safe", text -> text);
        ALL.put("trim", (rendering, value, arguments) -> {
            Object characters = arguments.bind("trim", "chars").or("chars", None.NONE);
            String text = rendering.budget().made(Text.of(value, rendering.budget()));
            if (characters instanceof String given) {
                rendering.budget().scan(text, given);
            }
            return Strings.strip(text, characters);
        });
        ALL.put("replace", (rendering, value, arguments) -> {
            Budget budget = rendering.budget();
            Arguments.Bound bound = arguments.bind("replace", "old", "new", "count");
            String old = Text.of(bound.required("old"), budget);
            String by = Text.of(bound.required("new"), budget);
            Strings.Replacement replacement = new Strings.Replacement(old, by, bound.integer("count", -1));
            return Strings.replace(Text.of(value, budget), replacement, budget);
        });
        ALL.put(
                "format",
                (rendering, value, arguments) -> Formatting.percent(
                        Text.of(value, rendering.budget()),
                        arguments.named().isEmpty()
                                ? Tuple.of(arguments.positional())
                                : new HashMap<Object, Object>(arguments.named()),
                        rendering.budget()));
        ALL.put(
                "indent",
                (rendering, value, arguments) ->
                        indent(Text.of(value, rendering.budget()), arguments, rendering.budget()));
        ALL.put("center", (rendering, value, arguments) -> {
            int width = arguments.bind("center", "width").integer("width", 80);
            rendering.budget().characters(Math.max(0, width));
            return Strings.center(Text.of(value, rendering.budget()), width, " ");
        });
        ALL.put(
                "truncate",
                (rendering, value, arguments) ->
                        truncate(rendering.budget().made(Text.of(value, rendering.budget())), arguments));
        ALL.put("wordcount", (rendering, value, arguments) -> {
            arguments.bind("wordcount");
            String text = rendering.budget().made(Text.of(value, rendering.budget()));
            return WORD.matcher(text).results().count();
        });
    }

    private static void text(String name, UnaryOperator<String> filter) {
        ALL.put(name, (rendering, value, arguments) -> {
            arguments.bind(name);
            String text = Text.of(value, rendering.budget());
            rendering.budget().characters(text.length());
            return filter.apply(text);
        });
    }

    private static String title(String text) {
        return WORD_OF_TITLE
                .matcher(text)
                .replaceAll(word -> Matcher.quoteReplacement(Strings.capitalize(word.group())));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace(">", "&gt;")
                .replace("<", "&lt;")
                .replace("'", "&#39;")
                .replace("\"", "&#34;");
    }

    private static String indent(String text, Arguments arguments, Budget budget) {
        Arguments.Bound bound = arguments.bind("indent", "width", "first", "blank");
        Object width = bound.or("width", 4L);
        long columns = width instanceof String given ? given.length() : Python.integer(width, "indent");
        List<Object> lines = Strings.splitLines(text + "\n", false);
        budget.characters((Math.max(0, columns) + 1) * (lines.size() + 1) + text.length());
        String indentation = width instanceof String given ? given : " ".repeat((int) Math.max(0, columns));
        StringBuilder indented = new StringBuilder(bound.flag("first", false) ? indentation : "");
        for (int i = 0; i < lines.size(); i++) {
            String line = (String) lines.get(i);
            if (i > 0) {
                indented.append('\n').append(line.isEmpty() && !bound.flag("blank", false) ? "" : indentation);
            }
            indented.append(line);
        }
        return indented.toString();
    }

    private static String truncate(String text, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
        int length = bound.integer("length", 255);
        String end = bound.string("end", "...");
        if (length < end.length()) {
            throw new TemplateException(
                    "truncate expects a length of %d or more, found %d".formatted(end.length(), length));
        }
        int points = text.codePointCount(0, text.length());
        if (points <= (long) length + bound.integer("leeway", 5)) {
            return text;
        }
        String cut = text.substring(0, text.offsetByCodePoints(0, length - end.codePointCount(0, end.length())));
        int space = cut.lastIndexOf(' ');
        return (bound.flag("killwords", false) || space < 0 ? cut : cut.substring(0, space)) + end;
    }

    private static void numbers() {
        ALL.put("abs", (rendering, value, arguments) -> {
            arguments.bind("abs");
            return Operators.signed(Operators.order(value, 0L, rendering.budget()) < 0 ? -1 : 1, value);
        });
        ALL.put("int", (rendering, value, arguments) -> {
            Arguments.Bound bound = arguments.bind("int", "default", "base");
            return toInteger(value, bound.integer("base", 10), bound.or("default", 0L));
        });
        ALL.put(
                "float",
                (rendering, value, arguments) ->
                        toFloat(value, arguments.bind("float", "default").or("default", 0.0)));
        ALL.put("round", (rendering, value, arguments) -> round(value, arguments));
    }

    private static Object toInteger(Object value, int base, Object otherwise) {
        if (value instanceof Double number) {
            return number.isNaN() || number.isInfinite() ? otherwise : (Object) number.longValue();
        }
        if (Python.isNumber(value)) {
            return Operators.toLong(value);
        }
        if (!(value instanceof String text)) {
            return otherwise;
        }
        String digits = Strings.strip(text, None.NONE);
        try {
            boolean prefixed = base == 16 && digits.regionMatches(true, 0, "0x", 0, 2);
            return Long.parseLong(prefixed ? digits.substring(2) : digits, base);
        } catch (NumberFormatException e) {
            return toFloat(digits, otherwise) instanceof Double number ? toInteger(number, base, otherwise) : otherwise;
        }
    }

    private static Object toFloat(Object value, Object otherwise) {
        if (Python.isNumber(value)) {
            return Operators.toDouble(value);
        }
        if (value instanceof String text) {
            String digits = Strings.strip(text, None.NONE);
            // Java also reads 1f, 0x1p3 and NaN
            if (digits.length() < 400 && digits.matches("[-+]?(?:\\d++\\.?+\\d*+|\\.\\d++)(?:[eE][-+]?\\d++)?+")) {
                return Double.valueOf(digits);
            }
        }
        return otherwise;
    }

    private static Object round(Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("round", "precision", "method");
        if (!Python.isNumber(value)) {
            throw new TemplateException("round expects a number, found a value of type " + Python.type(value));
        }
        int precision = Math.max(-400, Math.min(400, bound.integer("precision", 0)));
        RoundingMode mode = switch (bound.string("method", "common")) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw new TemplateException("round knows the methods common, ceil and floor");
        };
        BigDecimal rounded = Operators.exact(value).setScale(precision, mode);
        return value instanceof Double || mode != RoundingMode.HALF_EVEN
                ? (Object) rounded.doubleValue()
                : rounded.longValue();
    }

    private static void lists() {
        Filter length = (rendering, value, arguments) -> {
            arguments.bind("length");
            if (value instanceof String text) {
                rendering.budget().scan(text);
                return (long) text.codePointCount(0, text.length());
            }
            return (long) Python.elements(value, rendering.budget()).size();
        };
        ALL.put("length", length);
        ALL.put("count", length);
        ALL.put("list", (rendering, value, arguments) -> Python.elements(value, rendering.budget()));
        ALL.put("items", (rendering, value, arguments) -> {
            if (value instanceof Undefined) {
                return List.of();
            }
            if (value instanceof Map<?, ?> map) {
                rendering.budget().steps(map.size());
                return Methods.items(map);
            }
            throw new TemplateException("items expects a dictionary, found a value of type " + Python.type(value));
        });
        ALL.put("first", (rendering, value, arguments) -> end(Python.elements(value, rendering.budget()), 0));
        ALL.put("last", (rendering, value, arguments) -> {
            List<Object> elements = Python.elements(value, rendering.budget());
            return end(elements, elements.size() - 1);
        });
        ALL.put("reverse", (rendering, value, arguments) -> {
            if (value instanceof String text) {
                return Access.slice(text, new Access.Slice(None.NONE, None.NONE, -1L), rendering.budget());
            }
            List<Object> elements = Python.elements(value, rendering.budget());
            Collections.reverse(elements);
            return elements;
        });
        ALL.put("join", (rendering, value, arguments) -> {
            Arguments.Bound bound = arguments.bind("join", "d", "attribute");
            return join(
                    attributes(value, bound, rendering),
                    Text.of(bound.or("d", ""), rendering.budget()),
                    rendering.budget());
        });
        ALL.put("sum", (rendering, value, arguments) -> {
            Arguments.Bound bound = arguments.bind("sum", "attribute", "start");
            Object sum = bound.or("start", 0L);
            for (Object element : attributes(value, bound, rendering)) {
                sum = Operators.binary("+", sum, element, rendering.budget());
            }
            return sum;
        });
        ALL.put("sort", (rendering, value, arguments) -> {
            Arguments.Bound bound = arguments.bind("sort", "reverse", "case_sensitive", "attribute");
            return sorted(Python.elements(value, rendering.budget()), bound, rendering);
        });
        ALL.put("dictsort", Filters::sortDictionary);
        ALL.put("unique", Filters::unique);
        ALL.put("groupby", Filters::groupBy);
        ALL.put("min", (rendering, value, arguments) -> extreme(rendering, value, arguments, 1));
        ALL.put("max", (rendering, value, arguments) -> extreme(rendering, value, arguments, -1));
        ALL.put("batch", (rendering, value, arguments) -> {
            Arguments.Bound bound = arguments.bind("batch", "linecount", "fill_with");
            return batches(Python.elements(value, rendering.budget()), bound, rendering.budget());
        });
        ALL.put("slice", (rendering, value, arguments) -> {
            Arguments.Bound bound = arguments.bind("slice", "slices", "fill_with");
            return columns(Python.elements(value, rendering.budget()), bound, rendering.budget());
        });
    }

    private static Object end(List<Object> elements, int index) {
        return elements.isEmpty() ? new Undefined("an element of an empty list") : elements.get(index);
    }

    private static List<Object> attributes(Object value, Arguments.Bound bound, Rendering rendering) {
        List<Object> elements = Python.elements(value, rendering.budget());
        Object attribute = bound.or("attribute", None.NONE);
        if (attribute != None.NONE) {
            elements.replaceAll(element -> attribute(element, attribute, rendering.budget()));
        }
        return elements;
    }

    /** What a path of names and numbers with dots between them leads to. */
    private static Object attribute(Object value, Object path, Budget budget) {
        if (!(path instanceof String names)) {
            return Access.item(value, path, budget);
        }
        Object found = value;
        for (String name : names.split("\\.", -1)) {
            budget.step();
            boolean index =
                    !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
            found = Access.item(found, index ? (Object) Long.valueOf(name) : name, budget);
        }
        return found;
    }

    private static String join(List<Object> elements, String between, Budget budget) {
        StringBuilder joined = new StringBuilder();
        for (int i = 0; i < elements.size(); i++) {
            String text = Text.of(elements.get(i), budget);
            budget.characters((long) text.length() + between.length());
            joined.append(i == 0 ? "" : between).append(text);
        }
        return joined.toString();
    }

    private static List<Object> sorted(List<Object> elements, Arguments.Bound bound, Rendering rendering) {
        Object attribute = bound.or("attribute", None.NONE);
        boolean caseMatters = bound.flag("case_sensitive", false);
        List<Map.Entry<List<Object>, Object>> keyed = new ArrayList<>();
        for (Object element : elements) {
            keyed.add(Map.entry(keys(element, attribute, caseMatters, rendering.budget()), element));
        }
        Comparator<Map.Entry<List<Object>, Object>> order =
                Comparator.comparing(Map.Entry::getKey, (a, b) -> Operators.order(a, b, rendering.budget()));
        keyed.sort(bound.flag("reverse", false) ? order.reversed() : order);
        List<Object> sorted = new ArrayList<>();
        keyed.forEach(entry -> sorted.add(entry.getValue()));
        return sorted;
    }

    private static List<Object> keys(Object element, Object attribute, boolean caseMatters, Budget budget) {
        List<Object> keys = new ArrayList<>();
        if (attribute instanceof String names) {
            for (String name : names.split(",", -1)) {
                keys.add(attribute(element, name, budget));
            }
        } else {
            keys.add(attribute == None.NONE ? element : attribute(element, attribute, budget));
        }
        if (!caseMatters) {
            keys.replaceAll(key -> key instanceof String text ? budget.made(text.toLowerCase(Locale.ROOT)) : key);
        }
        return keys;
    }

    private static Object sortDictionary(Rendering rendering, Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("dictsort", "case_sensitive", "by", "reverse");
        if (!(value instanceof Map<?, ?> map)) {
            throw new TemplateException("dictsort expects a dictionary, found a value of type " + Python.type(value));
        }
        Map<String, Object> options = new HashMap<>();
        options.put("attribute", bound.string("by", "key").equals("value") ? 1L : 0L);
        options.put("case_sensitive", bound.flag("case_sensitive", false));
        options.put("reverse", bound.flag("reverse", false));
        rendering.budget().steps(map.size());
        return sorted(Methods.items(map), new Arguments.Bound("dictsort", options), rendering);
    }

    private static Object unique(Rendering rendering, Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("unique", "case_sensitive", "attribute");
        List<Object> seen = new ArrayList<>();
        List<Object> unique = new ArrayList<>();
        for (Object element : Python.elements(value, rendering.budget())) {
            Object key = keys(
                    element, bound.or("attribute", None.NONE), bound.flag("case_sensitive", false), rendering.budget());
            if (!Operators.contains(seen, key, rendering.budget())) {
                seen.add(key);
                unique.add(element);
            }
        }
        return unique;
    }

    private static Object groupBy(Rendering rendering, Object value, Arguments arguments) {
        Arguments.Bound bound = arguments.bind("groupby", "attribute", "default", "case_sensitive");
        Object attribute = bound.required("attribute");
        Map<String, Object> options =
                Map.of("attribute", attribute, "case_sensitive", bound.flag("case_sensitive", false));
        List<Object> groups = new ArrayList<>();
        List<Object> group = new ArrayList<>();
        Object key = None.NONE;
        for (Object element : sorted(
                Python.elements(value, rendering.budget()), new Arguments.Bound("groupby", options), rendering)) {
            Object found = attribute(element, attribute, rendering.budget());
            Object next = found instanceof Undefined ? bound.or("default", found) : found;
            if (group.isEmpty() || !Operators.equal(fold(key, bound), fold(next, bound), rendering.budget())) {
                group = new ArrayList<>();
                key = next;
                groups.add(new Tuple(List.of(key, group), List.of("grouper", "list")));
            }
            group.add(element);
        }
        return groups;
    }

    private static Object fold(Object key, Arguments.Bound bound) {
        return key instanceof String text && !bound.flag("case_sensitive", false) ? text.toLowerCase(Locale.ROOT) : key;
    }

    private static Object extreme(Rendering rendering, Object value, Arguments arguments, int sign) {
        Arguments.Bound bound = arguments.bind("min", "case_sensitive", "attribute");
        Object attribute = bound.or("attribute", None.NONE);
        boolean caseMatters = bound.flag("case_sensitive", false);
        Object best = new Undefined("an element of an empty list");
        List<Object> bestKeys = List.of();
        for (Object element : Python.elements(value, rendering.budget())) {
            List<Object> keys = keys(element, attribute, caseMatters, rendering.budget());
            if (best instanceof Undefined || sign * Operators.order(keys, bestKeys, rendering.budget()) < 0) {
                best = element;
                bestKeys = keys;
            }
        }
        return best;
    }

    private static List<Object> batches(List<Object> elements, Arguments.Bound bound, Budget budget) {
        int size = Math.max(1, bound.integer("linecount"));
        List<Object> batches = new ArrayList<>();
        for (int from = 0; from < elements.size(); from += size) {
            List<Object> batch =
                    new ArrayList<>(elements.subList(from, (int) Math.min(elements.size(), (long) from + size)));
            if (bound.has("fill_with") && bound.required("fill_with") != None.NONE) {
                budget.steps(size - batch.size());
                batch.addAll(Collections.nCopies(size - batch.size(), bound.required("fill_with")));
            }
            batches.add(batch);
            if (size > elements.size() - from) {
                break;
            }
        }
        return batches;
    }

    private static List<Object> columns(List<Object> elements, Arguments.Bound bound, Budget budget) {
        int count = Math.max(1, bound.integer("slices"));
        budget.steps(count);
        List<Object> columns = new ArrayList<>();
        int at = 0;
        for (int i = 0; i < count; i++) {
            int size = elements.size() / count + (i < elements.size() % count ? 1 : 0);
            List<Object> column = new ArrayList<>(elements.subList(at, at + size));
            if (bound.has("fill_with") && elements.size() % count > 0 && i >= elements.size() % count) {
                column.add(bound.required("fill_with"));
            }
            columns.add(column);
            at += size;
        }
        return columns;
    }

    private static void choices() {
        ALL.put("map", Filters::map);
        ALL.put("select", (rendering, value, arguments) -> chosen(rendering, value, arguments, holds -> holds));
        ALL.put("reject", (rendering, value, arguments) -> chosen(rendering, value, arguments, holds -> !holds));
        ALL.put(
                "selectattr",
                (rendering, value, arguments) -> chosenByAttribute(rendering, value, arguments, holds -> holds));
        ALL.put(
                "rejectattr",
                (rendering, value, arguments) -> chosenByAttribute(rendering, value, arguments, holds -> !holds));
    }

    private static Object map(Rendering rendering, Object value, Arguments arguments) {
        List<Object> elements = Python.elements(value, rendering.budget());
        if (arguments.positional().isEmpty()) {
            Arguments.Bound bound = arguments.bind("map", "attribute", "default");
            Object attribute = bound.required("attribute");
            elements.replaceAll(element -> {
                Object found = attribute(element, attribute, rendering.budget());
                return found instanceof Undefined ? bound.or("default", found) : found;
            });
            return elements;
        }
        Filter filter = named(Python.string(arguments.positional().get(0), "map"));
        elements.replaceAll(element -> filter.apply(rendering, element, arguments.from(1)));
        return elements;
    }

    private static Object chosen(Rendering rendering, Object value, Arguments arguments, Predicate<Boolean> wanted) {
        List<Object> elements = Python.elements(value, rendering.budget());
        elements.removeIf(element -> !wanted.test(holds(rendering, element, arguments)));
        return elements;
    }

    private static Object chosenByAttribute(
            Rendering rendering, Object value, Arguments arguments, Predicate<Boolean> wanted) {
        if (arguments.positional().isEmpty()) {
            throw new TemplateException("selectattr and rejectattr need the name of an attribute");
        }
        Object attribute = arguments.positional().get(0);
        List<Object> elements = Python.elements(value, rendering.budget());
        elements.removeIf(element ->
                !wanted.test(holds(rendering, attribute(element, attribute, rendering.budget()), arguments.from(1))));
        return elements;
    }

    private static boolean holds(Rendering rendering, Object value, Arguments test) {
        if (test.positional().isEmpty()) {
            return Python.isTrue(value);
        }
        return Tests.named(Python.string(test.positional().get(0), "select")).holds(rendering, value, test.from(1));
    }

    private static void values() {
        Filter otherwise = (rendering, value, arguments) -> {
            Arguments.Bound bound = arguments.bind("default", "default_value", "boolean");
            boolean missing = value instanceof Undefined || bound.flag("boolean", false) && !Python.isTrue(value);
            return missing ? bound.or("default_value", "") : value;
        };
        ALL.put("default", otherwise);
        ALL.put("d", otherwise);
        ALL.put("attr", (rendering, value, arguments) -> {
            String name = arguments.bind("attr", "name").string("name");
            boolean method = Methods.has(value, name) || value instanceof Attributes;
            return method ? Access.attribute(value, name) : new Undefined("'" + name + "'");
        });
        ALL.put("tojson", (rendering, value, arguments) -> Json.write(value, arguments, rendering.budget()));
        ALL.put("pprint", (rendering, value, arguments) -> Text.representation(value, rendering.budget()));
    }

    /** Makes a value of another one. */
    @FunctionalInterface
    interface Filter {
        Object apply(Rendering rendering, Object value, Arguments arguments);
    }
}
