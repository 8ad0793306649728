package dev.hydra.training.grow;

import dev.hydra.decode.Completion;
import dev.hydra.schedule.Generation;
import java.util.ArrayList;
import java.util.List;

/** Generations that run at the same time. */
final class Generations {

    private Generations() {}

    /**
     * Waits for all of them, in their order.
     *
     * @throws InterruptedException if the calling thread is interrupted; then all are cancelled
     */
    static List<Completion> awaitAll(List<Generation> generations) throws InterruptedException {
        List<Completion> completions = new ArrayList<>();
        try {
            for (Generation generation : generations) {
                completions.add(generation.await());
            }
            return completions;
        } catch (InterruptedException e) {
            generations.forEach(Generation::cancel);
            throw e;
        }
    }
}
