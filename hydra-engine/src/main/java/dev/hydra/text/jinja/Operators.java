package dev.hydra.text.jinja;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Python's operators. */
final class Operators {
    private Operators() {}

    /** Whether a comparison holds. */
    static boolean compare(String operator, Object left, Object right, Budget budget) {
        budget.step();
        return switch (operator) {
            case "==" -> equal(left, right, budget);
            case "!=" -> !equal(left, right, budget);
            case "<" -> order(left, right, budget) < 0;
            case "<=" -> order(left, right, budget) <= 0;
            case ">" -> order(left, right, budget) > 0;
            case ">=" -> order(left, right, budget) >= 0;
            case "in" -> contains(right, left, budget);
            case "not in" -> !contains(right, left, budget);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    static boolean equal(Object left, Object right, Budget budget) {
        if (left == right) {
            return true;
        }
        if (Python.isNumber(left) && Python.isNumber(right)) {
            return orderOfNumbers(left, right) == 0 && !isNaN(left) && !isNaN(right);
        }
        if (left instanceof String text) {
            budget.scan(text);
            return left.equals(right);
        }
        budget.enter();
        boolean equal;
        if (left instanceof List<?> a && right instanceof List<?> b) {
            equal = equalItems(a, b, budget);
        } else if (left instanceof Tuple a && right instanceof Tuple b) {
            equal = equalItems(a.items(), b.items(), budget);
        } else if (left instanceof Map<?, ?> a && right instanceof Map<?, ?> b) {
            equal = a.size() == b.size();
            for (Map.Entry<?, ?> entry : a.entrySet()) {
                Object other = b.get(entry.getKey());
                equal = equal && other != null && equal(entry.getValue(), other, budget);
            }
        } else {
            equal = left.equals(right);
        }
        budget.leave();
        return equal;
    }

    private static boolean equalItems(List<?> left, List<?> right, Budget budget) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(left.get(i), right.get(i), budget)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isNaN(Object number) {
        return number instanceof Double value && value.isNaN();
    }

    /** Less than, equal to or greater than 0, as the left is to the right. */
    static int order(Object left, Object right, Budget budget) {
        if (Python.isNumber(left) && Python.isNumber(right)) {
            return orderOfNumbers(left, right);
        }
        if (left instanceof String a && right instanceof String b) {
            budget.scan(a);
            return orderOfTexts(a, b);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return orderOfItems(a, b, budget);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return orderOfItems(a.items(), b.items(), budget);
        }
        throw unsupported("compared", left, right);
    }

    /** By code points, as Python does; Java's own order is by UTF-16 units. */
    private static int orderOfTexts(String left, String right) {
        int i = 0;
        while (i < left.length() && i < right.length()) {
            int a = left.codePointAt(i);
            int b = right.codePointAt(i);
            if (a != b) {
                return Integer.compare(a, b);
            }
            i += Character.charCount(a);
        }
        return Integer.compare(left.length(), right.length());
    }

    private static int orderOfItems(List<?> left, List<?> right, Budget budget) {
        budget.enter();
        int order = Integer.compare(left.size(), right.size());
        for (int i = 0; i < left.size() && i < right.size(); i++) {
            if (!equal(left.get(i), right.get(i), budget)) {
                order = order(left.get(i), right.get(i), budget);
                break;
            }
        }
        budget.leave();
        return order;
    }

    private static int orderOfNumbers(Object left, Object right) {
        if (left instanceof Double || right instanceof Double) {
            double a = toDouble(left);
            double b = toDouble(right);
            return a < b ? -1 : a > b ? 1 : a == b ? 0 : 1;
        }
        return Long.compare(toLong(left), toLong(right));
    }

    static boolean contains(Object container, Object value, Budget budget) {
        if (container instanceof String text) {
            String wanted = Python.string(value, "'in' a text");
            budget.scan(text, wanted);
            return text.contains(wanted);
        }
        if (container instanceof Map<?, ?> map) {
            return map.containsKey(Python.key(value));
        }
        for (Object element : Python.elements(container, budget)) {
            if (equal(element, value, budget)) {
                return true;
            }
        }
        return false;
    }

    /** The result of an operator of arithmetic. */
    static Object binary(String operator, Object left, Object right, Budget budget) {
        if (operator.equals("%") && left instanceof String format) {
            return Formatting.percent(format, right, budget);
        }
        if (Python.isNumber(left) && Python.isNumber(right)) {
            try {
                return left instanceof Double || right instanceof Double
                        ? floats(operator, toDouble(left), toDouble(right))
                        : integers(operator, toLong(left), toLong(right));
            } catch (ArithmeticException e) {
                throw new TemplateException(
                        "%s %s %s can't be computed: %s".formatted(left, operator, right, e.getMessage()), e);
            }
        }
        if (operator.equals("+")) {
            return joined(left, right, budget);
        }
        if (operator.equals("*") && left instanceof Long times) {
            return repeated(right, times, budget);
        }
        if (operator.equals("*") && right instanceof Long times) {
            return repeated(left, times, budget);
        }
        throw unsupported("put together by " + operator, left, right);
    }

    private static Object joined(Object left, Object right, Budget budget) {
        if (left instanceof String a && right instanceof String b) {
            budget.characters((long) a.length() + b.length());
            return a + b;
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return joined(a, b, budget);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return Tuple.of(joined(a.items(), b.items(), budget));
        }
        throw unsupported("put together by +", left, right);
    }

    private static List<Object> joined(List<?> left, List<?> right, Budget budget) {
        budget.steps((long) left.size() + right.size());
        List<Object> joined = new ArrayList<>(left);
        joined.addAll(right);
        return joined;
    }

    private static Object repeated(Object value, long times, Budget budget) {
        int count = (int) Math.max(0, Math.min(Integer.MAX_VALUE, times));
        if (value instanceof String text) {
            budget.characters((long) text.length() * count);
            return text.repeat(count);
        }
        if (value instanceof List<?> || value instanceof Tuple) {
            List<Object> items = Python.elements(value, budget);
            budget.steps((long) items.size() * count);
            List<Object> repeated = new ArrayList<>();
            for (int i = 0; i < count && !items.isEmpty(); i++) {
                repeated.addAll(items);
            }
            return value instanceof Tuple ? Tuple.of(repeated) : repeated;
        }
        throw unsupported("put together by *", value, times);
    }

    private static Object integers(String operator, long left, long right) {
        return switch (operator) {
            case "+" -> Math.addExact(left, right);
            case "-" -> Math.subtractExact(left, right);
            case "*" -> Math.multiplyExact(left, right);
            case "/" -> {
                requireNotZero((double) right);
                yield (double) left / (double) right;
            }
            case "//" -> Math.floorDiv(left, right);
            case "%" -> Math.floorMod(left, right);
            case "**" -> right < 0 ? (Object) Math.pow((double) left, (double) right) : power(left, right);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private static long power(long base, long exponent) {
        if (base == 0 || base == 1 || base == -1) {
            return exponent == 0 ? 1 : base == -1 && exponent % 2 == 0 ? 1 : base;
        }
        long power = 1;
        for (long i = 0; i < exponent; i++) {
            power = Math.multiplyExact(power, base); // overflows after 63 rounds at most
        }
        return power;
    }

    private static Object floats(String operator, double left, double right) {
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> {
                requireNotZero(right);
                yield left / right;
            }
            case "//" -> {
                requireNotZero(right);
                yield Math.floor(left / right);
            }
            case "%" -> {
                requireNotZero(right);
                double rest = left % right;
                yield rest != 0 && rest < 0 != right < 0 ? rest + right : rest;
            }
            case "**" -> Math.pow(left, right);
            default -> throw new IllegalArgumentException(operator);
        };
    }

    private static void requireNotZero(double divisor) {
        if (divisor == 0) {
            throw new ArithmeticException("division by zero");
        }
    }

    /** A number with a sign in front. */
    static Object signed(int sign, Object value) {
        if (value instanceof Double number) {
            return sign * number;
        }
        if (Python.isNumber(value)) {
            return sign * toLong(value);
        }
        throw unsupported("given a sign", value, value);
    }

    static double toDouble(Object number) {
        return number instanceof Boolean flag ? flag ? 1 : 0 : ((Number) number).doubleValue();
    }

    static long toLong(Object number) {
        return number instanceof Boolean flag ? flag ? 1 : 0 : ((Number) number).longValue();
    }

    /** A number without rounding errors; booleans are 0 and 1. */
    static BigDecimal exact(Object number) {
        return number instanceof Double value ? new BigDecimal(value) : BigDecimal.valueOf(toLong(number));
    }

    private static TemplateException unsupported(String verb, Object left, Object right) {
        if (left instanceof Undefined undefined) {
            return undefined.error();
        }
        if (right instanceof Undefined undefined) {
            return undefined.error();
        }
        return new TemplateException(
                "values of type %s and %s can't be %s".formatted(Python.type(left), Python.type(right), verb));
    }
}
