package dev.hydra.grammar;

import dev.hydra.grammar.Expression.Definition;
import dev.hydra.grammar.Expression.Shape;
import dev.hydra.grammar.Expression.Text;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/*
 * The fewest tokens that finish a text, counted part by part: a literal is cut into tokens as well as it can be, everything else is
 * written byte by byte, and no token lies across two parts. It may take fewer where tokens do; it never takes more. What matters is
 * that from every expression of cost n > 0 some token leads to one of cost n - 1 at most: the first of those that were counted. So a
 * text that is begun with as many tokens left as it costs, and goes on with tokens that keep it so, always comes to its end.
 */
/** What it costs to finish, in tokens of a vocabulary. Not safe for use by several threads. */
final class Costs {

    private static final String LETTERS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    private final TokenTrie trie;

    /** Costs of the current round, while those of definitions are not settled; then expressions remember their own. */
    private @Nullable Map<Expression, Integer> round;

    Costs(TokenTrie trie) {
        this.trie = trie;
    }

    /** Settles the costs of definitions, which occur in one another. Comes before everything else. */
    void settle(Collection<Definition> definitions) {
        boolean settled = false;
        while (!settled) {
            settled = true;
            round = new HashMap<>();
            for (Definition definition : definitions) {
                int cost = of(definition.body());
                if (cost < definition.cost) {
                    definition.cost = cost;
                    settled = false;
                }
            }
        }
        round = null;
    }

    /** The fewest tokens that finish an expression; {@link Expressions#UNREACHABLE} or more where none do. */
    int of(Expression expression) {
        if (round != null) {
            Integer known = round.get(expression);
            if (known == null) {
                known = cost(expression.shape());
                round.put(expression, known);
            }
            return known;
        }
        if (expression.cost < 0) {
            expression.cost = cost(expression.shape());
        }
        return expression.cost;
    }

    private int cost(Shape shape) {
        if (shape instanceof Shape.Empty) {
            return 0;
        }
        if (shape instanceof Shape.OneOf one) {
            return octets(one.bytes());
        }
        if (shape instanceof Shape.Literal literal) {
            return literal(literal.text())[literal.at()];
        }
        if (shape instanceof Shape.Then then) {
            return sum(of(then.first()), of(then.rest()));
        }
        if (shape instanceof Shape.Either either) {
            return either.choices().stream().mapToInt(this::of).min().orElse(Expressions.UNREACHABLE);
        }
        if (shape instanceof Shape.Times times) {
            return product(times.least(), of(times.body()));
        }
        if (shape instanceof Shape.Rule rule) {
            return rule.definition().cost;
        }
        if (shape instanceof Shape.Entries entries) {
            return entries(entries);
        }
        if (shape instanceof Shape.Key key) {
            return key(key);
        }
        return Expressions.UNREACHABLE;
    }

    private int octets(ByteSet bytes) {
        for (int octet = 0; octet <= 0xFF; octet++) {
            if (bytes.contains(octet) && trie.isToken(octet)) {
                return 1;
            }
        }
        return Expressions.UNREACHABLE;
    }

    private int octet(char character) {
        return trie.isToken(character) ? 1 : Expressions.UNREACHABLE;
    }

    /** Of the rest of a literal, from each place on. */
    private int[] literal(Text text) {
        if (text.costs == null) {
            int[] costs = new int[text.length() + 1];
            Arrays.fill(costs, Expressions.UNREACHABLE);
            costs[text.length()] = 0;
            for (int at = text.length() - 1; at >= 0; at--) {
                costs[at] = fewest(text, at, costs);
            }
            text.costs = costs;
        }
        return text.costs;
    }

    private int fewest(Text text, int from, int[] costs) {
        int fewest = Expressions.UNREACHABLE;
        int at = from;
        for (int node = 0; at < text.length() && node < trie.nodes() && trie.depth(node) == at - from; ) {
            if (trie.octet(node) == text.octet(at)) {
                at++;
                if (trie.tokensFrom(node) < trie.tokensTo(node)) {
                    fewest = Math.min(fewest, sum(1, costs[at]));
                }
                node++;
            } else {
                node = trie.end(node);
            }
        }
        return fewest;
    }

    private int entries(Shape.Entries entries) {
        int least = entries.range().least();
        if (least == 0) {
            return 0;
        }
        int each = sum(sum(octet('"'), key()), behindKey(entries));
        int later = product(entries.first() ? least - 1 : least, sum(octet(','), each));
        return sum(entries.first() ? each : 0, later);
    }

    /** What ends a key: one character, since a key of none may be taken, and a quote. */
    private int key() {
        return namable() ? sum(1, octet('"')) : Expressions.UNREACHABLE;
    }

    /** Whether there are more tokens of one character to make a key another one than keys of one character can be taken. */
    private boolean namable() {
        return LETTERS.chars().filter(trie::isToken).count() > Expressions.MOST_SHORT_KEYS;
    }

    private int behindKey(Shape.Entries entries) {
        return sum(octet(':'), of(entries.value()));
    }

    private int key(Shape.Key key) {
        Shape.Entries entries = key.entries();
        int others = entries.range().least() > 1
                ? entries(new Shape.Entries(
                        entries.value(), entries.taken(), entries.range().afterOne(), false, false))
                : 0;
        int rest = sum(behindKey(entries), others);
        if (!key.character().isEmpty()) {
            return sum(sum(of(key.character()), key()), rest);
        }
        return sum(key.opened() || key.barred().contains("") ? key() : octet('"'), rest);
    }

    private static int sum(int one, int other) {
        return Math.min(Expressions.UNREACHABLE, one + other);
    }

    private static int product(int count, int each) {
        return (int) Math.min(Expressions.UNREACHABLE, (long) count * each);
    }
}
