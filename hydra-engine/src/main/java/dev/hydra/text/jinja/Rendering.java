package dev.hydra.text.jinja;

import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.InterpretException;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import java.time.Clock;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One rendering of a template: jinjava's interpreter, whose expressions and variables are Python's, and which ends at the first error.
 * Not safe for use by several threads.
 */
final class Rendering extends JinjavaInterpreter {
    private static final int LONGEST_IMAGE = 80;

    private final Syntax syntax;
    private final Budget budget;
    private final Clock clock;
    private Scope scope;
    private @Nullable Jump jump;

    Rendering(Jinjava library, Syntax syntax, Budget budget, Clock clock) {
        super(
                library,
                new Context(
                        library.getGlobalContext(),
                        null,
                        library.getGlobalConfig().getDisabled()),
                library.getGlobalConfig());
        this.syntax = syntax;
        this.budget = budget;
        this.clock = clock;
        this.scope = Functions.scope();
    }

    Budget budget() {
        return budget;
    }

    Clock clock() {
        return clock;
    }

    Scope scope() {
        return scope;
    }

    /** What has been read of a tag behind its name. */
    Object header(TagNode node) {
        return syntax.header(node);
    }

    /** Does something with another scope than the present one. */
    <T> T within(Scope other, Supplier<T> part) {
        Scope present = scope;
        scope = other;
        T result = part.get();
        scope = present;
        return result;
    }

    /** The text of some nodes, up to a {@code break} or {@code continue}. */
    String body(List<Node> nodes) {
        budget.enter();
        StringBuilder text = new StringBuilder();
        for (Node node : nodes) {
            String part = text(node);
            budget.characters(part.length());
            text.append(part);
            if (jump != null) {
                break;
            }
        }
        budget.leave();
        return text.toString();
    }

    private String text(Node node) {
        budget.step();
        try {
            return node.render(this).getValue();
        } catch (TemplateException e) {
            throw e.in(image(node));
        } catch (InterpretException e) {
            // jinjava wraps what a tag throws
            throw e.getCause() instanceof TemplateException cause
                    ? cause.in(image(node))
                    : new TemplateException(String.valueOf(e.getMessage()), e).in(image(node));
        }
    }

    /** A node as the template has it. */
    static String image(Node node) {
        String image = node.getMaster().getImage();
        return image.length() <= LONGEST_IMAGE ? image : image.substring(0, LONGEST_IMAGE) + "…";
    }

    /** Leaves the loop, or its present round. */
    void jump(Jump where) {
        jump = where;
    }

    /** What the last body ended with, once; null for its end. */
    @Nullable
    Jump landed() {
        Jump landed = jump;
        jump = null;
        return landed;
    }

    @Override
    public Object resolveELExpression(String expression, int lineNumber) {
        setLineNumber(lineNumber);
        return syntax.expression(expression).evaluate(this);
    }

    @Override
    public String getAsString(Object value) {
        return Text.of(value, budget);
    }

    @Override
    public void addError(TemplateError error) {
        throw new TemplateException(
                error.getReason() == TemplateError.ErrorReason.DISABLED
                        ? "a chat template has no '%s'".formatted(error.getFieldName())
                        : String.valueOf(error.getMessage()),
                error.getException());
    }

    /** The ways out of a loop's body. */
    enum Jump {
        BREAK,
        CONTINUE
    }
}
