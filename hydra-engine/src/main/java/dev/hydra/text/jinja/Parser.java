package dev.hydra.text.jinja;

import dev.hydra.text.jinja.Lexer.Kind;
import dev.hydra.text.jinja.Lexer.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads expressions, from the loosest binding to the tightest: if, or, and, not, comparisons, + and -, ~, * and /, **, signs, and what
 * stands behind a value: attributes, indices, calls, filters and tests.
 */
final class Parser {
    private static final int DEPTH = 100;
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> NO_ARGUMENT = Set.of("else", "or", "and", "if", "in", "not", "is", "recursive");

    private final List<Token> tokens;
    private int at;
    private int depth;

    Parser(String text) {
        this.tokens = Lexer.tokens(text);
    }

    /**
     * The expression that a text is.
     *
     * @throws TemplateException if it is none, or more than one
     */
    static Expression parse(String text) {
        Parser parser = new Parser(text);
        Expression expression = parser.tuple();
        parser.end();
        return expression;
    }

    /** Demands that nothing is left. */
    void end() {
        if (peek().kind() != Kind.END) {
            throw unexpected("an operator or the end");
        }
    }

    boolean atEnd() {
        return peek().kind() == Kind.END;
    }

    /** Takes a word or an operator if it is the next one. */
    boolean skip(String word) {
        if (peek().is(word)) {
            at++;
            return true;
        }
        return false;
    }

    boolean sees(String word) {
        return peek().is(word);
    }

    void expect(String word) {
        if (!skip(word)) {
            throw unexpected("'" + word + "'");
        }
    }

    String name() {
        if (peek().kind() != Kind.NAME) {
            throw unexpected("a name");
        }
        return next().text();
    }

    /** One expression, or several with commas between them, which are a tuple. */
    Expression tuple() {
        return tuple(this::expression);
    }

    /** The same without {@code if} at the top, which belongs to the tag. */
    Expression tupleWithoutCondition() {
        return tuple(this::or);
    }

