package dev.hydra.text.jinja;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.FlexibleTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.tree.parse.TagToken;
import java.io.Serial;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Jinja's tags, in place of jinjava's own. */
final class Tags {
    /** Stands for the text of a block where filters follow; no template can write this name. */
    private static final String BLOCK = " block";

    private Tags() {}

    static void register(Jinjava library) {
        library.registerTag(new If());
        library.registerTag(new Elif());
        library.registerTag(new Else());
        library.registerTag(new For());
        library.registerTag(new Set());
        library.registerTag(new MacroTag());
        library.registerTag(new CallTag());
        library.registerTag(new FilterTag());
        library.registerTag(new With());
        library.registerTag(new Plain("generation")); // marks the assistant's words for training
        library.registerTag(new Plain("block")); // nothing extends a chat template
        library.registerTag(new Jumping("break", Rendering.Jump.BREAK));
        library.registerTag(new Jumping("continue", Rendering.Jump.CONTINUE));
    }

    /** Children up to the {@code else} of the same tag. */
    private static List<Node> beforeElse(TagNode node) {
        int end = indexOfElse(node);
        return end < 0 ? node.getChildren() : node.getChildren().subList(0, end);
    }

    private static List<Node> behindElse(TagNode node) {
        int end = indexOfElse(node);
        return end < 0
                ? List.of()
                : node.getChildren().subList(end + 1, node.getChildren().size());
    }

    private static int indexOfElse(TagNode node) {
        int index = 0;
        for (Node child : node.getChildren()) {
            if (child instanceof TagNode tag && tag.getTag() instanceof Else) {
                return index;
            }
            index++;
        }
        return -1;
    }

    private static Expression filters(Parser parser) {
        Expression text = rendering -> rendering.scope().get(BLOCK);
        do {
            text = parser.filter(text);
        } while (parser.skip("|"));
        return text;
    }

    private static Object filtered(Rendering rendering, String block, Expression filters) {
        Scope scope = new Scope(rendering.scope());
        scope.set(BLOCK, block);
        return rendering.within(scope, () -> filters.evaluate(rendering));
    }

    private static String inner(Rendering rendering, List<Node> nodes) {
        return rendering.within(new Scope(rendering.scope()), () -> rendering.body(nodes));
    }

    /**
     * A tag that is read once and rendered often.
     *
     * @param <H> what is read of what stands behind its name
     */
    abstract static class Ours<H> implements Tag {
        @Serial
        private static final long serialVersionUID = 1;

        private final String name;

        Ours(String name) {
            this.name = name;
        }

        @Override
        public String getName() {
            return name;
        }

        /** Reads what stands behind the tag's name. */
        abstract H header(Parser parser);

        abstract String render(H header, TagNode node, Rendering rendering);

        @Override
        @SuppressWarnings("unchecked") // Syntax keeps for a node what its own tag read
        public String interpret(TagNode node, JinjavaInterpreter interpreter) {
            Rendering rendering = (Rendering) interpreter;
            return render((H) rendering.header(node), node, rendering);
        }
    }

    private static final class If extends Ours<Expression> {
        @Serial
        private static final long serialVersionUID = 1;

        If() {
            super("if");
        }

        @Override
        Expression header(Parser parser) {
            return parser.tuple();
        }

        @Override
        String render(Expression condition, TagNode node, Rendering rendering) {
            boolean taken = Python.isTrue(condition.evaluate(rendering));
            List<Node> branch = new ArrayList<>();
            for (Node child : node.getChildren()) {
                if (child instanceof TagNode tag && (tag.getTag() instanceof Elif || tag.getTag() instanceof Else)) {
                    if (taken) {
                        break;
                    }
                    taken = tag.getTag() instanceof Else
                            || Python.isTrue(((Expression) rendering.header(tag)).evaluate(rendering));
                } else if (taken) {
                    branch.add(child);
                }
            }
            return rendering.body(branch);
        }
    }

    private static final class Elif extends Ours<Expression> {
        @Serial
        private static final long serialVersionUID = 1;

