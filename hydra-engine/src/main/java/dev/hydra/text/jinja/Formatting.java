package dev.hydra.text.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Python's two ways to put values into a text: {@code '%s' % value} and {@code '{}'.format(value)}. */
final class Formatting {
    private static final int WIDEST = 10_000;
    private static final Pattern PERCENT =
            Pattern.compile("%(?:\\(([^)]*+)\\))?+([-+ 0#]*+)(\\*|\\d++)?+(?:\\.(\\*|\\d*+))?+([a-zA-Z%])?+");
    private static final Pattern FIELD = Pattern.compile("\\{\\{|}}|\\{([^{}]*+)}|[{}]");
    private static final Pattern SPECIFICATION =
            Pattern.compile("(?:(.)?([<>=^]))?([-+ ])?(0)?(\\d{1,9})?([,_])?(?:\\.(\\d{1,9}))?([a-zA-Z%])?");

    private Formatting() {}

    /** {@code format % values}. */
    static String percent(String format, Object values, Budget budget) {
        List<Object> places = values instanceof Tuple tuple ? tuple.items() : List.of(values);
        Matcher field = PERCENT.matcher(format);
        StringBuilder text = new StringBuilder();
        int used = 0;
        int at = 0;
        while (field.find(at)) {
            text.append(format, at, field.start());
            at = field.end();
            @Nullable String conversion = field.group(5);
            if (conversion == null || "*".equals(field.group(3)) || "*".equals(field.group(4))) {
                throw new TemplateException("'%s' is no format of values".formatted(field.group()));
            }
            if (conversion.equals("%")) {
                text.append('%');
                continue;
            }
            Object value;
            if (field.group(1) != null) {
                if (!(values instanceof Map<?, ?> map) || map.get(field.group(1)) == null) {
                    throw new TemplateException("'%s' has no value".formatted(field.group()));
                }
                value = map.get(field.group(1));
            } else if (used < places.size()) {
                value = places.get(used++);
            } else {
                throw new TemplateException("'%s' has more places than values".formatted(format));
            }
            text.append(new Field(
                            field.group(2).contains("-") ? "<" : field.group(2).contains("0") ? "=" : ">",
                            field.group(2).contains("0") && !field.group(2).contains("-") ? "0" : " ",
                            field.group(2).contains("+") ? "+" : field.group(2).contains(" ") ? " " : "",
                            number(field.group(3), 0),
                            number(field.group(4), field.group(4) == null ? -1 : 0),
                            "")
                    .percent(value, conversion, budget));
        }
        if (used < places.size() && !(values instanceof Map)) {
            throw new TemplateException("'%s' has fewer places than values".formatted(format));
        }
        return budget.made(text.append(format, at, format.length()).toString());
    }

    private static int number(@Nullable String digits, int otherwise) {
        if (digits == null || digits.isEmpty()) {
            return otherwise;
        }
        int number = digits.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(digits);
        if (number > WIDEST) {
            throw new TemplateException(
                    "a format asks for %s characters; expected %d at most".formatted(digits, WIDEST));
        }
        return number;
    }

    /** {@code format.format(values)}. */
    static String format(String format, Arguments arguments, Budget budget) {
        Matcher field = FIELD.matcher(format);
        StringBuilder text = new StringBuilder();
        int used = 0;
        int at = 0;
        while (field.find(at)) {
            text.append(format, at, field.start());
            at = field.end();
            @Nullable String inside = field.group(1);
            if (inside != null) {
                int colon = inside.indexOf(':');
                String name = colon < 0 ? inside : inside.substring(0, colon);
                String specification = colon < 0 ? "" : inside.substring(colon + 1);
                boolean numbered = name.isEmpty() || ".[!".indexOf(name.charAt(0)) >= 0;
                Object value = field(numbered ? used++ + name : name, arguments, budget);
                text.append(formatted(value, specification, budget));
            } else if (field.group().length() == 2) {
                text.append(field.group().charAt(0));
            } else {
                throw new TemplateException("'%s' has a brace without its other half".formatted(format));
            }
        }
        return budget.made(text.append(format, at, format.length()).toString());
    }

    private static Object field(String name, Arguments arguments, Budget budget) {
        String path = name;
        boolean representation = path.endsWith("!r");
        if (representation || path.endsWith("!s")) {
            path = path.substring(0, path.length() - 2);
        }
        String[] parts = path.split("\\.|\\[|]\\.?", -1);
        Object value = parts[0].chars().allMatch(Character::isDigit)
                ? Access.item(arguments.positional(), Long.valueOf(parts[0]), budget)
                : Python.orUndefined(arguments.named().get(parts[0]), parts[0]);
        for (int i = 1; i < parts.length; i++) {
            if (!parts[i].isEmpty()) {
                Object key = parts[i].chars().allMatch(Character::isDigit) ? Long.valueOf(parts[i]) : parts[i];
                value = Access.item(value, key, budget);
            }
        }
        if (value instanceof Undefined undefined) {
            throw undefined.error();
        }
        return representation ? Text.representation(value, budget) : value;
    }

