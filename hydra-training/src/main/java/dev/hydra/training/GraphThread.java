package dev.hydra.training;

import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs work on a graph on a thread that ends with it. Every thread that runs products gathers a team of OpenMP threads that lasts as
 * long as it does, and libgomp puts all teams to sleep between operations once their threads are more than the processors: an engine
 * that decodes later in the same process would be slow for no other reason, and a tree grown for its speed be the wrong one.
 */
final class GraphThread {

    private GraphThread() {}

    /**
     * Does the work and returns its result, or throws what it throws. An interrupt is passed on to the work, whose end is awaited.
     */
    static <T> T call(Callable<T> work) throws IOException, InterruptedException {
        FutureTask<T> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "hydra-graph");
        thread.setDaemon(true);
        thread.start();
        join(thread);
        try {
            return task.get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IOException io) {
                throw io;
            }
            if (cause instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            if (cause instanceof RuntimeException runtime) {
                throw runtime;
            }
            if (cause instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("work on a graph threw what it cannot throw", cause);
        }
    }

    private static void join(Thread thread) {
        while (true) {
            try {
                thread.join();
                return;
            } catch (InterruptedException e) {
                thread.interrupt();
            }
        }
    }
}
