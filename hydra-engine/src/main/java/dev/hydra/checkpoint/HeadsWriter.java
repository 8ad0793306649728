package dev.hydra.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/*
 * The authors' module holds one block object several times and says its weights under every of these names; a file of
 * torch.save repeats the names and shares the numbers. Safetensors knows no sharing, so the first name stands for all.
 * Their loader skips what is missing without a word and keeps what its constructor made: the tables of embeddings, which
 * it takes from the base model or does not use, and the rotary frequencies, which it computes. So heads without these
 * load as well; those with them have the full set of keys.
 */
/**
 * Writes draft heads anew, whatever layout they came in: under the names of Hydra's authors or of Medusa's, as safetensors
 * or as {@code torch.save} writes them. Not for use by several threads.
 */
public final class HeadsWriter {
    private static final String TORCH_FILE = "hydra_lm_head.pt";
    private static final String MEDUSA_SAFETENSORS_FILE = "medusa_lm_head.safetensors";
    private static final String MEDUSA_TORCH_FILE = "medusa_lm_head.pt";
    private static final int CHUNK_BYTES = 1 << 22;
    private static final float HALF_OVERFLOW = 65520;

    private final HeadsConfig config;
    private final boolean medusaNames;
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> repetitions = new LinkedHashMap<>();
    private @Nullable StorageType type;

    private HeadsWriter(HeadsConfig config, boolean medusaNames) {
        this.config = config;
        this.medusaNames = medusaNames;
    }

    /**
     * Writes under the names of Hydra's authors. Medusa heads whose output layer has no bias get one of zeros.
     *
     * @param heads have to stay open until all is written
     * @throws IllegalArgumentException if the heads have no output layer, which these names need
     */
    public static HeadsWriter underAuthorsNames(HeadsCheckpoint heads) {
        HeadsWriter writer = new HeadsWriter(heads.config(), false);
        heads.embeddings().ifPresent(table -> writer.tensors.put(HeadsCheckpoint.EMBEDDINGS, table));
        heads.names().stream()
                .filter(name -> name.startsWith(HeadsConfig.PREFIX_LAYER))
                .forEach(name -> writer.tensors.put(name, heads.tensor(name)));
        if (heads.vocabulary() == 0) {
            throw new IllegalArgumentException(
                    "these Medusa heads have no output layer of their own, which the authors' names need; keep Medusa's names");
        }
        writer.addHeads(heads, HeadNames.authors(heads.config().kind()));
        return writer;
    }

    /**
     * Writes under the names of Medusa's authors, which know no bias of the output layer.
     *
     * @param heads have to stay open until all is written
     * @throws IllegalArgumentException if the heads are no Medusa heads, or the bias of their output layer is not zero
     */
    public static HeadsWriter underMedusasNames(HeadsCheckpoint heads) {
        HeadsConfig config = heads.config();
        if (config.kind() != HeadsKind.MEDUSA) {
            throw new IllegalArgumentException(
                    "heads of kind %s cannot have Medusa's names; expected Medusa heads: use the authors' names"
                            .formatted(config.kind()));
        }
        HeadsWriter writer = new HeadsWriter(config, true);
        HeadNames.Count count = new HeadNames.Count(config.heads(), config.layers(), heads.vocabulary() > 0);
        writer.addHeads(heads, HeadNames.medusa("", count));
        return writer;
    }

    /** Rounds all numbers to a type; they keep their own by default. */
    public HeadsWriter as(StorageType rounded) {
        this.type = rounded;
        return this;
    }

    /**
     * Adds what the authors' files have and nobody needs, where it is missing: the copy of the base model's embedding table, and
     * with a prefix layer its unused table, which becomes a second name of that copy, and its rotary frequencies.
     *
     * @param base has to stay open until all is written
     * @throws CheckpointException if the heads are not for this base model
     */
    public HeadsWriter completedBy(Checkpoint base) {
        tensors.putIfAbsent(HeadsCheckpoint.EMBEDDINGS, base.tensor("model.embed_tokens.weight"));
        if (config.kind() == HeadsKind.HYDRA_PLUS_PLUS) {
            String unused = HeadsConfig.PREFIX_LAYER + "embed_tokens.weight";
            if (!tensors.containsKey(unused)) {
                repetitions.put(unused, HeadsCheckpoint.EMBEDDINGS);
            }
            String frequencies = HeadsConfig.PREFIX_LAYER + "layers.0.self_attn.rotary_emb.inv_freq";
            tensors.putIfAbsent(frequencies, frequencies(frequencies, base.config()));
        }
        return this;
    }

