package dev.hydra.text.jinja;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Values as text, as Python's {@code str} and {@code repr} write them. */
final class Text {
    private static final int SIGNIFICANT_DIGITS = 17;

    private Text() {}

    /** What printing a value gives. */
    static String of(Object value, Budget budget) {
        if (value instanceof String text) {
            return text;
        }
        if (value instanceof Undefined) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        represent(value, text, budget);
        return text.toString();
    }

    /** What Python's {@code repr} writes. */
    static String representation(Object value, Budget budget) {
        StringBuilder text = new StringBuilder();
        represent(value, text, budget);
        return text.toString();
    }

    private static void represent(Object value, StringBuilder to, Budget budget) {
        budget.enter();
        int before = to.length();
        if (value instanceof String text) {
            budget.characters(text.length());
            quote(text, to);
        } else if (value instanceof Double number) {
            to.append(ofFloat(number));
        } else if (value instanceof Boolean flag) {
            to.append(flag ? "True" : "False");
        } else if (value instanceof Long) {
            to.append(value);
        } else if (value == None.NONE) {
            to.append("None");
        } else if (value instanceof Undefined) {
            to.append("Undefined");
        } else if (value instanceof List<?> list) {
            items(list, to.append('['), budget);
            to.append(']');
        } else if (value instanceof Tuple tuple) {
            items(tuple.items(), to.append('('), budget);
            to.append(tuple.items().size() == 1 ? ",)" : ")");
        } else if (value instanceof Map<?, ?> map) {
            String comma = "";
            to.append('{');
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                represent(entry.getKey(), to.append(comma), budget);
                represent(entry.getValue(), to.append(": "), budget);
                comma = ", ";
            }
            to.append('}');
        } else {
            to.append('<').append(Python.type(value)).append('>');
        }
        if (!Python.isIterable(value)) {
            budget.characters(to.length() - before);
        }
        budget.leave();
    }

    private static void items(List<?> items, StringBuilder to, Budget budget) {
        String comma = "";
        for (Object item : items) {
            represent(item, to.append(comma), budget);
            comma = ", ";
        }
    }

    /** The shortest decimal that gives the number back, as Python's {@code repr} writes it. */
    static String ofFloat(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        String scientific = "";
        for (int digits = 0; digits < SIGNIFICANT_DIGITS; digits++) {
            scientific = String.format(Locale.ROOT, "%." + digits + "e", new BigDecimal(number));
            if (Double.parseDouble(scientific) == number) {
                break;
            }
        }
        int exponent = Integer.parseInt(scientific.substring(scientific.indexOf('e') + 1));
        if (exponent >= -4 && exponent < 16) {
            String plain = new BigDecimal(scientific).toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        return scientific;
    }

    private static void quote(String text, StringBuilder to) {
        char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
        to.append(quote);
        text.codePoints().forEach(point -> {
            switch (point) {
                case '\n' -> to.append("\\n");
                case '\r' -> to.append("\\r");
                case '\t' -> to.append("\\t");
                case '\\' -> to.append("\\\\");
                default -> {
                    if (point == quote) {
                        to.append('\\').append(quote);
                    } else if (isPrintable(point)) {
                        to.appendCodePoint(point);
                    } else {
                        to.append(String.format(
                                Locale.ROOT,
                                point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x",
                                point));
                    }
                }
            }
        });
        to.append(quote);
    }

    private static boolean isPrintable(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> false;
            case Character.SPACE_SEPARATOR -> point == ' ';
            default -> true;
        };
    }
}
