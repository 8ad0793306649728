package dev.hydra.spring.autoconfigure;

import java.util.function.Function;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** A property and the value that an application gave it. Whoever finds the value unsuitable need not know the property's name. */
record Setting<T>(String property, T value) {

    /**
     * What the value stands for.
     *
     * @param meaning refuses an unsuitable value with an {@link IllegalArgumentException} that says what was expected
     * @throws InvalidConfigurationPropertyValueException if the value is refused; it names the property
     */
    <R> R as(Function<? super T, R> meaning) {
        try {
            return meaning.apply(value);
        } catch (IllegalArgumentException unsuitable) {
            throw new InvalidConfigurationPropertyValueException(property, value, unsuitable.getMessage(), unsuitable);
        }
    }

    /** A count from a smallest one on. */
    static Function<Integer, Integer> atLeast(int smallest) {
        return value -> {
            if (value < smallest) {
                throw new IllegalArgumentException("expected %d or more".formatted(smallest));
            }
            return value;
        };
    }
}
