package dev.hydra.benchmarks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Measures how fast this machine's threads read memory together, in plain Java: every thread sums a {@code long[]} of its own,
 * in order, with eight running sums so that no addition waits for the one before. The arrays are far larger than a
 * processor's caches, so nearly every byte comes from memory; on a machine with a very large cache that would make the
 * figure too high, never too low. A loop of vector instructions may read somewhat faster where one core cannot keep the
 * memory busy with ordinary loads.
 */
final class MemoryReader implements AutoCloseable {
    private final List<long[]> arrays = new ArrayList<>();
    private final ExecutorService threads;
    private long checksum;

    /**
     * @param count     threads, one or more
     * @param megabytes that they read in a pass, each of them its share
     */
    MemoryReader(int count, int megabytes) {
        threads = Executors.newFixedThreadPool(count);
        for (int thread = 0; thread < count; thread++) {
            long[] array = new long[Math.toIntExact(megabytes * 1_000_000L / Long.BYTES / count)];
            Arrays.fill(array, thread + 1L);
            arrays.add(array);
        }
    }

    /**
     * Reads everything once.
     *
     * @return bytes per second of all threads together
     */
    double pass() {
        List<Callable<Long>> reads = new ArrayList<>();
        long bytes = 0;
        for (long[] array : arrays) {
            reads.add(() -> sum(array));
            bytes += (long) array.length * Long.BYTES;
        }
        try {
            long from = System.nanoTime();
            for (Future<Long> sum : threads.invokeAll(reads)) {
                checksum += sum.get();
            }
            return bytes / ((System.nanoTime() - from) / 1e9);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while reading memory", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    /** What all passes summed up: used, so that no pass may be left out. */
    long checksum() {
        return checksum;
    }

    private static long sum(long[] array) {
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        long e = 0;
        long f = 0;
        long g = 0;
        long h = 0;
        for (int at = 0; at + 7 < array.length; at += 8) {
            a += array[at];
            b += array[at + 1];
            c += array[at + 2];
            d += array[at + 3];
            e += array[at + 4];
            f += array[at + 5];
            g += array[at + 6];
            h += array[at + 7];
        }
        return a + b + c + d + e + f + g + h;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
