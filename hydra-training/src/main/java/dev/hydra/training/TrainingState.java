package dev.hydra.training;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.JsonSyntaxException;
import dev.hydra.checkpoint.SafetensorsFile;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.training.TrainingLog.Evaluation;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/*
 * A state is a JSON file that names two others, weights with AdamW's moments and the best weights so far. Files are written under
 * names of their own first, and synchronised; then the JSON file takes the place of the last one in a single move. So a process
 * may be killed at any moment: what the JSON file names is always there, whole. What it does not name is rubbish and is swept.
 */
/** The folder in which a training keeps what it needs to go on after an interruption. Not for use by several threads. */
final class TrainingState {

    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();
    private static final String FILE = "state.json";

    private final Path folder;
    private final String identity;

    /**
     * @param folder where the files lie
     * @param identity of everything that decides the result: recipe, text and base; a state of another identity is none of ours
     */
    TrainingState(Path folder, String identity) {
        this.folder = folder;
        this.identity = identity;
    }

    /**
     * How far a training has come.
     *
     * @param steps made
     * @param bestStep the step after which the heads were best on the validation text; 0 before the first evaluation
     * @param bestLoss the loss there; 0 before the first evaluation
     * @param bestHeads each head's figures there; none before the first evaluation
     */
    record Progress(int steps, int bestStep, double bestLoss, List<HeadFigures> bestHeads) {
        static Progress none() {
            return new Progress(0, 0, 0, List.of());
        }

        /** After more steps without another evaluation. */
        Progress at(int step) {
            return new Progress(step, bestStep, bestLoss, bestHeads);
        }

        /** After more steps and another evaluation. */
        Progress with(Evaluation evaluation) {
            boolean better = bestStep == 0 || evaluation.loss() < bestLoss;
            return better
                    ? new Progress(evaluation.step(), evaluation.step(), evaluation.loss(), evaluation.heads())
                    : new Progress(evaluation.step(), bestStep, bestLoss, bestHeads);
        }
    }

    /** What the JSON file holds. */
    private record Content(String identity, Progress progress) {}

    /**
     * The progress of an interrupted training; none where there was no such training.
     *
     * @throws IOException if the folder holds a training of another identity, or its files cannot be read
     */
    Progress read() throws IOException {
        Files.createDirectories(folder);
        Optional<Content> content = content();
        if (content.isEmpty()) {
            return Progress.none();
        }
        if (!content.get().identity().equals(identity)) {
            throw new IOException(
                    "%s holds a training after %d steps of another recipe, text or base model; use the same options to go on, another output folder, or --restart to begin anew"
                            .formatted(folder, content.get().progress().steps()));
        }
        return content.get().progress();
    }

    private Optional<Content> content() throws IOException {
        Path file = folder.resolve(FILE);
        try {
            Content content = GSON.fromJson(Files.readString(file), Content.class);
            if (content == null || content.identity() == null || content.progress() == null) {
                throw new IOException(
                        "%s is not the state of a training; delete the folder to begin anew".formatted(file));
            }
            return Optional.of(content);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JsonSyntaxException | CharacterCodingException e) {
            throw new IOException(
                    "%s is not the state of a training; delete the folder to begin anew".formatted(file), e);
        } catch (JsonParseException e) {
            throw new IOException("%s cannot be read".formatted(file), e);
        }
    }

    /** The weights and moments of some progress. */
    SafetensorsFile open(Progress progress) {
        return SafetensorsFile.open(weights(progress.steps()));
    }

    /** The best weights so far, in bfloat16 and under their names. */
    Path best(Progress progress) {
        return folder.resolve("best-%d.safetensors".formatted(progress.bestStep()));
    }

    private Path weights(int steps) {
        return folder.resolve("weights-%d.safetensors".formatted(steps));
    }

    /** Makes a progress durable. If its best step is its last one, the graph's weights are the best ones. */
    void write(TrainingGraph graph, Progress progress) throws IOException {
        if (progress.bestStep() == progress.steps()) {
            graph.writeWeights(best(progress), StorageType.BFLOAT16);
        }
        graph.writeState(weights(progress.steps()));
        Path file = folder.resolve(FILE);
        Path part = folder.resolve(FILE + ".part");
        Files.writeString(part, GSON.toJson(new Content(identity, progress)) + "\n");
        try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        try {
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        }
        sweep(Set.of(folder.resolve(FILE), weights(progress.steps()), best(progress)));
    }

    private void sweep(Set<Path> kept) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(file -> !kept.contains(file)).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Forgets weights and moments once a training is over; that it is over remains known. */
    void finish() throws IOException {
        sweep(Set.of(folder.resolve(FILE)));
    }

    /** Removes everything, where the training is to begin anew. */
    void delete() throws IOException {
        if (Files.exists(folder)) {
            // first what names the others
            Files.deleteIfExists(folder.resolve(FILE));
            try (Stream<Path> files = Files.list(folder)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(folder);
        }
    }
}
