package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(value = OS.LINUX, disabledReason = "the resident size is read from /proc")
class OpenAndCloseTest {
    /** Openings after which libtorch has loaded what it loads late, and the JVM has compiled what it runs often. */
    private static final int WARMING = 20;

    private static final int MEASURED = 100;

    /**
     * Median of so many figures. Single ones are far off: while a thread that has ended is not gone yet, or after the allocator has given
     * back what it otherwise keeps for the next opening.
     */
    private static final int WINDOW = 41;

    /** Bytes for sixty openings. What one of them takes while it is open is several times as much. */
    private static final long GROWTH = 16L << 20;

    @TempDir
    Path folder;

    @Test
    void leavesNothingBehind() throws IOException, InterruptedException {
        ModelConfig config = ModelConfig.llama(TinyModel.VOCABULARY, 256, 6, 4)
                .intermediate(768)
                .positions(512)
                .build();
        Path model = TinyModel.writeBase(
                Files.createDirectory(folder.resolve("model")), new TinyLlama(config, StorageType.FLOAT32, 11));
        Path heads = TinyHeads.seeded(12, config, 3, 1).write(folder.resolve("heads"));
        List<Long> resident = resident(model, heads);
        assertThat(resident).hasSize(WARMING + MEASURED);
        long before = median(resident.subList(WARMING, WARMING + WINDOW));
        long after = median(resident.subList(resident.size() - WINDOW, resident.size()));
        assertThat(after - before).as("of %s", resident).isLessThan(GROWTH);
        // what an open model takes, lest that be kept once for all
        assertThat(after).as("of %s", resident).isLessThan(resident.get(0) + 4 * GROWTH);
    }

    private List<Long> resident(Path model, Path heads) throws IOException, InterruptedException {
        Path output = folder.resolve("resident.txt");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                // a heap that is there from the beginning, and little that grows otherwise
                "-Xms64m",
                "-Xmx64m",
                "-XX:+AlwaysPreTouch",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                OpenedOften.class.getName(),
                model.toString(),
                heads.toString(),
                String.valueOf(WARMING + MEASURED));
        builder.environment().put("OMP_NUM_THREADS", "1");
        int code = builder.redirectOutput(output.toFile())
                .redirectError(folder.resolve("errors.txt").toFile())
                .start()
                .waitFor();
        assertThat(code).as(() -> "see " + folder.resolve("errors.txt")).isZero();
        return Files.readAllLines(output).stream()
                .filter(line -> line.matches("[0-9]+"))
                .map(Long::valueOf)
                .toList();
    }

    private static long median(List<Long> figures) {
        return figures.stream().sorted().toList().get(figures.size() / 2);
    }
}
