package dev.hydra.benchmarks;

import dev.hydra.demo.DemoModel;
import dev.hydra.text.Detokenizer;
import dev.hydra.text.Tokenizer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * How long does the decoding thread spend on turning one token into text?
 *
 * <p>{@code mvn -q -pl hydra-benchmarks -am process-classes exec:exec@jmh -Darguments=DetokenizerBenchmark}
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DetokenizerBenchmark {
    private static final int TOKENS = 128;
    private static final String TEXT = "The old fox went down to the river, and the river told it a story. ";

    private Tokenizer tokenizer = Tokenizer.open(DemoModel.extract().model());
    private List<Integer> tokens = List.of();

    /** Gives the benchmark its tokens. */
    @Setup
    public void encode() {
        tokens = tokenizer.encode(TEXT.repeat(TOKENS)).subList(0, TOKENS);
    }

    /** Frees the tokenizer's native memory. */
    @TearDown
    public void close() {
        tokenizer.close();
    }

    /** A sequence of 128 tokens from its first to its last; the result is per token. */
    @Benchmark
    @OperationsPerInvocation(TOKENS)
    public void append(Blackhole text) {
        Detokenizer detokenizer = new Detokenizer(tokenizer);
        for (int token : tokens) {
            text.consume(detokenizer.append(token));
        }
        text.consume(detokenizer.finish());
    }
}
