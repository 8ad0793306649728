package dev.hydra.training;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.graph.ModelGraph;
import dev.hydra.training.TrainingGraph.Settings;
import dev.hydra.training.grow.RankSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Says of a text how far down its list of choices each head has every token. At a place t head i ranks the token at t + i + 2,
 * knowing all tokens up to t + i + 1, as it does when a draft has been right so far. So a step that starts at t follows the path
 * of ranks (r1, r2, ...) of a draft tree exactly if the ranks at t begin like that.
 *
 * <p>Works on a thread of its own, which ends when this is closed: see {@link GraphThread}. Not for use by several threads.
 */
public final class HeadRanks implements RankSource {

    private final ExecutorService thread;
    private final TrainingGraph graph;

    private HeadRanks(ExecutorService thread, TrainingGraph graph) {
        this.thread = thread;
        this.graph = graph;
    }

    /**
     * Opens a base model and its heads, in float32 as the decoder runs them on a CPU.
     *
     * @param model folder of the base model
     * @param heads folder of the draft heads
     * @param device {@code auto}, {@code cpu}, {@code gpu} or {@code gpu1}
     * @throws dev.hydra.checkpoint.CheckpointException if a file is missing or broken, or the heads do not fit the base
     */
    public static HeadRanks open(Path model, Path heads, String device) {
        ExecutorService thread = Executors.newSingleThreadExecutor(HeadRanks::daemon);
        try {
            return new HeadRanks(thread, call(thread, () -> load(model, heads, device)));
        } catch (RuntimeException | Error e) {
            thread.shutdown();
            throw e;
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "hydra-ranks");
        thread.setDaemon(true);
        return thread;
    }

    private static TrainingGraph load(Path model, Path heads, String device) {
        try (Checkpoint base = Checkpoint.open(model);
                HeadsCheckpoint checkpoint = HeadsCheckpoint.open(heads)) {
            checkpoint.requireFits(base.config());
            Settings settings = new Settings(Objective.ofTeacher(), Optimizer.ofDecay(0));
            TrainingGraph graph =
                    new TrainingGraph(base.config(), ModelGraph.device(device), Precision.FLOAT32, settings);
            try {
                graph.freezeBase(base);
                graph.trainHeads(ModelFolders.readHeads(checkpoint, base), checkpoint.config());
                return graph;
            } catch (RuntimeException e) {
                graph.close();
                throw e;
            }
        }
    }

    /**
     * The ranks at every place of a text from one on.
     *
     * @param tokens a prompt and the base's continuation
     * @param from the first place: that of the last token before the first one that is drafted for
     * @return one list per place, with the rank from 0 of the token that each head predicts; shorter where the text ends
     */
    @Override
    public List<List<Integer>> ranks(List<Integer> tokens, int from) {
        List<List<Integer>> ranks = new ArrayList<>();
        List<List<Integer>> all = call(thread, () -> graph.ranks(tokens));
        for (List<Integer> place : all.subList(from, all.size())) {
            ranks.add(place.stream().takeWhile(rank -> rank >= 0).toList());
        }
        return ranks;
    }

    /** Waits for the work, which cannot be interrupted: a pass through a model. */
    private static <T> T call(ExecutorService thread, Supplier<T> work) {
        try {
            return CompletableFuture.supplyAsync(work, thread).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException runtime) {
                throw runtime;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        thread.execute(graph::close);
        thread.shutdown();
        boolean interrupted = false;
        boolean ended = false;
        while (!ended) {
            try {
                ended = thread.awaitTermination(1, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
