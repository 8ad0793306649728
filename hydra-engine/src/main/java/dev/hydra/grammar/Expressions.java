package dev.hydra.grammar;

import dev.hydra.grammar.Expression.Definition;
import dev.hydra.grammar.Expression.Range;
import dev.hydra.grammar.Expression.Shape;
import dev.hydra.grammar.Expression.Text;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

/*
 * Recognising by derivatives (Brzozowski, 1964). An expression is a set of strings; its derivative by a byte is the set of what may
 * follow that byte. So the state of a recogniser is simply the expression that is left, and a text is a member where the derivatives
 * by all of its bytes leave an expression that is complete. Concatenations with named parts that occur in themselves make it a
 * pushdown recogniser: what is left of the outer parts is the rest of the concatenation. Alternatives are kept side by side, so that
 * no choice is ever made too early.
 *
 * Expressions are immutable and exist once each, so that states can be compared, remembered and shared; each remembers its
 * derivatives. Texts of the same shape therefore lead to the same states, and what was found out about a state serves for ever.
 *
 * One thing is no matter of sets of strings alone: the keys of an object that may have any must differ. What is left after such a key
 * depends on the key. A state that had the part of a key written so far in it would be another one for every key, and the states
 * behind all tokens of a vocabulary would be as many as there are tokens. So a state knows of a key only how it must not end, which
 * is nothing at all for nearly every one; and it does not know the key itself, which whoever follows the text adds with settled, once
 * a token is complete. A token that both opens and closes such a key is left out: then no token's legality depends on keys that it
 * holds itself.
 */
/** Makes expressions, one of each shape, and their derivatives. Not safe for use by several threads. */
final class Expressions {

    /** As many as there may be. */
    static final int UNBOUNDED = Integer.MAX_VALUE;

    /** More tokens than any text has. */
    static final int UNREACHABLE = 1 << 28;

    /** Entries that an object has at most whose keys may be any. */
    static final int MOST_FREE_ENTRIES = 32;

    /** Keys of one character that may be taken at most, those that a schema names included. */
    static final int MOST_SHORT_KEYS = MOST_FREE_ENTRIES + 20;

    /** Counts of entries up to which masks tell them apart: a token begins no more than two entries. */
    private static final int ENTRIES_OF_A_TOKEN = 3;

    private static final SortedSet<String> NO_KEYS = Collections.unmodifiableSortedSet(new TreeSet<>());

    private final Map<Shape, Expression> known = new HashMap<>();
    private final Map<String, Text> texts = new HashMap<>();
    private final Expression nothing = of(new Shape.Nothing());
    private final Expression empty = of(new Shape.Empty());
    private final Expression keyCharacter = Characters.plain(this);
    private final Expression space = optional(literal(" "));
    private final Expression colon = then(literal(":"), space);

    /** Expressions made so far. */
    int size() {
        return known.size();
    }

    Expression nothing() {
        return nothing;
    }

    Expression empty() {
        return empty;
    }

    /** A space, or none. */
    Expression space() {
        return space;
    }

    Expression oneOf(ByteSet bytes) {
        return bytes.isEmpty() ? nothing : of(new Shape.OneOf(bytes));
    }

    /** A text's UTF-8. */
    Expression literal(String text) {
        return text.isEmpty() ? empty : literal(text.getBytes(StandardCharsets.UTF_8));
    }

    private Expression literal(byte[] bytes) {
        Text text = texts.computeIfAbsent(new String(bytes, StandardCharsets.ISO_8859_1), spelled -> new Text(bytes));
        return of(new Shape.Literal(text, 0));
    }

    /** One after the other. */
    Expression sequence(Expression... parts) {
        Expression sequence = empty;
        for (int at = parts.length - 1; at >= 0; at--) {
            sequence = then(parts[at], sequence);
        }
        return sequence;
    }

    Expression then(Expression first, Expression rest) {
        if (first.isNothing() || rest.isEmpty()) {
            return first;
        }
        if (first.isEmpty() || rest.isNothing()) {
            return rest;
        }
        if (first.shape() instanceof Shape.Then then) {
            return then(then.first(), then(then.rest(), rest));
        }
        if (first.shape() instanceof Shape.Literal one) {
            // one literal, which may be a token
            if (rest.shape() instanceof Shape.Literal other) {
                return joined(one, other);
            }
            if (rest.shape() instanceof Shape.Then then && then.first().shape() instanceof Shape.Literal other) {
                return of(new Shape.Then(joined(one, other), then.rest()));
            }
        }
        return of(new Shape.Then(first, rest));
    }

    private Expression joined(Shape.Literal one, Shape.Literal other) {
        byte[] front = one.text().from(one.at());
        byte[] back = other.text().from(other.at());
        byte[] both = Arrays.copyOf(front, front.length + back.length);
        System.arraycopy(back, 0, both, front.length, back.length);
        return literal(both);
    }