        Elif() {
            super("elif");
        }

        @Override
        public @Nullable String getEndTagName() {
            return null;
        }

        @Override
        Expression header(Parser parser) {
            return parser.tuple();
        }

        @Override
        String render(Expression condition, TagNode node, Rendering rendering) {
            throw new TemplateException("elif stands outside of an if");
        }
    }

    private static final class Else extends Ours<String> {
        @Serial
        private static final long serialVersionUID = 1;

        Else() {
            super("else");
        }

        @Override
        public @Nullable String getEndTagName() {
            return null;
        }

        @Override
        String header(Parser parser) {
            return "";
        }

        @Override
        String render(String none, TagNode node, Rendering rendering) {
            throw new TemplateException("else stands outside of an if and of a for");
        }
    }

    private record ForHeader(
            Target target, Expression iterable, @Nullable Expression condition) {}

    private static final class For extends Ours<ForHeader> {
        @Serial
        private static final long serialVersionUID = 1;

        For() {
            super("for");
        }

        @Override
        ForHeader header(Parser parser) {
            Target target = parser.target();
            parser.expect("in");
            Expression iterable = parser.tupleWithoutCondition();
            Expression condition = parser.skip("if") ? parser.expression() : null;
            parser.skip("recursive");
            return new ForHeader(target, iterable, condition);
        }

        @Override
        String render(ForHeader header, TagNode node, Rendering rendering) {
            return loop(header, node, rendering.scope(), 1)
                    .call(rendering, Arguments.of(header.iterable().evaluate(rendering)))
                    .toString();
        }

        private Callable loop(ForHeader header, TagNode node, Scope scope, long depth) {
            return (rendering, arguments) -> rendering.within(scope, () -> {
                Object iterable = arguments.bind("loop", "iterable").required("iterable");
                LoopElements elements = new LoopElements(
                        Python.elements(iterable, rendering.budget()),
                        element -> passes(header, element, scope, rendering));
                if (!elements.has(0)) {
                    return inner(rendering, behindElse(node));
                }
                Loop loop = new Loop(elements, depth, loop(header, node, scope, depth + 1));
                return rounds(header, beforeElse(node), new Rounds(loop, elements), rendering);
            });
        }

        private static boolean passes(ForHeader header, Object element, Scope scope, Rendering rendering) {
            Expression condition = header.condition();
            return condition == null
                    || rendering.within(new Scope(scope), () -> {
                        header.target().assign(rendering, element);
                        return Python.isTrue(condition.evaluate(rendering));
                    });
        }