    /**
     * Writes {@code config.json} and a safetensors file.
     *
     * @param folder exists
     * @throws IOException if that fails
     * @throws IllegalArgumentException if a number is too large for the type that was asked for
     */
    public void writeSafetensors(Path folder) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        tensors.forEach((name, tensor) -> {
            StorageType written = type(tensor);
            writer.add(name, written, tensor.shape(), bytes(name, tensor, written));
        });
        if (medusaNames) {
            // Medusa's loader finds the output layer behind the last block, so that all have to be there
            repetitions.forEach((name, original) -> {
                StoredTensor tensor = tensor(original);
                writer.add(name, type(tensor), tensor.shape(), bytes(name, tensor, type(tensor)));
            });
        }
        writeConfig(folder);
        writer.write(folder.resolve(medusaNames ? MEDUSA_SAFETENSORS_FILE : HeadsCheckpoint.FILE));
    }

    /**
     * Writes {@code config.json} and a {@code .pt} file.
     *
     * @param folder exists
     * @throws IOException if that fails
     * @throws IllegalArgumentException if a number is too large for the type that was asked for
     */
    public void writeTorch(Path folder) throws IOException {
        TorchWriter writer = new TorchWriter();
        tensors.forEach((name, tensor) -> {
            StorageType written = type(tensor);
            writer.add(name, written, tensor.shape(), bytes(name, tensor, written));
        });
        repetitions.forEach(writer::addAlias);
        writeConfig(folder);
        writer.write(folder.resolve(medusaNames ? MEDUSA_TORCH_FILE : TORCH_FILE));
    }

    private void writeConfig(Path folder) throws IOException {
        if (medusaNames) {
            config.writeAsMedusa(folder);
        } else {
            config.write(folder);
        }
    }

    private void addHeads(HeadsCheckpoint heads, HeadNames names) {
        int shared = config.kind().sharedLayer();
        for (int head = 0; head < config.heads(); head++) {
            HeadTensors found = heads.head(head);
            addLinear(names.block(head, 0) + "linear", found.activated());
            addLinear(names.block(head, 0) + "res_connection", found.residual());
            addLinear(names.block(head, 1) + "linear", found.later());
            for (int layer = shared + 1; layer < config.layers(); layer++) {
                for (String part : List.of("linear.weight", "linear.bias")) {
                    repetitions.put(names.block(head, layer) + part, names.block(head, shared) + part);
                }
            }
            addScores(names.scoreTensors(head), found.scores());
        }
    }

    private void addLinear(String name, List<StoredTensor> weightAndBias) {
        if (!weightAndBias.isEmpty()) {
            tensors.put(name + ".weight", weightAndBias.get(0));
            tensors.put(name + ".bias", weightAndBias.get(1));
        }
    }

    private void addScores(List<String> names, List<StoredTensor> found) {
        for (int part = 0; part < names.size(); part++) {
            String name = names.get(part);
            tensors.put(name, part < found.size() ? found.get(part) : zeros(name, found.get(0)));
        }
        if (names.size() < found.size() && !isZero(found.get(1))) {
            throw new IllegalArgumentException(
                    "tensor '%s' is not zero; Medusa's names have no place for it: use the authors' names"
                            .formatted(found.get(1).name()));
        }
    }

    private static StoredTensor zeros(String name, StoredTensor matrix) {
        int rows = Math.toIntExact(matrix.shape().get(0));
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(rows, matrix.type().bytes()));
        return new StoredTensor(name, matrix.type(), List.of((long) rows), bytes);
    }

    private static boolean isZero(StoredTensor bias) {
        for (float number : bias.floats()) {
            if (number != 0) {
                return false;
            }
        }
        return true;
    }

    private StoredTensor frequencies(String name, ModelConfig base) {
        double[] frequencies = base.rope().frequencies(base.headWidth(), base.positions());
        float[] numbers = new float[frequencies.length];
        for (int at = 0; at < numbers.length; at++) {
            numbers[at] = (float) frequencies[at];
        }
        // the authors' module is cast as a whole, so these are of the type of its other numbers
        StorageType own = tensor(HeadsConfig.PREFIX_LAYER + "norm.weight").type();
        return new StoredTensor(name, own, List.of((long) numbers.length), own.encode(numbers));
    }

    private StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalStateException("tensor '%s' is missing".formatted(name));
        }
        return tensor;
    }

    private StorageType type(StoredTensor tensor) {
        return type == null ? tensor.type() : type;
    }

    private static Supplier<ByteBuffer> bytes(String name, StoredTensor tensor, StorageType written) {
        return tensor.type() == written ? tensor::bytes : () -> rounded(name, tensor, written);
    }

    /** Chunk by chunk, so that the floats of a large table are never there all at once. */
    private static ByteBuffer rounded(String name, StoredTensor tensor, StorageType written) {
        ByteBuffer from = tensor.bytes();
        int numbers = from.remaining() / tensor.type().bytes();
        ByteBuffer to = ByteBuffer.allocate(Math.multiplyExact(numbers, written.bytes()));
        while (from.hasRemaining()) {
            int length = Math.min(CHUNK_BYTES, from.remaining());
            float[] values = tensor.type().decode(from.slice(from.position(), length));
            if (written == StorageType.FLOAT16) {
                requireHalf(name, values);
            }
            to.put(written.encode(values));
            from.position(from.position() + length);
        }
        return to.flip();
    }

    private static void requireHalf(String name, float[] values) {
        for (float value : values) {
            if (Math.abs(value) >= HALF_OVERFLOW && !Float.isInfinite(value)) {
                throw new IllegalArgumentException(
                        "tensor '%s' has the number %s; float16 ends at 65504: use bfloat16".formatted(name, value));
            }
        }
    }
}
