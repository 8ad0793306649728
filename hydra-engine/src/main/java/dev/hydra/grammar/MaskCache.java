package dev.hydra.grammar;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sets of legal tokens, those that were asked for last, within a bound of memory. Belongs to the decoding thread. */
final class MaskCache {

    private static final long MOST_BYTES = 64L << 20;

    private final Map<Expression, LegalTokens> masks = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** What may follow; null where it is not known. */
    @Nullable
    LegalTokens get(Expression expression) {
        return masks.get(expression);
    }

    void put(Expression expression, LegalTokens legal) {
        masks.put(expression, legal);
        bytes += legal.size();
        Iterator<LegalTokens> oldest = masks.values().iterator();
        while (bytes > MOST_BYTES && masks.size() > 1) {
            bytes -= oldest.next().size();
            oldest.remove();
        }
    }
}
