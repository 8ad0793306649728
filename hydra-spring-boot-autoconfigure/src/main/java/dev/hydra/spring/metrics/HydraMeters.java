package dev.hydra.spring.metrics;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Every meter of Hydra: its name, unit and tags. Fed by the engine itself, so that cancelled answers count too.
 *
 * <p>A step is a verification pass of one sequence: where several are decoded together, each counts a step and its share of the
 * time. Every answer begins with a token that reading its prompt gave, so generated tokens are the prompts, the steps and the
 * accepted tokens of all depths. Over any period, acceptance length is {@code 1 + rate(accepted) / rate(steps)}, and speed is
 * {@code rate(hydra.decoding.tokens.generated)}. The names that begin with {@code gen_ai} and their buckets are
 * OpenTelemetry's, with finer buckets below ten milliseconds per token.
 */
public final class HydraMeters implements DecodeListener {

    /** Counter: verification passes of one sequence that yielded a token. */
    public static final String STEPS = "hydra.decoding.steps";

    /** Counter: tokens of prompts read. */
    public static final String PROMPT_TOKENS = "hydra.decoding.tokens.prompt";

    /** Counter: tokens of answers, accepted drafts and the model's own. */
    public static final String GENERATED_TOKENS = "hydra.decoding.tokens.generated";

    /** Counter: tokens drafted; tag {@link #DEPTH}. */
    public static final String DRAFTED_TOKENS = "hydra.decoding.tokens.drafted";

    /** Counter: steps that yielded a token beyond a depth, which drafting saved a step; tag {@link #DEPTH}. */
    public static final String ACCEPTED_TOKENS = "hydra.decoding.tokens.accepted";

    /**
     * Timer: a step's share of the time in a phase; tag {@link #PHASE}: draft, verify or commit (which includes accepting). The
     * total is the time that the engine spent.
     */
    public static final String STEP = "hydra.decoding.step";

    /** Timer: reading a prompt. */
    public static final String PREFILL = "hydra.decoding.prefill";

    /** Summary: tokens generated per verification step, per answer; 1 is plain decoding. */
    public static final String ACCEPTANCE_LENGTH = "hydra.acceptance.length";

    /** Counter: answers ended; tag {@link #OUTCOME}: stop, length, cancelled or error. */
    public static final String REQUESTS = "hydra.requests";

    /** Gauge: requests being decoded, each in a cache row of its own. */
    public static final String ACTIVE_REQUESTS = "hydra.requests.active";

    /** Gauge: requests waiting to be decoded. */
    public static final String QUEUED_REQUESTS = "hydra.requests.queued";

    /** Gauge: cache rows; {@link #ACTIVE_REQUESTS} of them are in use. */
    public static final String CACHE_ROWS = "hydra.cache.rows";

    /** Timer: from the request to its first token, waiting included. */
    public static final String TIME_TO_FIRST_TOKEN = "gen_ai.server.time_to_first_token";

    /** Timer: an answer's mean time per token after the first. */
    public static final String TIME_PER_OUTPUT_TOKEN = "gen_ai.server.time_per_output_token";

    /** Timer: from the request to the end of its answer, waiting included. */
    public static final String REQUEST_DURATION = "gen_ai.server.request.duration";

    /** Tag: the depth of a draft in the tree, 1 for the first head. */
    public static final String DEPTH = "depth";

    /** Tag: the part of a step. */
    public static final String PHASE = "phase";

    /** Tag: how an answer ended. */
    public static final String OUTCOME = "outcome";

