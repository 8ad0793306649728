package dev.hydra.grammar;

import java.util.Arrays;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * A set of byte strings: what may be written from here on. {@link Expressions} makes them, one of each shape, so that they are the
 * same where they are equal, and remembers here what it has found out about them. Not safe for use by several threads.
 */
final class Expression {

    private static final int BYTES = 256;

    private final Shape shape;
    private final int number;
    private final boolean complete;
    private final boolean unsettled;
    private final boolean inKey;
    private @Nullable Expression @Nullable [] next;

    /** The fewest tokens that it takes to write all of it; -1 where nobody has asked. */
    int cost = -1;

    /** What {@link Expressions#withoutMemory} and {@link Expressions#forMask} make of it; null where nobody has asked. */
    @Nullable
    Expression withoutMemory;

    @Nullable
    Expression forMask;

    Expression(Shape shape, int number) {
        this.shape = shape;
        this.number = number;
        this.complete = shape.complete();
        this.unsettled = shape.unsettled();
        this.inKey = shape.inKey();
    }

    Shape shape() {
        return shape;
    }

    /** How many were made before it. */
    int number() {
        return number;
    }

    /** Whether nothing need be written any more. */
    boolean isComplete() {
        return complete;
    }

    /** Whether nothing may be written any more, and nothing need be. */
    boolean isEmpty() {
        return shape instanceof Shape.Empty;
    }

    /** Whether there is no way to go on, or to be done. */
    boolean isNothing() {
        return shape instanceof Shape.Nothing;
    }

    /** Whether {@link Expressions#settled} would change it. */
    boolean isUnsettled() {
        return unsettled;
    }

    /** Whether a key that may be any is being written. */
    boolean isInKey() {
        return inKey;
    }

    /** What may follow a byte; null where nobody has asked. */
    @Nullable
    Expression next(int octet) {
        return next == null ? null : next[octet];
    }

    void next(int octet, Expression expression) {
        if (next == null) {
            next = new Expression[BYTES];
        }
        next[octet] = expression;
    }

    /** What kind of set it is. */
    sealed interface Shape {

        default boolean complete() {
            return false;
        }

        default boolean unsettled() {
            return false;
        }

        default boolean inKey() {
            return false;
        }

        /** No string at all. */
        record Nothing() implements Shape {}

        /** The empty string alone. */
        record Empty() implements Shape {
            @Override
            public boolean complete() {
                return true;
            }
        }

        /** One byte out of a set. */
        record OneOf(ByteSet bytes) implements Shape {}

        /** The bytes of a text from a place on; there is one at least. */
        record Literal(Text text, int at) implements Shape {}

        /** One after the other; the first is no {@code Then} itself. */
        record Then(Expression first, Expression rest) implements Shape {
            @Override
            public boolean complete() {
                return first.isComplete() && rest.isComplete();
            }

            @Override
            public boolean unsettled() {
                return first.isUnsettled() || rest.isUnsettled();
            }

            @Override
            public boolean inKey() {
                return first.isInKey();
            }
        }

        /** One of several; two at least. */
        record Either(List<Expression> choices) implements Shape {
            @Override
            public boolean complete() {
                return choices.stream().anyMatch(Expression::isComplete);
            }

            @Override
            public boolean unsettled() {
                return choices.stream().anyMatch(Expression::isUnsettled);
            }

            @Override
            public boolean inKey() {
                return choices.stream().anyMatch(Expression::isInKey);
            }
        }

        /** The same again and again; the body is not complete. */
        record Times(Expression body, int least, int most) implements Shape {
            @Override
            public boolean complete() {
                return least == 0;
            }
        }

        /** What has a name, since it occurs in itself. */
        record Rule(Definition definition) implements Shape {}

        /**
         * Entries of an object whose keys may be any but those that are taken, each once.
         *
         * @param value   of every entry
         * @param taken   keys that may not occur (again), byte by byte
         * @param range   how many entries are to come
         * @param first   whether no comma precedes the next one
         * @param pending whether a key that this token has closed is to be added to those that are taken
         */
        record Entries(Expression value, SortedSet<String> taken, Range range, boolean first, boolean pending)
                implements Shape {
            @Override
            public boolean complete() {
                return range.least == 0;
            }

            @Override
            public boolean unsettled() {
                return pending;
            }
        }

        /**
         * The rest of a key that may be any.
         *
         * @param entries   among which it is
         * @param barred    how it must not end, byte by byte
         * @param opened    whether this token has opened it; then this token must not close it
         * @param character what is left of the character that is being written
         */
        record Key(Entries entries, SortedSet<String> barred, boolean opened, Expression character) implements Shape {
            @Override
            public boolean unsettled() {
                return opened || entries.pending;
            }

            @Override
            public boolean inKey() {
                return true;
            }
        }
    }

    /** How many of something there may be. */
    record Range(int least, int most) {

        /** What is left of it after one. */
        Range afterOne() {
            return new Range(Math.max(0, least - 1), most == Expressions.UNBOUNDED ? most : most - 1);
        }
    }

    /** A named expression, whose body may contain its name. */
    static final class Definition {
        private @Nullable Expression body;

        /** The fewest tokens that it takes to write it. */
        int cost = Expressions.UNREACHABLE;

        void define(Expression body) {
            this.body = body;
        }

        Expression body() {
            if (body == null) {
                throw new IllegalStateException("a definition is used before it is made");
            }
            return body;
        }
    }

    /** Bytes of a literal, and how many tokens they take from each place on. */
    static final class Text {
        private final byte[] bytes;
        int @Nullable [] costs;

        Text(byte[] bytes) {
            this.bytes = bytes;
        }

        int length() {
            return bytes.length;
        }

        int octet(int at) {
            return Byte.toUnsignedInt(bytes[at]);
        }

        byte[] from(int at) {
            return Arrays.copyOfRange(bytes, at, bytes.length);
        }
    }
}
