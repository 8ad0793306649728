package dev.hydra.benchmarks;

import dev.hydra.tree.TreeMask;
import dev.hydra.tree.TreeShape;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What do a step's integers cost: cutting the tree to the room that is left, finding it among the known ones, and, once for
 * each tree, its mask?
 *
 * <p>{@code mvn -q -pl hydra-benchmarks -am process-classes exec:exec@jmh -Darguments=TreeShapeBenchmark}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TreeShapeBenchmark {
    /** The tree's name. */
    @Param({"default", "hydra-63"})
    public String tree = "default";

    private TreeShape shape = TreeShape.single();

    /** Gives the benchmark its tree. */
    @Setup
    public void load() {
        shape = TreeShape.named(tree);
    }

    /** Every step but the last few of an answer: there is room for the whole tree. */
    @Benchmark
    public TreeShape withinAmpleRoom() {
        return shape.within(1000, 1000);
    }

    /** Near the end of an answer. */
    @Benchmark
    public TreeShape withinDepthOfTwo() {
        return shape.within(2, 1000);
    }

    /** The key of a map that every step looks into. */
    @Benchmark
    public int hash() {
        return shape.hashCode();
    }

    /** Once for each tree. */
    @Benchmark
    public TreeMask mask() {
        return TreeMask.of(shape);
    }
}
