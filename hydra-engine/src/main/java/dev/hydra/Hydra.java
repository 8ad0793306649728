package dev.hydra;

import static dev.hydra.UnsuitableOptionException.blame;

import dev.hydra.ModelDescription.DrafterDescription;
import dev.hydra.UnsuitableOptionException.Subject;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.GenerationDefaults;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.draft.DecodingDefaults;
import dev.hydra.draft.DecodingMode;
import dev.hydra.draft.Drafters;
import dev.hydra.graph.DataTypeChoice;
import dev.hydra.graph.DeviceMemory;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.ModelMemory;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationListener;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.schedule.Scheduler;
import dev.hydra.schedule.SchedulerOptions;
import dev.hydra.text.ChatMessage;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.ChatTemplateException;
import dev.hydra.text.Tokenizer;
import dev.hydra.tree.TreeShape;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A language model that is open and answers requests: a base model, its tokenizer and, where there are any, its draft heads.
 *
 * <pre>{@code
 * try (Hydra hydra = Hydra.open(HydraOptions.builder(model).heads(heads).build())) {
 *     List<Integer> prompt = hydra.tokenizer().encodePrompt("Once upon a time");
 *     Completion completion = hydra.generate(GenerationRequest.of(prompt)).await();
 *     System.out.println(completion.text());
 * }
 * }</pre>
 *
 * <p>Safe for use by several threads.
 */