    private static final Tags GEN_AI = Tags.of("gen_ai.operation.name", "chat", "gen_ai.system", "hydra");
    private static final double[] ACCEPTANCE_BUCKETS = {1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6};
    private static final double[] FIRST_TOKEN_SECONDS = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
    };
    private static final double[] PER_TOKEN_SECONDS = {
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5
    };
    private static final double[] REQUEST_SECONDS =
            IntStream.range(0, 14).mapToDouble(power -> 0.01 * (1 << power)).toArray();

    private final Counter steps;
    private final Counter promptTokens;
    private final Counter generatedTokens;
    private final MeterProvider<Counter> draftedTokens;
    private final MeterProvider<Counter> acceptedTokens;
    private final Timer draft;
    private final Timer verify;
    private final Timer commit;
    private final Timer prefill;
    private final DistributionSummary acceptanceLength;
    private final MeterProvider<Counter> requests;
    private final Timer timeToFirstToken;
    private final Timer timePerOutputToken;
    private final Timer requestDuration;

    public HydraMeters(MeterRegistry registry) {
        steps = Counter.builder(STEPS)
                .description("Verification passes of one sequence that yielded a token")
                .register(registry);
        promptTokens = tokens(PROMPT_TOKENS, "Tokens of prompts read").register(registry);
        generatedTokens = tokens(GENERATED_TOKENS, "Tokens of answers").register(registry);
        draftedTokens = tokens(DRAFTED_TOKENS, "Tokens drafted").withRegistry(registry);
        acceptedTokens = tokens(ACCEPTED_TOKENS, "Steps that yielded a token beyond the depth")
                .withRegistry(registry);
        MeterProvider<Timer> step = Timer.builder(STEP)
                .description("A step's share of the time in a phase")
                .withRegistry(registry);
        draft = step.withTag(PHASE, "draft");
        verify = step.withTag(PHASE, "verify");
        commit = step.withTag(PHASE, "commit");
        prefill = Timer.builder(PREFILL).description("Time to read a prompt").register(registry);
        acceptanceLength = DistributionSummary.builder(ACCEPTANCE_LENGTH)
                .description("Tokens generated per verification step")
                .serviceLevelObjectives(ACCEPTANCE_BUCKETS)
                .register(registry);
        requests = Counter.builder(REQUESTS).description("Answers ended").withRegistry(registry);
        timeToFirstToken = genAi(TIME_TO_FIRST_TOKEN, "Time to an answer's first token", FIRST_TOKEN_SECONDS)
                .register(registry);
        timePerOutputToken = genAi(TIME_PER_OUTPUT_TOKEN, "Time per token after the first", PER_TOKEN_SECONDS)
                .register(registry);
        requestDuration = genAi(REQUEST_DURATION, "Time to the end of an answer", REQUEST_SECONDS)
                .register(registry);
    }

    /** The gauges of an engine, to be bound to a registry once the engine is open. */
    public static MeterBinder gauges(Hydra hydra) {
        return registry -> {
            Gauge.builder(ACTIVE_REQUESTS, hydra, Hydra::active)
                    .description("Requests being decoded")
                    .register(registry);
            Gauge.builder(CACHE_ROWS, hydra.description(), ModelDescription::rows)
                    .description("Requests that are decoded together at most")
                    .register(registry);
            Gauge.builder(QUEUED_REQUESTS, hydra, Hydra::queued)
                    .description("Requests waiting to be decoded")
                    .register(registry);
        };
    }

    @Override
    public void measured(DecodeStatistics delta) {
        promptTokens.increment((double) delta.promptTokens());
        generatedTokens.increment((double) delta.generatedTokens());
        if (!delta.prefill().isZero()) {
            prefill.record(delta.prefill());
        }
        // a sequence that was cancelled while the others stepped took its share and yielded nothing
        steps.increment((double) delta.steps());
        increment(draftedTokens, delta.drafted());
        increment(acceptedTokens, delta.accepted());
        if (!delta.stepTime().isZero()) {
            draft.record(delta.draft());
            verify.record(delta.verify());
            commit.record(delta.commit());
        }
    }

    @Override
    public void finished(Completion completion, Duration total) {
        DecodeStatistics statistics = completion.statistics();
        requests.withTag(OUTCOME, completion.reason().name().toLowerCase(Locale.ROOT))
                .increment();
        requestDuration.record(total);
        if (statistics.steps() > 0) {
            acceptanceLength.record(statistics.acceptanceLength());
        }
        if (statistics.generatedTokens() > 0) {
            timeToFirstToken.record(statistics.timeToFirstToken());
        }
        if (statistics.generatedTokens() > 1) {
            timePerOutputToken.record(
                    total.minus(statistics.timeToFirstToken()).dividedBy(statistics.generatedTokens() - 1));
        }
    }

    @Override
    public void failed(Throwable error) {
        requests.withTag(OUTCOME, "error").increment();
    }

    private static void increment(MeterProvider<Counter> counters, List<Long> perDepth) {
        for (int index = 0; index < perDepth.size(); index++) {
            counters.withTag(DEPTH, Integer.toString(index + 1)).increment(perDepth.get(index));
        }
    }

    private static Counter.Builder tokens(String name, String description) {
        return Counter.builder(name).description(description);
    }

    private static Timer.Builder genAi(String name, String description, double[] bucketSeconds) {
        return Timer.builder(name)
                .description(description)
                .tags(GEN_AI)
                .serviceLevelObjectives(Arrays.stream(bucketSeconds)
                        .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                        .toArray(Duration[]::new));
    }
}
