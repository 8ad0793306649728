package dev.hydra.checkpoint;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Tensors that outlive their file. */
final class Kept {
    private Kept() {}

    /** All tensors of these names, in memory. */
    static Map<String, StoredTensor> all(Set<String> names, Function<String, StoredTensor> tensors) {
        Map<String, StoredTensor> kept = new LinkedHashMap<>();
        for (String name : names) {
            StoredTensor tensor = tensors.apply(name);
            kept.put(name, new StoredTensor(name, tensor.type(), tensor.shape(), tensor.bytes()));
        }
        return kept;
    }
}