public final class Hydra implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(Hydra.class);
    private static final int DEFAULT_POSITIONS = 4096;
    private static final int WARM_UP_TOKENS = 16;
    private static final String WARM_UP_QUESTION = "What is the time?";

    static {
        // DJL reports its start to a server of its makers unless this says not to; a local model has nothing to report
        if (System.getProperty("OPT_OUT_TRACKING") == null) {
            System.setProperty("OPT_OUT_TRACKING", "true");
        }
    }

    private final Tokenizer tokenizer;
    private final @Nullable ChatTemplate chatTemplate;
    private final GenerationDefaults generationDefaults;
    private final ModelDescription description;
    private final Scheduler scheduler;
    private final Lifetime lifetime;
    private final DecodingDefaults openedWith;
    private final Loading loading;

    private Hydra(
            Tokenizer tokenizer,
            @Nullable ChatTemplate chatTemplate,
            GenerationDefaults generationDefaults,
            ModelDescription description,
            Scheduler scheduler,
            Lifetime lifetime,
            Loading loading) {
        this.tokenizer = tokenizer;
        this.chatTemplate = chatTemplate;
        this.generationDefaults = generationDefaults;
        this.description = description;
        this.scheduler = scheduler;
        this.lifetime = lifetime;
        this.openedWith = scheduler.defaults();
        this.loading = loading;
    }

    /** What opening the model took of time, and takes of memory. */
    private record Loading(Duration time, ModelMemory memory) {}

    /**
     * Opens a model: reads its files, checks them against one another, and hands the weights to the device.
     *
     * @throws dev.hydra.checkpoint.CheckpointException if a file is missing or broken, or the heads do not fit the base
     * @throws dev.hydra.text.TokenizerException if the tokenizer is missing or broken
     * @throws dev.hydra.text.ChatTemplateException if the chat template is broken or not there
     * @throws UnsuitableOptionException if an option does not suit the model or the machine: a tree deeper than the heads, two sets of
     *     heads for the same mode, a device that is not there or has too little memory
     * @throws WarmUpException if the model is to be warmed up, and cannot answer
     * @throws dev.hydra.graph.LibtorchException if libtorch is missing, or is not the one that DJL expects
     * @throws dev.hydra.graph.DjlVersionException if the class path has parts of several versions of DJL
     */
    public static Hydra open(HydraOptions options) {
        try {
            return OpeningThread.call(() -> {
                Hydra hydra = load(options);
                if (options.warmUp()) {
                    hydra.warmUp();
                }
                return hydra;
            });
        } catch (OutOfMemoryError end) {
            throw UnsuitableOptionException.of(end);
        }
    }

    /** Answers a question that nobody has asked, as long as the engine has no callers; nobody hears of it, and nothing counts it. */
    private void warmUp() {
        long start = System.nanoTime();
        lifetime.counting = false;
        try {
            generate(GenerationRequest.of(warmUpPrompt()).withMaximumTokens(WARM_UP_TOKENS))
                    .await();
            // an answer is there a moment before its row of the cache is free again
            drain().join();
            resume();
            log.info(
                    "warmed up in {} ms",
                    Duration.ofNanos(System.nanoTime() - start).toMillis());
        } catch (InterruptedException | RuntimeException e) {
            // nobody has a reason to interrupt the thread that opens a model
            close();
            throw new WarmUpException(e.getCause() == null ? e : e.getCause());
        } catch (Error e) {
            close();
            throw e;
        } finally {
            lifetime.counting = true;
        }
    }

    private List<Integer> warmUpPrompt() {
        List<Integer> tokens = warmUpTokens();
        return tokens.subList(0, Math.min(tokens.size(), description.positions()));
    }

    private List<Integer> warmUpTokens() {
        if (chatTemplate != null) {
            try {
                return tokenizer.encode(chatTemplate.render(List.of(new ChatMessage("user", WARM_UP_QUESTION)), true));
            } catch (ChatTemplateException refusal) {
                log.debug("the chat template does not take a question alone", refusal);
            }
        }
        return tokenizer.encodePrompt(WARM_UP_QUESTION);
    }

    private static Hydra load(HydraOptions options) {
        long start = System.nanoTime();
        ModelGraph.requireLibraries();
        ChatTemplate chatTemplate =
                ChatTemplate.choose(options.model(), options.chatTemplate()).orElse(null);
        Tokenizer tokenizer = null;
        ModelGraph graph = null;
        try (Checkpoint checkpoint = Checkpoint.open(options.model());
                HeadSets heads = HeadSets.open(options.heads())) {
            ModelConfig config = checkpoint.config();
            GenerationDefaults generationDefaults = GenerationDefaults.read(options.model());
            heads.requireFit(config, options.model());
            String device = blame(Subject.DEVICE, () -> ModelGraph.device(options.device()));
            DataTypeChoice choice = DataTypeChoice.of(options.dataType(), device);
            GraphOptions graphOptions =
                    new GraphOptions(device, choice.type(), options.rows(), positions(options, config));
            ModelMemory memory = ModelMemory.of(config, heads.size(options.ownEmbeddings()), graphOptions);
            blame(Subject.MEMORY, () -> memory.requireFits(graphOptions, DeviceMemory.available(device)));
            tokenizer = Tokenizer.open(options.model());
            List<StoredTensor> embeddings =
                    options.ownEmbeddings() ? blame(Subject.OWN_EMBEDDINGS, heads::embeddings) : List.of();
            graph = blame(Subject.POSITIONS, () -> ModelGraph.load(checkpoint, embeddings, graphOptions));
            Drafters drafters = heads.bind(graph, options.tree(), options.mode());
            Lifetime lifetime = new Lifetime(options.listeners());
            Hydra hydra = new Hydra(
                    tokenizer,
                    chatTemplate,
                    generationDefaults,
                    describe(options, graph, drafters, new Opened(choice, heads.kinds())),
                    new Scheduler(
                            graph,
                            drafters,
                            tokenizer,
                            new SchedulerOptions(options.queue(), options.promptChunk(), options.acceptance()),
                            lifetime),
                    lifetime,
                    new Loading(Duration.ofNanos(System.nanoTime() - start), memory));
            log.info(
                    "opened {} in {} ms: {}",
                    hydra.description.name(),
                    hydra.loadTime().toMillis(),
                    hydra.description);
            return hydra;
        } catch (RuntimeException | Error e) {
            if (graph != null) {
                graph.close();
            }
            if (tokenizer != null) {
                tokenizer.close();
            }
            throw e;
        }
    }

    private static int positions(HydraOptions options, ModelConfig config) {
        return options.positions() > 0 ? options.positions() : Math.min(config.positions(), DEFAULT_POSITIONS);
    }

    /** What a model was opened with. */
    private record Opened(DataTypeChoice choice, List<HeadsKind> heads) {}

    private static ModelDescription describe(HydraOptions options, ModelGraph graph, Drafters drafters, Opened opened) {
        ModelConfig config = graph.config();
        return new ModelDescription(
                Pairing.name(options.model()),
                config.family().label(),
                config.parameters(),
                config.width(),
                config.layers(),
                config.heads(),
                config.vocabulary(),
                graph.positions(),
                opened.choice().type().label(),
                opened.choice().reason(),
                graph.device(),
                graph.rows(),
                drafters.standard(),
                options.acceptance(),
                opened.heads().stream()
                        .map(kind -> describe(kind, graph, drafters))
                        .toList(),
                graph.weightBytes());
    }

    private static DrafterDescription describe(HeadsKind kind, ModelGraph graph, Drafters drafters) {
        DecodingMode mode = HeadSets.mode(kind);
        TreeShape shape = drafters.of(mode).shape();
        return new DrafterDescription(
                mode, kind.label(), graph.draftHeads().getOrDefault(kind, 0), shape.size(), shape.depth());
    }

    /**
     * Starts generating; the listener hears of every step.
     *
     * @throws dev.hydra.schedule.QueueFullException if as many requests wait as may wait
     * @throws IllegalArgumentException if the prompt is longer than a cache row, or the request has a token that the model does not
     *     know, or asks for a mode, a tree or a rule that the model does not have or that do not go together
     * @throws IllegalStateException if the engine is closed or drained, or has broken down
     */
    public Generation generate(GenerationRequest request, GenerationListener listener) {
        return scheduler.submit(request, listener);
    }

    /** Starts generating; the result is to be awaited. Throws as {@link #generate(GenerationRequest, GenerationListener)}. */
    public Generation generate(GenerationRequest request) {
        return generate(request, new GenerationListener() {});
    }

    /** The model's tokenizer. */
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /**
     * The model's chat format, or the one that the options ask for.
     *
     * @throws IllegalStateException if the model's folder has none and the options ask for no other
     */
    public ChatTemplate chatTemplate() {
        if (chatTemplate == null) {
            throw new IllegalStateException(
                    "model %s has no chat template; set hydra.chat.template to one of %s or to the path of a .jinja file"
                            .formatted(description.name(), ChatTemplate.builtIn()));
        }
        return chatTemplate;
    }

    /** How the model's makers would have its tokens chosen; a {@link GenerationRequest} starts greedy all the same. */
    public GenerationDefaults generationDefaults() {
        return generationDefaults;
    }

    /** What is open, with the defaults that requests get now. */
    public ModelDescription description() {
        return description.with(defaults());
    }

    /** What requests get that ask for no mode or no tree. */
    public DecodingDefaults defaults() {
        return scheduler.defaults();
    }

    /** The {@link #defaults} that the model was opened with. */
    public DecodingDefaults openedWith() {
        return openedWith;
    }

    /**
     * Changes what requests get that ask for no mode or no tree, from the next request on; those that wait or are being decoded keep
     * what they got. It changes how fast an answer comes and, where drafts are accepted exactly, never what it says.
     *
     * <pre>{@code
     * hydra.reconfigure(defaults -> defaults.withMode(DecodingMode.PLAIN));
     * hydra.reconfigure(defaults -> hydra.openedWith());
     * }</pre>
     *
     * @param change makes the new defaults of the present ones; where several threads ask, one change follows the other
     * @throws IllegalArgumentException if the model has no heads for a mode, or cannot draft a tree; nothing is changed then
     */
    public void reconfigure(UnaryOperator<DecodingDefaults> change) {
        scheduler.reconfigure(change);
    }

    /** Whether requests are taken: from the opening to {@link #close}, unless the engine breaks down. */
    public boolean isOpen() {
        return scheduler.isOpen();
    }

    /** What the engine broke down of, so that it takes no more requests; empty where all is well, or it was closed. */
    public Optional<Throwable> failure() {
        return scheduler.failure();
    }

    /** How long opening the model took. */
    public Duration loadTime() {
        return loading.time();
    }

    /** The memory of the device that the model is on, as it is now. */
    public MemoryUse memory() {
        return new MemoryUse(
                description.weightBytes(), loading.memory().cache(), DeviceMemory.available(description.device()));
    }

    /** Tokens that lie in the cache, of {@code rows * positions} that it has room for. */
    public int cachedTokens() {
        return scheduler.cachedTokens();
    }

    /** Requests that may wait. */
    public int queueCapacity() {
        return scheduler.queueCapacity();
    }

    /** All work since the engine was opened. */
    public DecodeStatistics statistics() {
        return lifetime.statistics;
    }

    /** Requests that wait for their turn. */
    public int queued() {
        return scheduler.queued();
    }

    /** Requests that are being decoded. */
    public int active() {
        return scheduler.active();
    }

    /**
     * Takes no more requests until {@link #resume()}; those that wait or are being answered go on. What comes before {@link #close()},
     * where answers are to be finished.
     *
     * @return done as soon as there are none any more, or when the engine resumes; completed by the decoding thread, which whoever
     *     follows must not hold up
     */
    public CompletableFuture<Void> drain() {
        return scheduler.drain();
    }

    /** Takes requests again after {@link #drain()}; does nothing to an engine that was not drained, or is closed. */
    public void resume() {
        scheduler.resume();
    }

    /**
     * Ends what is in flight or waiting as cancelled, and frees all memory. Returns after the step that is being made.
     */
    @Override
    public void close() {
        scheduler.close();
    }

    /** Adds everything up, and passes it on. */
    private static final class Lifetime implements DecodeListener {

        private final List<DecodeListener> listeners;
        private volatile DecodeStatistics statistics = DecodeStatistics.none();
        private volatile boolean counting = true;

        Lifetime(List<DecodeListener> listeners) {
            this.listeners = listeners;
        }

        /** Those who hear of what happens now: nobody, as long as nothing counts. */
        private List<DecodeListener> hearing() {
            return counting ? listeners : List.of();
        }

        @Override
        public void rejected() {
            hearing().forEach(DecodeListener::rejected);
        }

        @Override
        public void admitted(Duration waited) {
            hearing().forEach(listener -> listener.admitted(waited));
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // the decoding thread is the only one that writes
        public void measured(DecodeStatistics delta) {
            if (counting) {
                statistics = statistics.plus(delta);
            }
            hearing().forEach(listener -> listener.measured(delta));
        }

        @Override
        public void finished(Completion completion, Duration total) {
            hearing().forEach(listener -> listener.finished(completion, total));
        }

        @Override
        public void failed(Throwable error) {
            hearing().forEach(listener -> listener.failed(error));
        }
    }
}
