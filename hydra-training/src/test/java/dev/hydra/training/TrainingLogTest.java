package dev.hydra.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.training.TrainingLog.Evaluation;
import dev.hydra.training.TrainingLog.Step;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLogTest {

    @TempDir
    Path folder;

    @Test
    void rewindsToTheStepOfAState() throws IOException {
        TrainingLog log = log(10);
        log.rewind(6);
        assertThat(log.steps()).extracting(Step::number).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(log.evaluations()).extracting(line -> line.get(0)).containsExactly(5.0, 5.0);
        log.rewind(0);
        assertThat(log.steps()).isEmpty();
        assertThat(Files.readAllLines(log.stepTable())).hasSize(1);
    }

    @Test
    void cutsTheLineThatAKilledProcessHadBegun() throws IOException {
        TrainingLog log = log(3);
        String whole = Files.readString(log.stepTable());
        Files.writeString(log.stepTable(), "3,0.1", StandardOpenOption.APPEND);
        log.rewind(3);
        assertThat(log.stepTable()).hasContent(whole);
        assertThat(log.steps()).hasSize(3);
    }

    @Test
    void writesTheHeaderAnewWhereAKilledProcessHadOnlyBegunIt() throws IOException {
        String whole = Files.readString(log(2).stepTable());
        for (String begun : List.of("", "step,epo")) {
            TrainingLog log = new TrainingLog(folder);
            Files.writeString(log.stepTable(), begun);
            log.rewind(0);
            log(2);
            assertThat(log.stepTable()).as("after '%s'", begun).hasContent(whole);
        }
    }

    @Test
    void leavesNothingBesideTheTables() throws IOException {
        log(10).rewind(2);
        assertThat(folder.toFile().list()).containsExactlyInAnyOrder("steps.csv", "evaluations.csv");
    }

    @Test
    void drawsAPictureOfAnyLog() throws IOException {
        for (int steps : List.of(0, 1, 500)) {
            Path picture = folder.resolve("training-%d.png".formatted(steps));
            TrainingPlot.write(log(steps), "heads", picture);
            BufferedImage image = ImageIO.read(picture.toFile());
            assertThat(image.getWidth()).as("%d steps", steps).isBetween(1000, 2000);
            assertThat(image.getHeight()).as("%d steps", steps).isBetween(400, 1000);
        }
    }

    /** So many steps, and an evaluation of two heads after every fifth. */
    private TrainingLog log(int steps) throws IOException {
        TrainingLog log = new TrainingLog(folder);
        for (int step = 1; step <= steps; step++) {
            log.add(new Step(step, step / 10.0, 3.0 / step, 1e-3, 1, 100));
            if (step % 5 == 0) {
                HeadFigures figures = HeadFigures.of(10, 20, 15, 5, 1, 1, 0, 0, 6, 1, 0, 0, 0);
                log.add(new Evaluation(step, 2.0 / step, List.of(figures, figures)));
            }
        }
        return log;
    }
}
