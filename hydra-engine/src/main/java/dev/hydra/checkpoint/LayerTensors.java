package dev.hydra.checkpoint;

import dev.hydra.checkpoint.Family.HeadNorms;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * The names of a layer's tensors by what they are for. What a family does not have is an empty list.
 *
 * @param before      norms of what attention and feed-forward block read
 * @param after       norms of what attention and feed-forward block add
 * @param headNorms   norms of queries and keys
 * @param attention   query, key, value and output projections; or query, key and value in one, and output
 * @param biases      of query, key and value projections, or of all four
 * @param feedForward gate, up and down projections; or gate and up in one, and down
 */
public record LayerTensors(
        List<String> before,
        List<String> after,
        List<String> headNorms,
        List<String> attention,
        List<String> biases,
        List<String> feedForward) {

    private static final String QUERY_KEY_VALUE = "self_attn.qkv_proj.weight";
    private static final String GATE_UP = "mlp.gate_up_proj.weight";
    private static final String BEHIND_ATTENTION = "post_attention_layernorm.weight";
    private static final String BEHIND_FEED_FORWARD = "post_feedforward_layernorm.weight";

    /** A Llama's without biases, as a base model calls those of its first layer. */
    public static final LayerTensors PLAIN = of(Family.LLAMA, false).within("model.layers.0.");

    /** Copies the lists. */
    public LayerTensors {
        before = List.copyOf(before);
        after = List.copyOf(after);
        headNorms = List.copyOf(headNorms);
        attention = List.copyOf(attention);
        biases = List.copyOf(biases);
        feedForward = List.copyOf(feedForward);
    }

    /** Those of a family, as they are called within a layer. */
    static LayerTensors of(Family family, boolean biased) {
        boolean fused = family == Family.PHI3;
        Stream<String> unbiased = family == Family.QWEN2 ? Stream.of("q", "k", "v") : Stream.of("q", "k", "v", "o");
        return new LayerTensors(
                switch (family) {
                    case OLMO2 -> List.of();
                    case GEMMA2 -> List.of("input_layernorm.weight", "pre_feedforward_layernorm.weight");
                    default -> List.of("input_layernorm.weight", BEHIND_ATTENTION);
                },
                switch (family) {
                    case OLMO2, GEMMA2 -> List.of(BEHIND_ATTENTION, BEHIND_FEED_FORWARD);
                    default -> List.of();
                },
                family.headNorms() == HeadNorms.NONE
                        ? List.of()
                        : List.of("self_attn.q_norm.weight", "self_attn.k_norm.weight"),
                fused
                        ? List.of(QUERY_KEY_VALUE, "self_attn.o_proj.weight")
                        : Stream.of("q", "k", "v", "o")
                                .map("self_attn.%s_proj.weight"::formatted)
                                .toList(),
                biased ? unbiased.map("self_attn.%s_proj.bias"::formatted).toList() : List.of(),
                fused
                        ? List.of(GATE_UP, "mlp.down_proj.weight")
                        : Stream.of("gate", "up", "down")
                                .map("mlp.%s_proj.weight"::formatted)
                                .toList());
    }

    /** The same names behind a prefix. */
    LayerTensors within(String prefix) {
        UnaryOperator<List<String>> named =
                names -> names.stream().map(prefix::concat).toList();
        return new LayerTensors(
                named.apply(before),
                named.apply(after),
                named.apply(headNorms),
                named.apply(attention),
                named.apply(biases),
                named.apply(feedForward));
    }

    /** The six lists, in their order. */
    public List<List<String>> parts() {
        return List.of(before, after, headNorms, attention, biases, feedForward);
    }

    /** All names, in the order of {@link #parts}. */
    public List<String> all() {
        return parts().stream().flatMap(List::stream).toList();
    }

    /** The shapes by name, in the order of {@link #all}, of a model's sizes. */
    Map<String, List<Long>> shapes(ModelConfig config) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        all().forEach(name -> shapes.put(name, shape(name, config)));
        return shapes;
    }

    private static List<Long> shape(String name, ModelConfig config) {
        long width = config.width();
        long inside = config.intermediate();
        long queries = (long) config.heads() * config.headWidth();
        long keys = (long) config.keyValueHeads() * config.headWidth();
        long head = config.headWidth();
        boolean each = config.family().headNorms() == HeadNorms.EACH;
        String[] parts = name.split("\\.", -1);
        boolean bias = parts[parts.length - 1].equals("bias");
        return switch (parts[parts.length - 2]) {
            case "q_proj" -> bias ? List.of(queries) : List.of(queries, width);
            case "k_proj", "v_proj" -> bias ? List.of(keys) : List.of(keys, width);
            case "o_proj" -> bias ? List.of(width) : List.of(width, queries);
            case "qkv_proj" -> List.of(queries + 2 * keys, width);
            case "q_norm" -> List.of(each ? head : queries);
            case "k_norm" -> List.of(each ? head : keys);
            case "gate_proj", "up_proj" -> List.of(inside, width);
            case "gate_up_proj" -> List.of(2 * inside, width);
            case "down_proj" -> List.of(width, inside);
            default -> List.of(width);
        };
    }
}
