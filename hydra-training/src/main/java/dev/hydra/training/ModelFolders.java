package dev.hydra.training;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.training.tokenizer.SpecialToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes trained weights as the folders that the decoder opens, in bfloat16, and reads a base back for training. */
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

    /** Writes configuration and weights of draft heads; the folder is made where it is missing. */
    static void writeHeads(Path folder, HeadsConfig config, List<Weight> weights) throws IOException {
        Files.createDirectories(folder);
        config.write(folder);
        writeWeights(folder.resolve(HeadsCheckpoint.FILE), weights);
    }

    private static void writeWeights(Path file, List<Weight> weights) throws IOException {
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
        return checkpoint.config().tensorShapes().entrySet().stream()
                .map(tensor -> {
                    long[] shape = tensor.getValue().stream()
                            .mapToLong(Long::longValue)
                            .toArray();
                    float[] values = checkpoint.tensor(tensor.getKey(), shape).floats();
                    return new Weight(tensor.getKey(), tensor.getValue(), values);
                })
                .toList();
    }
}