    Expression either(Expression... choices) {
        return either(List.of(choices));
    }

    Expression either(Collection<Expression> choices) {
        Set<Expression> distinct = new HashSet<>();
        List<Expression> flat = new ArrayList<>();
        for (Expression choice : choices) {
            List<Expression> parts = choice.shape() instanceof Shape.Either either ? either.choices() : List.of(choice);
            for (Expression part : parts) {
                if (!part.isNothing() && distinct.add(part)) {
                    flat.add(part);
                }
            }
        }
        if (flat.size() < 2) {
            return flat.isEmpty() ? nothing : flat.get(0);
        }
        // one shape, whatever the order in which they were found
        flat.sort((one, other) -> Integer.compare(one.number(), other.number()));
        return of(new Shape.Either(List.copyOf(flat)));
    }

    Expression optional(Expression expression) {
        return either(empty, expression);
    }

    Expression times(Expression body, int least, int most) {
        if (most == 0 || body.isEmpty()) {
            return empty;
        }
        if (body.isNothing() || least > most) {
            return least == 0 ? empty : nothing;
        }
        if (body.isComplete()) {
            throw new IllegalArgumentException("what may be empty is repeated");
        }
        return least == 1 && most == 1 ? body : of(new Shape.Times(body, least, most));
    }

    Expression rule(Definition definition) {
        return of(new Shape.Rule(definition));
    }

    /** Entries with keys of any kind but those that are taken, the object's first ones. */
    Expression firstEntries(Expression value, Collection<String> taken, Range range) {
        return entries(new Shape.Entries(value, spelled(taken), range, true, false));
    }

    /** The same behind others: each has a comma before it. */
    Expression laterEntries(Expression value, Collection<String> taken, Range range) {
        return entries(new Shape.Entries(value, spelled(taken), range, false, false));
    }

    private static SortedSet<String> spelled(Collection<String> keys) {
        TreeSet<String> spelled = new TreeSet<>();
        keys.forEach(key -> spelled.add(new String(key.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)));
        return Collections.unmodifiableSortedSet(spelled);
    }

    private Expression entries(Shape.Entries entries) {
        if (entries.range().most() == 0 || entries.value().isNothing()) {
            return entries.range().least() == 0 ? empty : nothing;
        }
        return of(entries);
    }

    private Expression of(Shape shape) {
        Expression expression = known.get(shape);
        if (expression == null) {
            expression = new Expression(shape, known.size());
            known.put(shape, expression);
        }
        return expression;
    }

    /** What may follow a byte. */
    Expression next(Expression expression, int octet) {
        Expression next = expression.next(octet);
        if (next == null) {
            next = derivative(expression.shape(), octet);
            expression.next(octet, next);
        }
        return next;
    }

    private Expression derivative(Shape shape, int octet) {
        if (shape instanceof Shape.OneOf one) {
            return one.bytes().contains(octet) ? empty : nothing;
        }
        if (shape instanceof Shape.Literal literal) {
            if (literal.text().octet(literal.at()) != octet) {
                return nothing;
            }
            int at = literal.at() + 1;
            return at == literal.text().length() ? empty : of(new Shape.Literal(literal.text(), at));
        }
        if (shape instanceof Shape.Then then) {
            Expression gone = then(next(then.first(), octet), then.rest());
            return then.first().isComplete() ? either(gone, next(then.rest(), octet)) : gone;
        }
        if (shape instanceof Shape.Either either) {
            return either(
                    either.choices().stream().map(choice -> next(choice, octet)).toList());
        }
        if (shape instanceof Shape.Times times) {
            Range left = new Range(times.least(), times.most()).afterOne();
            return then(next(times.body(), octet), times(times.body(), left.least(), left.most()));
        }
        if (shape instanceof Shape.Rule rule) {
            return next(rule.definition().body(), octet);
        }
        if (shape instanceof Shape.Entries entries) {
            return begun(entries, octet);
        }
        if (shape instanceof Shape.Key key) {
            return goneOn(key, octet);
        }
        return nothing;
    }

    private Expression begun(Shape.Entries entries, int octet) {
        if (entries.first()) {
            return octet == '"' ? of(new Shape.Key(entries, entries.taken(), true, empty)) : nothing;
        }
        if (octet != ',') {
            return nothing;
        }
        Range range =
                new Range(Math.max(1, entries.range().least()), entries.range().most());
        return then(
                space, entries(new Shape.Entries(entries.value(), entries.taken(), range, true, entries.pending())));
    }

