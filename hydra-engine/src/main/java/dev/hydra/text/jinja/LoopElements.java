package dev.hydra.text.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a loop goes through. Its condition is asked of an element when that is wanted and not before, as in Python, for the rounds before
 * may have changed a namespace that it looks at. Not safe for use by several threads.
 */
final class LoopElements {
    private final Iterator<Object> left;
    private final Predicate<Object> condition;
    private final List<Object> found = new ArrayList<>();

    LoopElements(List<Object> elements, Predicate<Object> condition) {
        this.left = elements.iterator();
        this.condition = condition;
    }

    /** Whether there is an element at an index. */
    boolean has(int index) {
        while (found.size() <= index && left.hasNext()) {
            Object element = left.next();
            if (condition.test(element)) {
                found.add(element);
            }
        }
        return index < found.size();
    }

    /** The element at an index, which {@link #has} has found there. */
    Object get(int index) {
        return found.get(index);
    }

    /** How many there are; asks the condition of all. */
    int size() {
        has(Integer.MAX_VALUE);
        return found.size();
    }
}
