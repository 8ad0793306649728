package dev.hydra.spring.metrics;

import dev.hydra.Hydra;
import dev.hydra.MemoryUse;
import dev.hydra.ModelDescription;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.FinishReason;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter.MeterProvider;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Every meter of Hydra: its name, unit and tags. Fed by the engine itself, so that cancelled answers count too.
 *
 * <p>A step is a verification pass of one sequence: where several are decoded together, each counts a step and its share of the
 * time. Every answer begins with a token that reading its prompt gave, so generated tokens are the prompts, the steps and the
 * accepted tokens of all depths. Over any period, acceptance length is {@code 1 + rate(accepted) / rate(steps)}, and speed is
 * {@code rate(hydra.decoding.tokens.generated)}. The names that begin with {@code gen_ai} and their buckets are
 * OpenTelemetry's, with finer buckets below ten milliseconds per token.
 *
 * <p>A registry that has several engines keeps them apart by tags that each is given, of the same keys. Meters are kept in the
 * registry that is given, and no tag has more values than there are depths.
 */
public final class HydraMeters implements DecodeListener {

    /** Counter: verification passes of one sequence that yielded a token. */
    public static final String STEPS = "hydra.decoding.steps";

    /** Counter: steps that had a draft, which those of plain decoding have not. */
    public static final String DRAFTS = "hydra.decoding.drafts";

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

    /**
     * Counter: requests that came to their end; tag {@link #OUTCOME}: stop, length, cancelled or error, or rejected where as many
     * waited as may wait.
     */
    public static final String REQUESTS = "hydra.requests";

    /** Timer: from the request to its row of the cache. */
    public static final String WAITING = "hydra.requests.waiting";

    /** Gauge: requests being decoded, each in a cache row of its own. */
    public static final String ACTIVE_REQUESTS = "hydra.requests.active";

    /** Gauge: requests waiting to be decoded. */
    public static final String QUEUED_REQUESTS = "hydra.requests.queued";

    /** Gauge: requests that may wait; one more is rejected. */
    public static final String QUEUE_CAPACITY = "hydra.queue.capacity";

    /** Gauge: cache rows; {@link #ACTIVE_REQUESTS} of them are in use. */
    public static final String CACHE_ROWS = "hydra.cache.rows";

    /** Gauge: tokens of the cache; tag {@link #STATE}: used, or capacity for all that it has room for. */
    public static final String CACHE_TOKENS = "hydra.cache.tokens";

    /**
     * Gauge: bytes of the device's memory; tag {@link #STATE}: weights and cache are what the engine holds, available is what the
     * device has left, and is not there where that cannot be known.
     */
    public static final String DEVICE_MEMORY = "hydra.device.memory";

    /** Gauge: time that opening the model took. */
    public static final String MODEL_LOAD = "hydra.model.load";

    /** Gauge: nodes of the draft tree of requests that ask for none, the root included; 1 is plain decoding. */
    public static final String TREE_NODES = "hydra.tree.nodes";

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

    /** Tag: how a request ended. */
    public static final String OUTCOME = "outcome";

    /** Tag: which part of a whole. */
    public static final String STATE = "state";

    private static final String ERROR = "error";
    private static final String REJECTED = "rejected";

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
    private final Counter drafts;
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
    private final Timer waiting;
    private final Timer timeToFirstToken;
    private final Timer timePerOutputToken;
    private final Timer requestDuration;

    /** The meters of the one engine of a registry. */
    public HydraMeters(MeterRegistry registry) {
        this(registry, Tags.empty());
    }

    /** The meters of one engine among several; its tags tell it from the others. */
    public HydraMeters(MeterRegistry registry, Iterable<Tag> tags) {
        steps = counter(STEPS, "Verification passes of one sequence that yielded a token", tags)
                .register(registry);
        drafts = counter(DRAFTS, "Steps that had a draft", tags).register(registry);
        promptTokens = counter(PROMPT_TOKENS, "Tokens of prompts read", tags).register(registry);
        generatedTokens = counter(GENERATED_TOKENS, "Tokens of answers", tags).register(registry);
        draftedTokens = counter(DRAFTED_TOKENS, "Tokens drafted", tags).withRegistry(registry);
        acceptedTokens = counter(ACCEPTED_TOKENS, "Steps that yielded a token beyond the depth", tags)
                .withRegistry(registry);
        MeterProvider<Timer> step = Timer.builder(STEP)
                .description("A step's share of the time in a phase")
                .tags(tags)
                .withRegistry(registry);
        draft = step.withTag(PHASE, "draft");
        verify = step.withTag(PHASE, "verify");
        commit = step.withTag(PHASE, "commit");
        prefill = Timer.builder(PREFILL)
                .description("Time to read a prompt")
                .tags(tags)
                .register(registry);
        acceptanceLength = DistributionSummary.builder(ACCEPTANCE_LENGTH)
                .description("Tokens generated per verification step")
                .tags(tags)
                .serviceLevelObjectives(ACCEPTANCE_BUCKETS)
                .register(registry);
        requests = counter(REQUESTS, "Requests that came to their end", tags).withRegistry(registry);
        // from the start, so that the first of its kind is an increase that a query can see
        for (FinishReason reason : FinishReason.values()) {
            requests.withTag(OUTCOME, outcome(reason));
        }
        requests.withTag(OUTCOME, ERROR);
        requests.withTag(OUTCOME, REJECTED);
        waiting = histogram(WAITING, "Time to a request's cache row", FIRST_TOKEN_SECONDS)
                .tags(tags)
                .register(registry);
        Tags genAi = GEN_AI.and(tags);
        timeToFirstToken = histogram(TIME_TO_FIRST_TOKEN, "Time to an answer's first token", FIRST_TOKEN_SECONDS)
                .tags(genAi)
                .register(registry);
        timePerOutputToken = histogram(TIME_PER_OUTPUT_TOKEN, "Time per token after the first", PER_TOKEN_SECONDS)
                .tags(genAi)
                .register(registry);
        requestDuration = histogram(REQUEST_DURATION, "Time to the end of an answer", REQUEST_SECONDS)
                .tags(genAi)
                .register(registry);
    }

