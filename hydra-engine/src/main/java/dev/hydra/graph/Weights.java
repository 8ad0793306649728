package dev.hydra.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadTensors;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StoredTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Hands the weights of a base model and of its draft heads to the graph, converted on the way. Belongs to one thread. */
final class Weights {

    private final Script script;
    private final NDManager manager;
    private final ModelConfig config;
    private final GraphOptions options;
    private final Products products;
    private long bytes;

    Weights(Script script, ModelConfig config, GraphOptions options, Products products) {
        this.script = script;
        this.manager = script.manager();
        this.config = config;
        this.options = options;
        this.products = products;
    }

    /** Bytes of all weights as they lie on the device. */
    long bytes() {
        return bytes;
    }

    /**
     * Binds a base model, and allocates its cache.
     *
     * @param embeddings the embedding table (V, D), or nothing for the checkpoint's own
     */
    void bind(Checkpoint checkpoint, List<StoredTensor> embeddings) {
        script.run(
                "bind_shape",
                Script.value(config.heads()),
                Script.value(config.keyValueHeads()),
                Script.value(config.headWidth()),
                IValue.from(config.rmsNormEpsilon()),
                IValue.listFrom(options.dataType().torch(), cacheType().torch()),
                IValue.from(products == Products.PACKED));
        try (NDManager scope = manager.newSubManager()) {
            StoredTensor table = checkpoint.tensor("model.embed_tokens.weight");
            NDArray embedding = tensor(scope, embeddings.isEmpty() ? table : embeddings.get(0));
            NDArray norm = tensor(scope, checkpoint.tensor("model.norm.weight"));
            StoredTensor output = config.tiedEmbeddings() ? table : checkpoint.tensor("lm_head.weight");
            NDArray scores = config.tiedEmbeddings() && embeddings.isEmpty() ? embedding : tensor(scope, output);
            script.run("bind_ends", Script.value(embedding), Script.value(norm), Script.value(scores));
        }
        for (int i = 0; i < config.layers(); i++) {
            String layer = "model.layers.%d.".formatted(i);
            try (NDManager scope = manager.newSubManager()) {
                Function<String, NDArray> tensor = name -> tensor(scope, checkpoint.tensor(layer + name));
                List<NDArray> biases = config.attentionBias()
                        ? Stream.of("q", "k", "v", "o")
                                .map(name -> tensor.apply("self_attn.%s_proj.bias".formatted(name)))
                                .toList()
                        : List.of();
                script.run(
                        "bind_layer",
                        Script.value(norms(tensor)),
                        Script.value(projections(tensor)),
                        Script.value(biases),
                        Script.value(feedForward(tensor)));
            }
        }
        script.run(
                "bind_cache",
                Script.value(options.rows()),
                Script.value(options.positions()),
                IValue.from(config.ropeTheta()));
    }

    /** Binds draft heads that fit the base model. */
    void bind(HeadsCheckpoint heads) {
        if (heads.config().kind() == HeadsKind.HYDRA_PLUS_PLUS) {
            bindPrefix(heads);
        }
        if (heads.config().kind().grounded()) {
            bindHydra(heads);
        } else {
            bindMedusa(heads);
        }
    }

    private void bindPrefix(HeadsCheckpoint heads) {
        try (NDManager scope = manager.newSubManager()) {
            Function<String, NDArray> tensor = name -> tensor(scope, heads.prefix("model.layers.0." + name));
            List<NDArray> norms = new ArrayList<>(norms(tensor));
            norms.add(tensor(scope, heads.prefix("model.norm.weight")));
            script.run(
                    "bind_prefix",
                    Script.value(norms),
                    Script.value(projections(tensor)),
                    Script.value(feedForward(tensor)));
        }
    }

    private void bindHydra(HeadsCheckpoint heads) {
        try (NDManager scope = manager.newSubManager()) {
            List<NDArray> activated = new ArrayList<>();
            List<NDArray> residual = new ArrayList<>();
            List<NDArray> later = new ArrayList<>();
            List<NDArray> scores = new ArrayList<>();
            for (int i = 0; i < heads.config().heads(); i++) {
                HeadTensors head = heads.head(i);
                activated.addAll(tensors(scope, head.activated()));
                residual.addAll(tensors(scope, head.residual()));
                later.addAll(tensors(scope, head.later()));
                scores.addAll(tensors(scope, head.scores()));
            }
            script.run(
                    "bind_heads",
                    Script.value(activated),
                    Script.value(residual),
                    Script.value(later),
                    Script.value(heads.config().layers() - 1),
                    Script.value(scores));
        }
    }

    private void bindMedusa(HeadsCheckpoint heads) {
        for (int i = 0; i < heads.config().heads(); i++) {
            try (NDManager scope = manager.newSubManager()) {
                HeadTensors head = heads.head(i);
                script.run(
                        "bind_medusa_head",
                        Script.value(tensors(scope, head.activated())),
                        Script.value(heads.config().layers()),
                        Script.value(tensors(scope, head.scores())));
            }
        }
    }

    private static List<NDArray> norms(Function<String, NDArray> tensor) {
        return List.of(tensor.apply("input_layernorm.weight"), tensor.apply("post_attention_layernorm.weight"));
    }

    private static List<NDArray> projections(Function<String, NDArray> tensor) {
        return Stream.of("q", "k", "v", "o")
                .map(name -> tensor.apply("self_attn.%s_proj.weight".formatted(name)))
                .toList();
    }

    private static List<NDArray> feedForward(Function<String, NDArray> tensor) {
        return Stream.of("gate", "up", "down")
                .map(name -> tensor.apply("mlp.%s_proj.weight".formatted(name)))
                .toList();
    }

    private List<NDArray> tensors(NDManager scope, List<StoredTensor> stored) {
        return stored.stream().map(tensor -> tensor(scope, tensor)).toList();
    }

    /** A stored tensor, on the device, in the model's data type. */
    private NDArray tensor(NDManager scope, StoredTensor stored) {
        int storage = switch (stored.type()) {
            case FLOAT32 -> 6;
            case FLOAT16 -> 5;
            case BFLOAT16 -> 15;
        };
        long[] shape = stored.shape().stream().mapToLong(Long::longValue).toArray();
        bytes += new Shape(shape).size() * options.dataType().bytes();
        try (NDArray raw = manager.create(
                stored.bytes(), new Shape(stored.bytes().remaining()), ai.djl.ndarray.types.DataType.UINT8)) {
            return script.array(scope, "tensor", Script.value(raw), Script.value(storage), IValue.listFrom(shape));
        }
    }

    /** float32 on a CPU, whose libtorch has slow half-precision attention only; elsewhere the type of the activations. */
    private DataType cacheType() {
        return manager.getDevice().isGpu() ? options.dataType() : DataType.FLOAT32;
    }
}