        private static String rounds(ForHeader header, List<Node> body, Rounds rounds, Rendering rendering) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; rounds.elements().has(i); i++) {
                Object element = rounds.elements().get(i);
                rounds.loop().at(i);
                text.append(rendering.within(new Scope(rendering.scope()), () -> {
                    rendering.scope().set("loop", rounds.loop());
                    header.target().assign(rendering, element);
                    return rendering.body(body);
                }));
                if (rendering.landed() == Rendering.Jump.BREAK) {
                    break;
                }
            }
            return text.toString();
        }

        private record Rounds(Loop loop, LoopElements elements) {}
    }

    /** Without a value it is a block, whose text is the value, perhaps through filters. */
    private record SetHeader(
            Target target,
            @Nullable Expression value,
            @Nullable Expression filters) {}

    private static final class Set extends Ours<SetHeader> implements FlexibleTag {
        @Serial
        private static final long serialVersionUID = 1;

        Set() {
            super("set");
        }

        @Override
        public boolean hasEndTag(TagToken token) {
            Parser parser = new Parser(token.getHelpers());
            parser.target();
            return !parser.sees("=");
        }

        @Override
        SetHeader header(Parser parser) {
            Target target = parser.target();
            if (parser.skip("=")) {
                return new SetHeader(target, parser.tuple(), null);
            }
            return new SetHeader(target, null, parser.skip("|") ? filters(parser) : null);
        }

        @Override
        String render(SetHeader header, TagNode node, Rendering rendering) {
            Expression expression = header.value();
            Expression filters = header.filters();
            Object value;
            if (expression != null) {
                value = expression.evaluate(rendering);
            } else {
                String block = inner(rendering, node.getChildren());
                value = filters == null ? block : filtered(rendering, block, filters);
            }
            header.target().assign(rendering, value);
            return "";
        }
    }

    private static final class MacroTag extends Ours<Macro.Signature> {
        @Serial
        private static final long serialVersionUID = 1;

        MacroTag() {
            super("macro");
        }

        @Override
        Macro.Signature header(Parser parser) {
            return parser.signature(parser.name());
        }

        @Override
        String render(Macro.Signature signature, TagNode node, Rendering rendering) {
            Scope scope = rendering.scope();
            scope.set(signature.name(), new Macro(signature, node.getChildren(), scope));
            return "";
        }
    }

    private record CallHeader(Macro.Signature caller, Parser.Invocation invocation) {}

    private static final class CallTag extends Ours<CallHeader> {
        @Serial
        private static final long serialVersionUID = 1;

        CallTag() {
            super("call");
        }

        @Override
        CallHeader header(Parser parser) {
            Macro.Signature caller =
                    parser.sees("(") ? parser.signature("caller") : new Macro.Signature("caller", List.of(), Map.of());
            return new CallHeader(caller, parser.invocation());
        }

        @Override
        String render(CallHeader header, TagNode node, Rendering rendering) {
            Macro caller = new Macro(header.caller(), node.getChildren(), rendering.scope());
            return Text.of(header.invocation().call(rendering, caller), rendering.budget());
        }
    }

    private static final class FilterTag extends Ours<Expression> {
        @Serial
        private static final long serialVersionUID = 1;

        FilterTag() {
            super("filter");
        }

        @Override
        Expression header(Parser parser) {
            return filters(parser);
        }

        @Override
        String render(Expression filters, TagNode node, Rendering rendering) {
            return Text.of(filtered(rendering, inner(rendering, node.getChildren()), filters), rendering.budget());
        }
    }

    private record WithHeader(List<Target> targets, List<Expression> values) {}

    private static final class With extends Ours<WithHeader> {
        @Serial
        private static final long serialVersionUID = 1;

        With() {
            super("with");
        }

        @Override
        WithHeader header(Parser parser) {
            WithHeader header = new WithHeader(new ArrayList<>(), new ArrayList<>());
            while (!parser.atEnd()) {
                header.targets().add(Target.variable(parser.name()));
                parser.expect("=");
                header.values().add(parser.expression());
                if (!parser.atEnd()) {
                    parser.expect(",");
                }
            }
            return header;
        }

        @Override
        String render(WithHeader header, TagNode node, Rendering rendering) {
            List<Object> values = new ArrayList<>();
            header.values().forEach(value -> values.add(value.evaluate(rendering)));
            return rendering.within(new Scope(rendering.scope()), () -> {
                for (int i = 0; i < values.size(); i++) {
                    header.targets().get(i).assign(rendering, values.get(i));
                }
                return rendering.body(node.getChildren());
            });
        }
    }

    /** A block that is its text. */
    private static final class Plain extends Ours<String> {
        @Serial
        private static final long serialVersionUID = 1;

        Plain(String name) {
            super(name);
        }

        @Override
        String header(Parser parser) {
            while (!parser.atEnd()) {
                parser.name();
            }
            return "";
        }

        @Override
        String render(String none, TagNode node, Rendering rendering) {
            return inner(rendering, node.getChildren());
        }
    }

    private static final class Jumping extends Ours<String> {
        @Serial
        private static final long serialVersionUID = 1;

        private final Rendering.Jump jump;

        Jumping(String name, Rendering.Jump jump) {
            super(name);
            this.jump = jump;
        }

        @Override
        public @Nullable String getEndTagName() {
            return null;
        }

        @Override
        String header(Parser parser) {
            return "";
        }

        @Override
        String render(String none, TagNode node, Rendering rendering) {
            rendering.jump(jump);
            return "";
        }
    }
}
