package dev.hydra.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.IValue;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadTensors;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.LayerTensors;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.checkpoint.Tempering;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

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
        bindFamily();
        try (TensorIntake intake = new TensorIntake(script, options.dataType())) {
            bindEnds(intake, checkpoint, embeddings);
            for (int i = 0; i < config.layers(); i++) {
                bindLayer(intake, checkpoint, i);
            }
        }
        double[] frequencies = config.rope().frequencies(config.headWidth(), options.positions());
        try (NDManager scope = manager.newSubManager()) {
            script.run(
                    "bind_cache",
                    Script.value(options.rows()),
                    Script.value(options.positions()),
                    Script.value(scope.create(frequencies)),
                    IValue.from(config.rope().amplitude()));
        }
    }

    private void bindFamily() {
        Tempering tempering = config.tempering();
        script.run(
                "bind_family",
                Script.value(config.window().size()),
                IValue.listFrom(tempering.scale(), config.embeddingScale()),
                IValue.listFrom(tempering.attentionCap(), tempering.outputCap()),
                IValue.from(config.family().normOffset()),
                IValue.from(config.family().gelu()));
    }

    private void bindEnds(TensorIntake intake, Checkpoint checkpoint, List<StoredTensor> embeddings) {
        StoredTensor table = checkpoint.tensor("model.embed_tokens.weight");
        try (NDManager scope = manager.newSubManager()) {
            Source source = new Source(intake, scope);
            NDArray embedding = source.vector(embeddings.isEmpty() ? table : embeddings.get(0));
            NDArray scores;
            if (config.tiedEmbeddings() && embeddings.isEmpty()) {
                scores = pack(scope, embedding);
                bytes += products == Products.PACKED ? size(table) : 0;
            } else {
                scores = source.matrix(config.tiedEmbeddings() ? table : checkpoint.tensor("lm_head.weight"));
            }
            NDArray norm = source.vector(checkpoint.tensor("model.norm.weight"));
            script.run("bind_ends", Script.value(embedding), Script.value(norm), Script.value(scores));
        }
    }

    private void bindLayer(TensorIntake intake, Checkpoint checkpoint, int number) {
        try (NDManager scope = manager.newSubManager()) {
            Source source = new Source(intake, scope);
            LayerTensors names = config.layer(number);
            script.run(
                    "bind_layer",
                    Script.value(source.vectors(names.before(), checkpoint::tensor)),
                    Script.value(source.vectors(names.after(), checkpoint::tensor)),
                    Script.value(source.vectors(names.headNorms(), checkpoint::tensor)),
                    Script.value(source.matrices(names, checkpoint::tensor)),
                    Script.value(source.vectors(names.biases(), checkpoint::tensor)),
                    IValue.from(config.window().in(number)));
        }
    }

    /** Binds draft heads that fit the base model. */
    void bind(HeadsCheckpoint heads) {
        try (TensorIntake intake = new TensorIntake(script, options.dataType())) {
            if (heads.config().kind() == HeadsKind.HYDRA_PLUS_PLUS) {
                bindPrefix(intake, heads);
            }
            if (heads.config().kind().grounded()) {
                bindHydra(intake, heads);
            } else {
                bindMedusa(intake, heads);
            }
        }
    }

    private void bindPrefix(TensorIntake intake, HeadsCheckpoint heads) {
        try (NDManager scope = manager.newSubManager()) {
            Source source = new Source(intake, scope);
            LayerTensors names = LayerTensors.PLAIN;
            List<NDArray> norms = new ArrayList<>(source.vectors(names.before(), heads::prefix));
            norms.add(source.vector(heads.prefix("model.norm.weight")));
            script.run("bind_prefix", Script.value(norms), Script.value(source.matrices(names, heads::prefix)));
        }
    }

    /** The first blocks of all heads, from which the graph makes its matrices; then what each head has of its own. */
    private void bindHydra(TensorIntake intake, HeadsCheckpoint heads) {
        int count = heads.config().heads();
        try (NDManager scope = manager.newSubManager()) {
            Source source = new Source(intake, scope);
            List<NDArray> blocks = new ArrayList<>();
            List<NDArray> biases = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                HeadTensors head = heads.head(i);
                blocks.add(source.stack(
                        List.of(head.activated().get(0), head.residual().get(0))));
                biases.add(source.stack(
                        List.of(head.activated().get(1), head.residual().get(1))));
            }
            script.run("bind_blocks", Script.value(blocks), Script.value(biases));
        }
        for (int i = 0; i < count; i++) {
            try (NDManager scope = manager.newSubManager()) {
                Source source = new Source(intake, scope);
                HeadTensors head = heads.head(i);
                script.run(
                        "bind_head",
                        Script.value(source.linear(head.later())),
                        Script.value(heads.config().layers() - 1),
                        Script.value(source.linear(head.scores())));
            }
        }
    }

    private void bindMedusa(TensorIntake intake, HeadsCheckpoint heads) {
        for (int i = 0; i < heads.config().heads(); i++) {
            try (NDManager scope = manager.newSubManager()) {
                Source source = new Source(intake, scope);
                HeadTensors head = heads.head(i);
                script.run(
                        "bind_medusa_head",
                        Script.value(source.linear(head.activated())),
                        Script.value(heads.config().layers()),
                        Script.value(source.linear(head.scores())));
            }
        }
    }

    /** A matrix as the products want it: itself, or in a layout of their own. */
    private NDArray pack(NDManager scope, NDArray matrix) {
        return script.array(scope, "pack", Script.value(matrix));
    }

    private long size(StoredTensor stored) {
        return stored.length() / stored.type().bytes() * options.dataType().bytes();
    }

    /** Stored tensors on the device, for as long as a scope lasts; what the graph keeps of them stays. */
    private final class Source {
        private final TensorIntake intake;
        private final NDManager scope;

        Source(TensorIntake intake, NDManager scope) {
            this.intake = intake;
            this.scope = scope;
        }

        /** A tensor that nothing is multiplied by, as it is. */
        NDArray vector(StoredTensor stored) {
            return stack(List.of(stored));
        }

        /** Several such, by their names in a file. */
        List<NDArray> vectors(List<String> names, Function<String, StoredTensor> file) {
            return names.stream().map(name -> vector(file.apply(name))).toList();
        }

        /** Tensors above one another, as they are. */
        NDArray stack(List<StoredTensor> parts) {
            parts.forEach(part -> bytes += size(part));
            return intake.stack(scope, parts);
        }

        /** A matrix that activations are multiplied by, or several above one another as one; what it was made of is freed at once. */
        NDArray matrix(StoredTensor... parts) {
            if (products == Products.PLAIN) {
                return stack(List.of(parts));
            }
            for (StoredTensor part : parts) {
                bytes += size(part);
            }
            try (NDArray plain = intake.stackForNow(scope, List.of(parts))) {
                return pack(scope, plain);
            }
        }

        /** A layer's five: of query, key and value in one, output, gate, up and down. */
        List<NDArray> matrices(LayerTensors names, Function<String, StoredTensor> file) {
            List<StoredTensor> attention = names.attention().stream().map(file).toList();
            List<StoredTensor> feedForward =
                    names.feedForward().stream().map(file).toList();
            int last = attention.size() - 1;
            List<NDArray> matrices = new ArrayList<>();
            matrices.add(matrix(attention.subList(0, last).toArray(StoredTensor[]::new)));
            matrices.add(matrix(attention.get(last)));
            if (feedForward.size() == 2) {
                // gate above up in one
                long half = feedForward.get(0).shape().get(0) / 2;
                matrices.add(matrix(feedForward.get(0).rows(0, half)));
                matrices.add(matrix(feedForward.get(0).rows(half, half)));
            } else {
                matrices.add(matrix(feedForward.get(0)));
                matrices.add(matrix(feedForward.get(1)));
            }
            matrices.add(matrix(feedForward.get(feedForward.size() - 1)));
            return matrices;
        }

        /** A matrix and, where there is one, its bias; nothing for nothing. */
        List<NDArray> linear(List<StoredTensor> stored) {
            List<NDArray> tensors = new ArrayList<>();
            for (StoredTensor one : stored) {
                tensors.add(tensors.isEmpty() ? matrix(one) : vector(one));
            }
            return tensors;
        }
    }

    /** float32 on a CPU, whose libtorch has slow half-precision attention only; elsewhere the type of the activations. */
    private DataType cacheType() {
        return manager.getDevice().isGpu() ? options.dataType() : DataType.FLOAT32;
    }
}
