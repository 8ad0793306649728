package dev.hydra.training;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadTensors;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.training.tokenizer.SpecialToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Writes a trained base as the folder that the decoder opens, in bfloat16, and reads bases and heads for training. */
final class ModelFolders {

    private ModelFolders() {}

    /** Writes configuration and weights of a base model; the folder is made where it is missing. */
    static void writeBase(Path folder, ModelConfig config, List<Weight> weights) throws IOException {
        Files.createDirectories(folder);
        config.write(folder);
        JsonObject generation = new JsonObject();
        generation.addProperty("bos_token_id", SpecialToken.BEGIN.id());
        generation.addProperty("eos_token_id", SpecialToken.END.id());
        generation.addProperty("pad_token_id", SpecialToken.PAD.id());
        Files.writeString(
                folder.resolve("generation_config.json"),
                new GsonBuilder().setPrettyPrinting().create().toJson(generation) + "\n");
        writeWeights(folder.resolve(Checkpoint.FILE), weights);
    }

    /** Writes tensors under their names, in bfloat16. */
    static void writeWeights(Path file, List<Weight> weights) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        for (Weight weight : weights) {
            writer.add(
                    weight.name(),
                    StorageType.BFLOAT16,
                    weight.shape(),
                    () -> StorageType.BFLOAT16.encode(weight.values()));
        }
        writer.write(file);
    }

    /** The weights of a base model, in the order of {@link ModelConfig#tensorShapes()}. */
    static List<Weight> readBase(Checkpoint checkpoint) {
        return checkpoint.config().tensorShapes().keySet().stream()
                .map(name -> read(checkpoint, name))
                .toList();
    }

    /** One tensor of a base model, whose shape its configuration decides. */
    static Weight read(Checkpoint checkpoint, String name) {
        List<Long> shape =
                Objects.requireNonNull(checkpoint.config().tensorShapes().get(name), name);
        long[] sizes = shape.stream().mapToLong(Long::longValue).toArray();
        return new Weight(name, shape, checkpoint.tensor(name, sizes).floats());
    }

    /** The base model's score matrix (V, D). */
    static Weight readScores(Checkpoint checkpoint) {
        return read(checkpoint, checkpoint.config().tiedEmbeddings() ? "model.embed_tokens.weight" : "lm_head.weight");
    }

    /**
     * The weights of draft heads in the order of {@link HeadsConfig#tensorShapes}, whatever their file calls them.
     *
     * @param base the model that they belong to; its scores serve heads that have none of their own
     */
    static List<Weight> readHeads(HeadsCheckpoint heads, Checkpoint base) {
        HeadsConfig config = heads.config();
        List<float[]> values = new ArrayList<>();
        for (String name : config.tensorShapes(base.config()).keySet()) {
            HeadsConfig.basePart(name)
                    .ifPresent(part -> values.add(heads.prefix(part).floats()));
        }
        for (int i = 0; i < config.heads(); i++) {
            HeadTensors head = heads.head(i);
            for (List<StoredTensor> part : List.of(head.activated(), head.residual(), head.later())) {
                part.forEach(tensor -> values.add(tensor.floats()));
            }
            values.add(
                    head.scores().isEmpty()
                            ? readScores(base).values()
                            : head.scores().get(0).floats());
            values.add(
                    head.scores().size() < 2
                            ? new float[base.config().vocabulary()]
                            : head.scores().get(1).floats());
        }
        List<Weight> weights = new ArrayList<>();
        config.tensorShapes(base.config())
                .forEach((name, shape) -> weights.add(new Weight(name, shape, values.get(weights.size()))));
        return weights;
    }
}