    private Expression tuple(Supplier<Expression> element) {
        Expression first = element.get();
        if (!sees(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (skip(",")) {
            if (atEnd() || sees(")") || sees("]") || sees("=")) {
                break;
            }
            items.add(element.get());
        }
        return rendering -> Tuple.of(all(items, rendering));
    }

    Expression expression() {
        if (++depth > DEPTH) {
            throw new TemplateException("an expression nests more than %d levels deep".formatted(DEPTH));
        }
        Expression value = or();
        while (skip("if")) {
            Expression yes = value;
            Expression condition = or();
            Expression no = skip("else")
                    ? expression()
                    : rendering -> new Undefined("the value of an if without else, whose condition is false,");
            value = rendering ->
                    Python.isTrue(condition.evaluate(rendering)) ? yes.evaluate(rendering) : no.evaluate(rendering);
        }
        depth--;
        return value;
    }

    private Expression or() {
        Expression left = and();
        while (skip("or")) {
            Expression first = left;
            Expression second = and();
            left = rendering -> {
                Object value = first.evaluate(rendering);
                return Python.isTrue(value) ? value : second.evaluate(rendering);
            };
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (skip("and")) {
            Expression first = left;
            Expression second = not();
            left = rendering -> {
                Object value = first.evaluate(rendering);
                return Python.isTrue(value) ? second.evaluate(rendering) : value;
            };
        }
        return left;
    }

    private Expression not() {
        int nots = 0;
        while (skip("not")) {
            nots++;
        }
        Expression value = comparison();
        if (nots == 0) {
            return value;
        }
        boolean negated = nots % 2 == 1;
        return rendering -> Python.isTrue(value.evaluate(rendering)) != negated;
    }

    private Expression comparison() {
        Expression left = sum();
        List<String> operators = new ArrayList<>();
        List<Expression> operands = new ArrayList<>(List.of(left));
        while (true) {
            if (COMPARISONS.contains(peek().text()) && peek().kind() == Kind.OPERATOR || sees("in")) {
                operators.add(next().text());
            } else if (sees("not") && tokens.get(at + 1).is("in")) {
                at += 2;
                operators.add("not in");
            } else {
                break;
            }
            operands.add(sum());
        }
        return operators.isEmpty() ? left : chain(operators, operands);
    }

    /** {@code a < b < c}, as in Python: every neighbours', and the first that fails ends it. */
    private static Expression chain(List<String> operators, List<Expression> operands) {
        return rendering -> {
            Object left = operands.get(0).evaluate(rendering);
            for (int i = 0; i < operators.size(); i++) {
                Object right = operands.get(i + 1).evaluate(rendering);
                if (!Operators.compare(operators.get(i), left, right, rendering.budget())) {
                    return false;
                }
                left = right;
            }
            return true;
        };
    }

    private Expression sum() {
        Expression left = concatenation();
        while (sees("+") || sees("-")) {
            left = binary(next().text(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        Expression left = product();
        if (!sees("~")) {
            return left;
        }
        List<Expression> parts = new ArrayList<>(List.of(left));
        while (skip("~")) {
            parts.add(product());
        }
        return rendering -> {
            StringBuilder joined = new StringBuilder();
            for (Expression part : parts) {
                String text = Text.of(part.evaluate(rendering), rendering.budget());
                rendering.budget().characters(text.length());
                joined.append(text);
            }
            return joined.toString();
        };
    }

    private Expression product() {
        Expression left = power();
        while (sees("*") || sees("/") || sees("//") || sees("%")) {
            left = binary(next().text(), left, power());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary();
        while (sees("**")) {
            left = binary(next().text(), left, unary());
        }
        return left;
    }

    private static Expression binary(String operator, Expression left, Expression right) {
        return rendering -> {
            rendering.budget().step();
            return Operators.binary(operator, left.evaluate(rendering), right.evaluate(rendering), rendering.budget());
        };
    }

    private Expression unary() {
        return filtersAndTests(postfix(sign()));
    }

    private Expression sign() {
        if (!sees("-") && !sees("+")) {
            return primary();
        }
        int minuses = 0;
        while (sees("-") || sees("+")) {
            minuses += next().text().equals("-") ? 1 : 0;
        }
        Expression value = postfix(primary());
        int sign = minuses % 2 == 0 ? 1 : -1;
        return rendering -> Operators.signed(sign, value.evaluate(rendering));
    }

    private Expression primary() {
        return switch (peek().kind()) {
            case NAME -> name(next().text());
            case STRING -> string(next());
            case INTEGER -> constant(integer(next().text()));
            case FLOAT -> constant(Double.valueOf(next().text()));
            case OPERATOR -> bracketed();
            case END -> throw unexpected("a value");
        };
    }

    private static Expression constant(Object value) {
        return rendering -> value;
    }

    private static Expression name(String name) {
        return switch (name) {
            case "true", "True" -> constant(true);
            case "false", "False" -> constant(false);
            case "none", "None" -> constant(None.NONE);
            default -> rendering -> rendering.scope().get(name);
        };
    }

    private Expression string(Token first) {
        StringBuilder text = new StringBuilder(first.text());
        while (peek().kind() == Kind.STRING) {
            text.append(next().text());
        }
        return constant(text.toString());
    }

    private Object integer(String digits) {
        try {
            if (digits.length() > 2 && Character.isLetter(digits.charAt(1))) {
                int radix = switch (Character.toLowerCase(digits.charAt(1))) {
                    case 'x' -> 16;
                    case 'o' -> 8;
                    default -> 2;
                };
                return Long.parseLong(digits, 2, digits.length(), radix);
            }
            return Long.valueOf(digits);
        } catch (NumberFormatException e) {
            throw new TemplateException("%s is too large; expected a number of 64 bits".formatted(digits), e);
        }
    }

    private Expression bracketed() {
        if (skip("(")) {
            if (skip(")")) {
                return constant(Tuple.of());
            }
            Expression inner = nested(this::tuple);
            expect(")");
            return inner;
        }
        if (skip("[")) {
            List<Expression> items = nested(() -> list("]"));
            return rendering -> all(items, rendering);
        }
        if (skip("{")) {
            return nested(this::dictionary);
        }
        throw unexpected("a value");
    }

    private <T> T nested(Supplier<T> inner) {
        if (++depth > DEPTH) {
            throw new TemplateException("an expression nests more than %d levels deep".formatted(DEPTH));
        }
        T value = inner.get();
        depth--;
        return value;
    }

    private List<Expression> list(String close) {
        List<Expression> items = new ArrayList<>();
        while (!skip(close)) {
            items.add(expression());
            if (!sees(close)) {
                expect(",");
            }
        }
        return items;
    }

    private Expression dictionary() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!skip("}")) {
            keys.add(expression());
            expect(":");
            values.add(expression());
            if (!sees("}")) {
                expect(",");
            }
        }
        return rendering -> {
            Map<Object, Object> map = new LinkedHashMap<>();
            for (int i = 0; i < keys.size(); i++) {
                rendering.budget().step();
                map.put(
                        Python.key(keys.get(i).evaluate(rendering)),
                        values.get(i).evaluate(rendering));
            }
            return map;
        };
    }

    private static List<Object> all(List<Expression> expressions, Rendering rendering) {
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            rendering.budget().step();
            values.add(expression.evaluate(rendering));
        }
        return values;
    }

    private Expression postfix(Expression value) {
        Expression result = value;
        while (true) {
            if (skip(".")) {
                result = dot(result);
            } else if (skip("[")) {
                result = subscript(result);
            } else if (sees("(")) {
                result = called(result, arguments());
            } else {
                return result;
            }
        }
    }

    private Expression dot(Expression base) {
        if (peek().kind() == Kind.INTEGER) {
            Object index = integer(next().text());
            return rendering -> Access.item(base.evaluate(rendering), index, rendering.budget());
        }
        String name = name();
        return rendering -> {
            rendering.budget().step();
            return Access.attribute(base.evaluate(rendering), name);
        };
    }

    private Expression subscript(Expression base) {
        return nested(() -> {
            Expression from = sees(":") ? constant(None.NONE) : expression();
            if (!sees(":")) {
                if (sees(",")) {
                    throw unexpected("']'");
                }
                expect("]");
                return rendering -> {
                    rendering.budget().step();
                    return Access.item(base.evaluate(rendering), from.evaluate(rendering), rendering.budget());
                };
            }
            expect(":");
            Expression to = sees(":") || sees("]") ? constant(None.NONE) : expression();
            Expression step = skip(":") && !sees("]") ? expression() : constant(None.NONE);
            expect("]");
            return rendering -> Access.slice(
                    base.evaluate(rendering),
                    new Access.Slice(from.evaluate(rendering), to.evaluate(rendering), step.evaluate(rendering)),
                    rendering.budget());
        });
    }

    private static Expression called(Expression callee, Call call) {
        return rendering -> call(callee.evaluate(rendering), call.evaluate(rendering), rendering);
    }

    private static Object call(Object target, Arguments arguments, Rendering rendering) {
        if (target instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (!(target instanceof Callable callable)) {
            throw new TemplateException("a value of type %s can't be called".formatted(Python.type(target)));
        }
        rendering.budget().enter();
        Object result = callable.call(rendering, arguments);
        rendering.budget().leave();
        return result;
    }

    /** What stands between the parentheses of a call. */
    Call arguments() {
        expect("(");
        return nested(() -> {
            Call call = new Call(new ArrayList<>(), new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>());
            while (!skip(")")) {
                if (skip("**")) {
                    call.spreadNamed().add(expression());
                } else if (skip("*")) {
                    call.spread().add(expression());
                } else if (peek().kind() == Kind.NAME && tokens.get(at + 1).is("=")) {
                    String name = next().text();
                    next();
                    if (call.named().put(name, expression()) != null) {
                        throw new TemplateException("the argument '%s' is given twice".formatted(name));
                    }
                } else if (!call.named().isEmpty()) {
                    throw unexpected("an argument with its name, as those before it");
                } else {
                    call.positional().add(expression());
                }
                if (!sees(")")) {
                    expect(",");
                }
            }
            return call;
        });
    }

    /** What a value is given to: names and attributes of namespaces, with commas between them if there are several. */
    Target target() {
        Target first = oneTarget();
        if (!sees(",")) {
            return first;
        }
        List<Target> targets = new ArrayList<>(List.of(first));
        while (skip(",")) {
            if (peek().kind() != Kind.NAME && !sees("(")) {
                break;
            }
            targets.add(oneTarget());
        }
        return Target.several(targets);
    }

    private Target oneTarget() {
        if (skip("(")) {
            Target inner = nested(this::target);
            expect(")");
            return inner;
        }
        String name = name();
        return skip(".") ? Target.attribute(name, name()) : Target.variable(name);
    }

    /** The arguments of a macro of a name, in parentheses. */
    Macro.Signature signature(String macro) {
        expect("(");
        List<String> names = new ArrayList<>();
        Map<String, Expression> defaults = new LinkedHashMap<>();
        while (!skip(")")) {
            String name = name();
            names.add(name);
            if (skip("=")) {
                defaults.put(name, expression());
            } else if (!defaults.isEmpty()) {
                throw unexpected("a default for '" + name + "', as for the arguments before it");
            }
            if (!sees(")")) {
                expect(",");
            }
        }
        return new Macro.Signature(macro, names, defaults);
    }

    /** A call with nothing behind it. */
    Invocation invocation() {
        Expression callee = primary();
        while (true) {
            if (skip(".")) {
                callee = dot(callee);
            } else if (skip("[")) {
                callee = subscript(callee);
            } else {
                Call call = arguments();
                if (atEnd()) {
                    return new Invocation(callee, call);
                }
                callee = called(callee, call);
            }
        }
    }

    private Expression filtersAndTests(Expression value) {
        Expression result = value;
        while (true) {
            if (skip("|")) {
                result = filter(result);
            } else if (skip("is")) {
                result = test(result);
            } else if (sees("(")) {
                result = called(result, arguments());
            } else {
                return result;
            }
        }
    }

    /** The filter whose name comes next, on a value. */
    Expression filter(Expression value) {
        String name = name();
        @Nullable Call call = sees("(") ? arguments() : null;
        return rendering -> {
            rendering.budget().step();
            Object input = value.evaluate(rendering);
            Arguments arguments = call == null ? Arguments.NONE : call.evaluate(rendering);
            return Filters.named(name).apply(rendering, input, arguments);
        };
    }

    private Expression test(Expression value) {
        boolean negated = skip("not");
        String name = name();
        Call call = new Call(List.of(), Map.of(), List.of(), List.of());
        if (sees("(")) {
            call = arguments();
        } else if (startsValue()) {
            call = new Call(List.of(postfix(primary())), Map.of(), List.of(), List.of());
        }
        Call given = call;
        return rendering -> {
            rendering.budget().step();
            return Tests.named(name).holds(rendering, value.evaluate(rendering), given.evaluate(rendering)) != negated;
        };
    }

    private boolean startsValue() {
        return switch (peek().kind()) {
            case NAME -> !NO_ARGUMENT.contains(peek().text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> sees("[") || sees("{");
            case END -> false;
        };
    }

    private Token peek() {
        return tokens.get(at);
    }

    private Token next() {
        return tokens.get(at++);
    }

    private TemplateException unexpected(String expected) {
        String found = atEnd() ? "end" : "'" + peek().text() + "'";
        return new TemplateException("unexpected %s; expected %s".formatted(found, expected));
    }

    /** A call that waits for one more argument: the block that it stands before. */
    record Invocation(Expression callee, Call call) {

        Object call(Rendering rendering, Macro caller) {
            Arguments given = call.evaluate(rendering);
            Map<String, Object> named = new LinkedHashMap<>(given.named());
            named.put("caller", caller);
            return Parser.call(callee.evaluate(rendering), new Arguments(given.positional(), named), rendering);
        }
    }

    /** The arguments of a call, yet to be computed. */
    record Call(
            List<Expression> positional,
            Map<String, Expression> named,
            List<Expression> spread,
            List<Expression> spreadNamed) {

        Arguments evaluate(Rendering rendering) {
            List<Object> values = all(positional, rendering);
            for (Expression several : spread) {
                values.addAll(Python.elements(several.evaluate(rendering), rendering.budget()));
            }
            Map<String, Object> byName = new LinkedHashMap<>();
            named.forEach((name, value) -> byName.put(name, value.evaluate(rendering)));
            for (Expression several : spreadNamed) {
                if (!(several.evaluate(rendering) instanceof Map<?, ?> map)) {
                    throw new TemplateException("'**' stands before a value that is no dictionary");
                }
                map.forEach((name, value) -> byName.put(Python.string(name, "'**'"), value));
            }
            return new Arguments(values, byName);
        }
    }
}