    private Expression goneOn(Shape.Key key, int octet) {
        if (!key.character().isEmpty() || octet != '"') {
            Expression character = next(key.character().isEmpty() ? keyCharacter : key.character(), octet);
            return character.isNothing()
                    ? nothing
                    : of(new Shape.Key(key.entries(), behind(key.barred(), octet), key.opened(), character));
        }
        if (key.opened() || key.barred().contains("")) {
            return nothing;
        }
        Shape.Entries entries = key.entries();
        return sequence(
                colon,
                entries.value(),
                entries(new Shape.Entries(
                        entries.value(), entries.taken(), entries.range().afterOne(), false, true)));
    }

    /** How strings go on that begin with a byte. */
    private static SortedSet<String> behind(SortedSet<String> strings, int octet) {
        return strings.isEmpty() ? strings : behind(strings, Character.toString((char) octet));
    }

    private static SortedSet<String> behind(SortedSet<String> strings, String front) {
        TreeSet<String> behind = new TreeSet<>();
        for (String string : strings) {
            if (string.startsWith(front)) {
                behind.add(string.substring(front.length()));
            }
        }
        return behind.isEmpty() ? NO_KEYS : Collections.unmodifiableSortedSet(behind);
    }

    /**
     * An expression behind a complete token.
     *
     * @param closed the key that the token closed, byte by byte; looked at only where it closed one
     * @param open   what is written of the key that is being written, byte by byte
     */
    Expression settled(Expression expression, String closed, String open) {
        if (!expression.isUnsettled()) {
            return expression;
        }
        if (expression.shape() instanceof Shape.Entries entries) {
            return entries(settled(entries, closed));
        }
        if (expression.shape() instanceof Shape.Key key) {
            Shape.Entries entries = settled(key.entries(), closed);
            return of(new Shape.Key(entries, behind(entries.taken(), open), false, key.character()));
        }
        return rebuilt(expression, part -> settled(part, closed, open));
    }

    private static Shape.Entries settled(Shape.Entries entries, String closed) {
        if (!entries.pending()) {
            return entries;
        }
        TreeSet<String> taken = new TreeSet<>(entries.taken());
        taken.add(closed);
        return new Shape.Entries(
                entries.value(), Collections.unmodifiableSortedSet(taken), entries.range(), entries.first(), false);
    }

    /**
     * An expression that allows the same next tokens, and whose cost each of them changes by as much: without the keys that are
     * taken, since no token closes a key that it opens, and without counts that no token can exhaust.
     *
     * @param longest bytes of the longest token
     */
    Expression forMask(Expression expression, int longest) {
        Expression made = expression.forMask;
        if (made == null) {
            made = madeForMask(expression, longest);
            expression.forMask = made;
        }
        return made;
    }

    private Expression madeForMask(Expression expression, int longest) {
        if (expression.shape() instanceof Shape.Times times) {
            int most = times.most() > longest ? UNBOUNDED : times.most();
            return times(times.body(), Math.min(times.least(), longest), most);
        }
        if (expression.shape() instanceof Shape.Then then) {
            return then(forMask(then.first(), longest), forMask(then.rest(), longest));
        }
        if (expression.shape() instanceof Shape.Entries entries) {
            return entries(uncounted(forgetful(entries)));
        }
        if (expression.shape() instanceof Shape.Key key) {
            Shape.Entries entries = uncounted(forgetful(key.entries()));
            return of(new Shape.Key(entries, key.barred(), key.opened(), key.character()));
        }
        // of several ways the cheapest counts, and a count that is cut might make another one the cheapest
        return withoutMemory(expression);
    }

    private Expression withoutMemory(Expression expression) {
        Expression made = expression.withoutMemory;
        if (made == null) {
            if (expression.shape() instanceof Shape.Entries entries) {
                made = entries(forgetful(entries));
            } else if (expression.shape() instanceof Shape.Key key) {
                made = of(new Shape.Key(forgetful(key.entries()), key.barred(), key.opened(), key.character()));
            } else {
                made = rebuilt(expression, this::withoutMemory);
            }
            expression.withoutMemory = made;
        }
        return made;
    }

    private static Shape.Entries forgetful(Shape.Entries entries) {
        return new Shape.Entries(entries.value(), NO_KEYS, entries.range(), entries.first(), entries.pending());
    }

    private static Shape.Entries uncounted(Shape.Entries entries) {
        Range range = entries.range();
        Range small = new Range(
                Math.min(range.least(), ENTRIES_OF_A_TOKEN),
                range.most() > ENTRIES_OF_A_TOKEN ? UNBOUNDED : range.most());
        return new Shape.Entries(entries.value(), entries.taken(), small, entries.first(), entries.pending());
    }

    /** The same of other parts; what is to come later than the next token's keys is left as it is. */
    private Expression rebuilt(Expression expression, UnaryOperator<Expression> change) {
        if (expression.shape() instanceof Shape.Then then) {
            return then(change.apply(then.first()), change.apply(then.rest()));
        }
        if (expression.shape() instanceof Shape.Either either) {
            return either(either.choices().stream().map(change).toList());
        }
        return expression;
    }
}
