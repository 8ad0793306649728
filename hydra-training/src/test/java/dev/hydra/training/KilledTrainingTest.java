package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class KilledTrainingTest {

    private static final int KILLS = 4;
    private static final long POLL_NANOSECONDS = 100_000;

    @TempDir
    Path folder;

    @Test
    @Timeout(300)
    void endsInTheSameHeadsHoweverOftenItsProcessIsKilled() throws IOException, InterruptedException {
        ModelFolders.writeBase(folder.resolve("base"), CycleBase.CONFIG, CycleBase.weights());
        Path unbroken = folder.resolve("unbroken");
        assertThat(start(unbroken).waitFor())
                .as(() -> "see " + folder.resolve("output.txt"))
                .isZero();

        long seed = System.nanoTime();
        Random random = new Random(seed);
        int kills = 0;
        Path killed = unbroken;
        // once, but for a machine on which a training is over before this thread comes round to killing it
        for (int i = 0; kills == 0; i++) {
            killed = folder.resolve("killed" + i);
            kills = train(killed, random);
        }
        assertThat(kills).as("kills with seed %d", seed).isLessThanOrEqualTo(KILLS);
        HeadsTrainerTest.assertSameFolders(killed, unbroken);
        assertThat(state(killed).toFile().list()).as("seed %d", seed).containsExactly("state.json");
    }

    /** Trains to the end, and returns how often the process was killed on the way. */
    private int train(Path output, Random random) throws IOException, InterruptedException {
        Path state = state(output);
        int kills = 0;
        boolean over = false;
        while (!over) {
            Process process = start(output);
            if (kills < KILLS) {
                if (kills % 2 == 0) {
                    // while a state is being written, the hardest moment
                    for (int states = random.nextInt(6); states >= 0; states--) {
                        await(process, () -> !isWriting(state));
                        await(process, () -> isWriting(state));
                    }
                } else {
                    await(process, () -> Files.exists(state));
                    process.waitFor(random.nextInt(400), TimeUnit.MILLISECONDS);
                }
                process.destroyForcibly();
            }
            over = process.waitFor() == 0;
            kills += over ? 0 : 1;
        }
        return kills;
    }

    private static Path state(Path output) {
        return output.resolve("training/state");
    }

    private Process start(Path output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KilledTraining.class.getName(),
                folder.resolve("base").toString(),
                output.toString());
        builder.environment().put("OMP_NUM_THREADS", "1");
        return builder.redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        folder.resolve("output.txt").toFile()))
                .start();
    }

    private static void await(Process process, BooleanSupplier moment) {
        while (process.isAlive() && !moment.getAsBoolean()) {
            LockSupport.parkNanos(POLL_NANOSECONDS);
        }
    }

    private static boolean isWriting(Path state) {
        String[] names = state.toFile().list();
        return names != null && List.of(names).stream().anyMatch(name -> name.endsWith(".part"));
    }
}
