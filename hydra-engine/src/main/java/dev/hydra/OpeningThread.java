package dev.hydra;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/*
 * On a CPU, libtorch shares an operation among a team of threads, which belongs to the thread that calls it and stays for as long
 * as that one lives. libgomp lets the members of a team wait for one another awake, as long as all teams together have no more
 * members than there are processors; beyond that they are put to sleep and woken for every operation, which for small models takes
 * longer than the operation. So there must be one team, the decoding thread's: were a model's weights packed by the caller's thread,
 * which lives on, decoding would be slower ever after (the embedded model on two cores: 4.0 instead of 2.1 ms for a plain step).
 */
/** Runs what opens a model on a thread that ends with it; an interrupt of the caller does not reach the model's files. */
final class OpeningThread {

    private OpeningThread() {}

    /** What the task returns, or throws. If the caller is interrupted while waiting, it waits on and stays interrupted. */
    static <T> T call(Supplier<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(
                () -> {
                    try {
                        result.complete(task.get());
                    } catch (RuntimeException | Error e) {
                        result.completeExceptionally(e);
                    }
                },
                "hydra-open");
        thread.start();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        try {
            return result.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }
}
