package dev.hydra.training.cli;

import dev.hydra.graph.ModelMemory;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was found in a folder. Written as JSON by its components' names.
 *
 * @param base     the base model in the folder, or the one that the heads are held against
 * @param heads    the draft heads
 * @param memory   what serving takes, where the base model's sizes are known
 * @param problems why the folder cannot be used as it is; empty where it can
 */
record Inspection(
        @Nullable Base base,
        @Nullable Heads heads,
        @Nullable Memory memory,
        List<String> problems) {
    Inspection {
        problems = List.copyOf(problems);
    }

    /**
     * A base model.
     *
     * @param sizes        null where the configuration cannot be read
     * @param tensors      what the files hold
     * @param tokenizer    null where there is none, or a broken one
     * @param chatTemplate where it comes from; null where there is none, or a broken one
     */
    record Base(
            String folder,
            @Nullable Sizes sizes,
            Tensors tensors,
            @Nullable Words tokenizer,
            @Nullable String chatTemplate) {}

    /**
     * A tokenizer.
     *
     * @param file       without its folder
     * @param vocabulary ids that it knows; the model may have rows for more
     */
    record Words(String file, int vocabulary) {}

    /**
     * A base model's sizes.
     *
     * @param parameters numbers in all tensors
     * @param positions  {@code max_position_embeddings}, in tokens
     * @param longest    the longest sequence, in tokens: the same, or what the scaling makes of it
     * @param scaling    of rotary embeddings, as {@code rope_type} says it
     * @param window     positions that a token sees in the layers that have a sliding window; 0 where none has
     * @param windowed   layers that have one
     */
    record Sizes(
            String family,
            long parameters,
            int width,
            int intermediate,
            int layers,
            int attentionHeads,
            int keyValueHeads,
            int headWidth,
            int vocabulary,
            int positions,
            int longest,
            String scaling,
            int window,
            int windowed,
            boolean tiedEmbeddings) {}

    /**
     * Draft heads.
     *
     * @param kind          {@code medusa}, {@code hydra} or {@code hydra++}
     * @param layers        blocks of each head
     * @param names         whose names the tensors have: {@code authors} or {@code medusa}
     * @param parameters    numbers that draft; without copies of the base model's embedding table
     * @param ownEmbeddings whether such a copy is there
     * @param baseModel     what the configuration calls the base model
     * @param fits          whether they fit the base model; null where there is none to hold them against
     * @param tree          the draft tree beside them
     */
    record Heads(
            String folder,
            String kind,
            int heads,
            int layers,
            String names,
            long parameters,
            Tensors tensors,
            boolean ownEmbeddings,
            String baseModel,
            @Nullable Boolean fits,
            @Nullable Tree tree) {}

    /**
     * A draft tree.
     *
     * @param nodes the root included
     * @param depth edges from the root to the deepest node
     */
    record Tree(int nodes, int depth) {}

    /**
     * The tensors in files.
     *
     * @param bytes     of all numbers, shared ones counted once
     * @param dataTypes the same by number type
     */
    record Tensors(List<String> files, int count, long bytes, Map<String, Long> dataTypes) {}

    /**
     * What serving takes on a CPU.
     *
     * @param positions of a cache row, unless the options say otherwise
     * @param byType    the bytes for one such row, by the data type that the model is opened in
     */
    record Memory(int positions, Map<String, ModelMemory> byType) {
        Memory {
            byType = Collections.unmodifiableMap(new LinkedHashMap<>(byType));
        }
    }
}
