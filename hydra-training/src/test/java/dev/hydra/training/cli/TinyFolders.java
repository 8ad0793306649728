package dev.hydra.training.cli;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Folders with models of a few numbers. */
final class TinyFolders {
    static final ModelConfig BASE =
            ModelConfig.llama(19, 8, 3, 2).keyValueHeads(1).positions(64).build();

    private TinyFolders() {}

    static Path base(Path folder) throws IOException {
        return base(folder, BASE.tensorShapes());
    }

    static Path base(Path folder, Map<String, List<Long>> shapes) throws IOException {
        Files.createDirectories(folder);
        BASE.write(folder);
        write(folder.resolve(Checkpoint.FILE), shapes, StorageType.BFLOAT16);
        return folder;
    }

    /** Three heads of two layers, and a tree of four nodes. */
    static Path heads(Path folder, HeadsKind kind, ModelConfig base) throws IOException {
        Files.createDirectories(folder);
        HeadsConfig config = new HeadsConfig(kind, 3, 2, "tiny");
        config.write(folder);
        write(folder.resolve(HeadsCheckpoint.FILE), config.tensorShapes(base), StorageType.FLOAT32);
        Files.writeString(folder.resolve("tree.json"), "[[0], [1], [0, 0]]");
        return folder;
    }

    private static void write(Path file, Map<String, List<Long>> shapes, StorageType type) throws IOException {
        SafetensorsWriter writer = new SafetensorsWriter();
        shapes.forEach((name, shape) -> writer.add(name, type, shape, () -> {
            float[] values =
                    new float[shape.stream().reduce(1L, Math::multiplyExact).intValue()];
            Arrays.fill(values, name.hashCode() % 7);
            return type.encode(values);
        }));
        writer.write(file);
    }
}