    /** The gauges of the one engine of a registry, to be bound once the engine is open. */
    public static MeterBinder gauges(Hydra hydra) {
        return gauges(hydra, Tags.empty());
    }

    /** The gauges of one engine among several; its tags tell it from the others. */
    public static MeterBinder gauges(Hydra hydra, Iterable<Tag> tags) {
        return registry -> new Gauges(hydra, Tags.of(tags), registry).register();
    }

    /** What is asked of an engine when somebody looks. */
    private record Gauges(Hydra hydra, Tags tags, MeterRegistry registry) {

        void register() {
            gauge(ACTIVE_REQUESTS, Hydra::active)
                    .description("Requests being decoded")
                    .register(registry);
            gauge(QUEUED_REQUESTS, Hydra::queued)
                    .description("Requests waiting to be decoded")
                    .register(registry);
            gauge(QUEUE_CAPACITY, Hydra::queueCapacity)
                    .description("Requests that may wait")
                    .register(registry);
            gauge(CACHE_ROWS, engine -> engine.description().rows())
                    .description("Requests that are decoded together at most")
                    .register(registry);
            gauge(CACHE_TOKENS, Hydra::cachedTokens)
                    .description("Tokens of the cache")
                    .tag(STATE, "used")
                    .register(registry);
            gauge(CACHE_TOKENS, Gauges::cacheCapacity)
                    .description("Tokens of the cache")
                    .tag(STATE, "capacity")
                    .register(registry);
            memory("weights", MemoryUse::weights);
            memory("cache", MemoryUse::cache);
            if (hydra.memory().available().isPresent()) {
                memory("available", memory -> memory.available().orElse(0));
            }
            TimeGauge.builder(
                            MODEL_LOAD,
                            hydra,
                            TimeUnit.NANOSECONDS,
                            engine -> engine.loadTime().toNanos())
                    .description("Time that opening the model took")
                    .tags(tags)
                    .register(registry);
            gauge(TREE_NODES, engine -> engine.description().drafter().treeNodes())
                    .description("Nodes of the draft tree where a request asks for none")
                    .register(registry);
        }

        private void memory(String state, ToDoubleFunction<MemoryUse> bytes) {
            gauge(DEVICE_MEMORY, engine -> bytes.applyAsDouble(engine.memory()))
                    .description("Memory of the device")
                    .baseUnit(BaseUnits.BYTES)
                    .tag(STATE, state)
                    .register(registry);
        }

        private Gauge.Builder<Hydra> gauge(String name, ToDoubleFunction<Hydra> value) {
            return Gauge.builder(name, hydra, value).tags(tags);
        }

        private static double cacheCapacity(Hydra engine) {
            ModelDescription model = engine.description();
            return (double) model.rows() * model.positions();
        }
    }

    @Override
    public void rejected() {
        requests.withTag(OUTCOME, REJECTED).increment();
    }

    @Override
    public void admitted(Duration waited) {
        waiting.record(waited);
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
        if (!delta.drafted().isEmpty()) {
            drafts.increment((double) delta.steps());
        }
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
        requests.withTag(OUTCOME, outcome(completion.reason())).increment();
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
        requests.withTag(OUTCOME, ERROR).increment();
    }

    private static String outcome(FinishReason reason) {
        return reason.name().toLowerCase(Locale.ROOT);
    }

    private static void increment(MeterProvider<Counter> counters, List<Long> perDepth) {
        for (int index = 0; index < perDepth.size(); index++) {
            counters.withTag(DEPTH, Integer.toString(index + 1)).increment(perDepth.get(index));
        }
    }

    private static Counter.Builder counter(String name, String description, Iterable<Tag> tags) {
        return Counter.builder(name).description(description).tags(tags);
    }

    private static Timer.Builder histogram(String name, String description, double[] bucketSeconds) {
        return Timer.builder(name)
                .description(description)
                .serviceLevelObjectives(Arrays.stream(bucketSeconds)
                        .mapToObj(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                        .toArray(Duration[]::new));
    }
}
