package dev.hydra.checkpoint;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The model families that the engine knows, and what each does otherwise than Llama. */
public enum Family {
    /** Llama 1, 2 and 3, Vicuna, and whatever else calls itself so. */
    LLAMA("LlamaForCausalLM", Windowing.NEVER, HeadNorms.NONE),
    /** Llama with a sliding window in every layer, or without. */
    MISTRAL("MistralForCausalLM", Windowing.ALWAYS, HeadNorms.NONE),
    /** Qwen 2 and 2.5: biases of the query, key and value projections. */
    QWEN2("Qwen2ForCausalLM", Windowing.BY_LAYER, HeadNorms.NONE),
    /** Qwen 3: norms of each head's queries and keys. */
    QWEN3("Qwen3ForCausalLM", Windowing.BY_LAYER, HeadNorms.EACH),
    /** Phi 3: query, key and value projections in one matrix, and the feed-forward block's two in another. */
    PHI3("Phi3ForCausalLM", Windowing.ALWAYS, HeadNorms.NONE),
    /** OLMo 2: norms behind attention and feed-forward block instead of before them, and of all queries and all keys together. */
    OLMO2("Olmo2ForCausalLM", Windowing.NEVER, HeadNorms.ALL),
    /**
     * Gemma 2: norms before and behind, whose weights are kept as what they have more than 1; scaled embeddings, bounded scores,
     * GELU, and a window in every other layer.
     */
    GEMMA2("Gemma2ForCausalLM", Windowing.BY_LAYER, HeadNorms.NONE);

    /** Which layers may have a sliding window. */
    enum Windowing {
        NEVER,
        ALWAYS,
        BY_LAYER
    }

    /** What queries and keys pass through before they are rotated. */
    enum HeadNorms {
        NONE,
        EACH,
        ALL
    }

    private final String architecture;
    private final Windowing windowing;
    private final HeadNorms headNorms;

    Family(String architecture, Windowing windowing, HeadNorms headNorms) {
        this.architecture = architecture;
        this.windowing = windowing;
        this.headNorms = headNorms;
    }

    /** What {@code model_type} says, for example {@code qwen2}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Whether the feed-forward block's activation is GELU in its approximation by tanh; else it is SiLU. */
    public boolean gelu() {
        return this == GEMMA2;
    }

    /** What is to be added to the weights of norms as they are stored. */
    public double normOffset() {
        return this == GEMMA2 ? 1 : 0;
    }

    /** The family of that {@code model_type}, where it is known. */
    static Optional<Family> of(String label) {
        return Arrays.stream(values())
                .filter(family -> family.label().equals(label))
                .findFirst();
    }

    /** The known ones, as messages list them. */
    static String known() {
        return Arrays.stream(values()).map(Family::label).collect(Collectors.joining(", "));
    }

    /** What {@code architectures} lists. */
    String architecture() {
        return architecture;
    }

    /** What it lists where Medusa heads are among the model's tensors. */
    String medusaArchitecture() {
        return "MedusaModel" + architecture.replace("ForCausalLM", "");
    }

    Windowing windowing() {
        return windowing;
    }

    HeadNorms headNorms() {
        return headNorms;
    }

    /** Whether {@code attention_bias} decides on biases of all four attention projections. */
    boolean hasAttentionBiasKey() {
        return switch (this) {
            case LLAMA, QWEN3, OLMO2, GEMMA2 -> true;
            case MISTRAL, QWEN2, PHI3 -> false;
        };
    }

    /** The key of the feed-forward block's activation, and the only value that is known. */
    String activationKey() {
        return gelu() ? "hidden_activation" : "hidden_act";
    }

    String activation() {
        return gelu() ? "gelu_pytorch_tanh" : "silu";
    }

    /** Whether the output layer is the embedding table where {@code tie_word_embeddings} is absent. */
    boolean tiedByDefault() {
        return this == GEMMA2;
    }
}
