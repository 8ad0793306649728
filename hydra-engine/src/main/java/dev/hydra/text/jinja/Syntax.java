package dev.hydra.text.jinja;

import com.hubspot.jinjava.tree.ExpressionNode;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.tree.parse.ExpressionToken;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/** All expressions and tags of a template, read once. Immutable after {@link #read}; threads may share it. */
final class Syntax {
    private final Map<String, Expression> expressions = new HashMap<>();
    private final IdentityHashMap<TagNode, Object> headers = new IdentityHashMap<>();

    /**
     * Reads whatever stands in a template.
     *
     * @throws TemplateException if something cannot be read; the message says which
     */
    void read(Node root) {
        Deque<Node> left = new ArrayDeque<>(root.getChildren());
        while (!left.isEmpty()) {
            Node node = left.pop();
            try {
                read(node, left);
            } catch (TemplateException e) {
                throw e.in(Rendering.image(node));
            }
        }
    }

    private void read(Node node, Deque<Node> left) {
        if (node instanceof ExpressionNode && node.getMaster() instanceof ExpressionToken token) {
            expressions.computeIfAbsent(token.getExpr(), Parser::parse);
        } else if (node instanceof TagNode tag && tag.getTag() instanceof Tags.Ours<?> ours) {
            Parser parser = new Parser(tag.getHelpers());
            headers.put(tag, ours.header(parser));
            parser.end();
        }
        left.addAll(node.getChildren());
    }

    Expression expression(String text) {
        return Objects.requireNonNull(expressions.get(text), text);
    }

    Object header(TagNode node) {
        return Objects.requireNonNull(headers.get(node), node::toString);
    }
}