    private static String formatted(Object value, String specification, Budget budget) {
        Matcher parts = SPECIFICATION.matcher(specification);
        if (!parts.matches()) {
            throw new TemplateException("'%s' is no format of a value".formatted(specification));
        }
        boolean isNumber = Python.isNumber(value) && !(value instanceof Boolean);
        boolean zero = parts.group(4) != null;
        String align = parts.group(2) != null ? parts.group(2) : zero ? "=" : isNumber ? ">" : "<";
        String fill = parts.group(1) != null ? parts.group(1) : zero ? "0" : " ";
        Field field = new Field(
                align,
                fill,
                parts.group(3) == null ? "" : parts.group(3),
                number(parts.group(5), 0),
                number(parts.group(7), -1),
                parts.group(6) == null ? "" : parts.group(6));
        String conversion =
                parts.group(8) == null ? isNumber && field.precision() < 0 ? "" : isNumber ? "g" : "s" : parts.group(8);
        if (conversion.equals("%")) {
            return field.pad(field.number(
                            Operators.exact(value)
                                    .multiply(BigDecimal.valueOf(100))
                                    .doubleValue(),
                            "f") + "%");
        }
        return conversion.isEmpty()
                ? field.pad(value instanceof Long ? field.number(value, "d") : Text.of(value, budget))
                : field.percent(value, conversion, budget);
    }

    /**
     * How a value is written.
     *
     * @param align {@code <}, {@code >}, {@code ^}, or {@code =} for behind the sign
     * @param fill what fills up the width
     * @param sign what stands before positive numbers
     * @param width characters at least
     * @param precision digits, or characters at most; -1 for as many as there are
     * @param grouping what stands between thousands
     */
    private record Field(String align, String fill, String sign, int width, int precision, String grouping) {

        String percent(Object value, String conversion, Budget budget) {
            return switch (conversion) {
                case "s", "r", "a" -> {
                    String text = conversion.equals("s") ? Text.of(value, budget) : Text.representation(value, budget);
                    boolean cut = precision >= 0 && precision < text.codePointCount(0, text.length());
                    yield pad(cut ? text.substring(0, text.offsetByCodePoints(0, precision)) : text);
                }
                case "c" ->
                    pad(value instanceof Long point ? Character.toString(point.intValue()) : Text.of(value, budget));
                default -> {
                    if (!Python.isNumber(value)) {
                        throw new TemplateException("'%%%s' expects a number, found a value of type %s"
                                .formatted(conversion, Python.type(value)));
                    }
                    yield pad(number(value, conversion));
                }
            };
        }

        String number(Object value, String conversion) {
            if (conversion.equals("G")) {
                return number(value, "g").toUpperCase(Locale.ROOT);
            }
            String digits = switch (conversion) {
                case "d", "i", "u" ->
                    Operators.exact(value).setScale(0, RoundingMode.DOWN).toPlainString();
                case "x" -> Long.toHexString(Operators.toLong(value));
                case "X" -> Long.toHexString(Operators.toLong(value)).toUpperCase(Locale.ROOT);
                case "o" -> Long.toOctalString(Operators.toLong(value));
                case "b" -> Long.toBinaryString(Operators.toLong(value));
                case "f", "F" ->
                    Operators.exact(value)
                            .setScale(decimals(), RoundingMode.HALF_EVEN)
                            .toPlainString();
                case "e", "E" -> String.format(Locale.ROOT, "%." + decimals() + conversion, Operators.exact(value));
                case "g" -> general(value);
                default -> throw new TemplateException("'%%%s' is no format of values".formatted(conversion));
            };
            String grouped = grouping.isEmpty() ? digits : grouped(digits);
            return grouped.startsWith("-") ? grouped : ("-".equals(sign) ? "" : sign) + grouped;
        }

        private int decimals() {
            return precision < 0 ? 6 : precision;
        }

        private String general(Object value) {
            int significant = precision == 0 ? 1 : decimals();
            BigDecimal rounded =
                    Operators.exact(value).round(new java.math.MathContext(significant, RoundingMode.HALF_EVEN));
            int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
            BigDecimal stripped = rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
            if (exponent >= -4 && exponent < significant) {
                return stripped.toPlainString();
            }
            return String.format(Locale.ROOT, "%." + (stripped.precision() - 1) + "e", stripped);
        }

        private String grouped(String digits) {
            int end = digits.indexOf('.') < 0 ? digits.length() : digits.indexOf('.');
            int start = digits.startsWith("-") ? 1 : 0;
            StringBuilder grouped = new StringBuilder(digits);
            for (int i = end - 3; i > start; i -= 3) {
                grouped.insert(i, grouping);
            }
            return grouped.toString();
        }

        String pad(String text) {
            int missing = Math.max(0, width - text.codePointCount(0, text.length()));
            return switch (align) {
                case "<" -> text + (fill.equals("0") ? " " : fill).repeat(missing);
                case "^" -> fill.repeat(missing / 2) + text + fill.repeat(missing - missing / 2);
                case "=" -> {
                    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
                    yield text.substring(0, sign) + fill.repeat(missing) + text.substring(sign);
                }
                default -> fill.repeat(missing) + text;
            };
        }
    }
}
