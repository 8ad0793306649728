package dev.hydra.spring.chat;

import dev.hydra.Hydra;
import dev.hydra.checkpoint.GenerationDefaults;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.decode.FinishReason;
import dev.hydra.sampling.Typical;
import dev.hydra.schedule.GenerationListener;
import dev.hydra.schedule.StepListener;
import dev.hydra.schedule.StepReport;
import dev.hydra.text.TextRun;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.metadata.ChatGenerationMetadata;
import org.springframework.ai.chat.metadata.ChatResponseMetadata;
import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.Generation;
import org.springframework.ai.chat.model.MessageAggregator;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.ai.chat.observation.ChatModelObservationDocumentation;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingManager;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

/**
 * A chat model that decodes in this process, with an opened {@link Hydra}. Closing the engine is its opener's task.
 *
 * <p>A streamed answer has one chunk per decoding step; only the last chunk has a finish reason ({@code stop},
 * {@code length} or {@code tool_calls}) and usage. Cancelling the stream cancels the decoding at its next step. The native usage is the
 * answer's {@link DecodeStatistics}. What a request's options set is laid over the model's own options, whatever their class,
 * and these over what the model's {@code generation_config.json} says.
 *
 * <p>Tools that a request offers are described to the model, and its calls come out of the answer as Spring AI's tool calls, all in one
 * last chunk without text, whose finish reason is {@code tool_calls}; executing them is the caller's part, or a
 * {@code ToolCallingAdvisor}'s. What calls none of these tools, or is cut off, is text.
 *
 * <p>Safe for threads to share.
 */
public final class HydraChatModel implements ChatModel {

    /** Metadata key of a response or chunk: its text as a {@code List<TextRun>}, each with its origin; a step drafts one token per depth. */
    public static final String RUNS = "hydra.runs";

    /**
     * Metadata key of a stream's chunk, where the request's options ask for a {@link HydraChatOptions#getTrace trace}: the steps since the
     * chunk before as a {@code List<StepReport>}. That is one, and none in the first chunk, unless a step's text is held back.
     */
    public static final String STEPS = "hydra.steps";

    /** The name under which observations know this provider. */
    public static final String PROVIDER = "hydra";

    /** Tokens an answer may have when neither request nor model options nor the model's own files say otherwise. */
    public static final int DEFAULT_MAX_TOKENS = 512;

    private static final String TOOL_CALLS = "tool_calls";
    private static final ChatModelObservationConvention DEFAULT_CONVENTION =
            new DefaultChatModelObservationConvention();

    private final Hydra hydra;
    private final String name;
    private final HydraChatOptions options;
    private final ObservationRegistry observations;
    private final PromptReader reader;
    private final ToolCallingManager tools;
    private volatile @Nullable ChatModelObservationConvention convention;

    private HydraChatModel(Builder builder) {
        this.hydra = builder.hydra;
        this.name = hydra.description().name();
        this.options =
                modelDefaults(hydra).combineWith(builder.options.mutate()).build();
        this.observations = builder.observations;
        this.reader = new PromptReader(hydra, builder.toolFormat);
        this.tools = builder.tools;
        reader.requireFits(this.options);
    }

    private static HydraChatOptions.Builder modelDefaults(Hydra hydra) {
        GenerationDefaults files = hydra.generationDefaults();
        HydraChatOptions.Builder defaults = HydraChatOptions.builder()
                .model(hydra.description().name())
                .maxTokens(files.maximumTokens().orElse(DEFAULT_MAX_TOKENS));
        if (files.sampled()) {
            defaults.temperature(files.temperature().orElse(1));
        }
        // typical acceptance goes with a temperature alone; an application that asks for it wants that more
        if (!(hydra.description().acceptance() instanceof Typical)) {
            files.topK().ifPresent(defaults::topK);
            files.topP().ifPresent(defaults::topP);
            files.minP().ifPresent(defaults::minP);
            files.repetitionPenalty().ifPresent(defaults::repetitionPenalty);
        }
        return defaults;
    }

    /** Starts a chat model on an opened engine, with defaults for everything else. */
    public static Builder builder(Hydra hydra) {
        return new Builder(hydra);
    }

    /**
     * Answers a prompt, waiting for the whole answer.
     *
     * @throws IllegalArgumentException if the prompt asks for what this model cannot do, or is longer than the cache
     * @throws dev.hydra.schedule.QueueFullException if too many requests wait already
     * @throws IllegalStateException if the engine is closed
     * @throws CancellationException if the engine is closed before the answer is complete, or the caller is interrupted;
     *     the decoding then stops and the thread stays interrupted
     */
    @Override
    public ChatResponse call(Prompt prompt) {
        Prompt asked = withOptions(prompt);
        ChatModelObservationContext context = context(asked, false);
        ChatResponse response = observation(context).observe(() -> {
            ChatResponse answer = answer(asked);
            context.setResponse(answer);
            return answer;
        });
        return Objects.requireNonNull(response);
    }

    /**
     * Answers a prompt step by step, from the moment of subscription. Errors are those of {@link #call}, as signals.
     */
    @Override
    public Flux<ChatResponse> stream(Prompt prompt) {
        return Flux.deferContextual(subscriber -> {
            Prompt asked = withOptions(prompt);
            ChatModelObservationContext context = context(asked, true);
            Observation observation = observation(context);
            start(observation, subscriber);
            Flux<ChatResponse> chunks = chunks(asked)
                    .doOnError(observation::error)
                    .doFinally(signal -> observation.stop())
                    .contextWrite(view -> view.put(ObservationThreadLocalAccessor.KEY, observation));
            return new MessageAggregator().aggregate(chunks, context::setResponse);
        });
    }

    /** The options that a request starts from. */
    @Override
    public HydraChatOptions getOptions() {
        return options;
    }

    /** Replaces the names and tags under which calls are observed. */
    public void setObservationConvention(ChatModelObservationConvention convention) {
        this.convention = convention;
    }

    private Prompt withOptions(Prompt prompt) {
        ChatOptions asked = prompt.getOptions();
        HydraChatOptions merged = asked == null
                ? options
                : options.mutate().combineWith(asked.mutate()).build();
        return new Prompt(prompt.getInstructions(), merged);
    }

    private static HydraChatOptions options(Prompt asked) {
        return (HydraChatOptions) Objects.requireNonNull(asked.getOptions());
    }

    private Question question(Prompt asked) {
        HydraChatOptions own = options(asked);
        OfferedTools offered = own.getToolChoice() == ToolChoice.NONE
                ? OfferedTools.none()
                : OfferedTools.of(tools.resolveToolDefinitions(own));
        return reader.read(asked.getInstructions(), own, offered);
    }

    private ChatResponse answer(Prompt asked) {
        Question question = question(asked);
        var answer = new WholeAnswer(new Responses(name), question.answer());
        var generation = hydra.generate(question.request(), answer);
        try {
            return answer.await();
        } catch (InterruptedException interruption) {
            generation.cancel();
            Thread.currentThread().interrupt();
            var cancellation = new CancellationException("interrupted while waiting for the answer");
            cancellation.initCause(interruption);
            throw cancellation;
        }
    }

    /*
     * The decode thread only puts chunks into the sink's queue; what the subscriber does with them runs elsewhere, so that
     * a slow or blocking subscriber cannot hold up the engine.
     */
    private Flux<ChatResponse> chunks(Prompt asked) {
        return Flux.<ChatResponse>create(sink -> {
                    Question question = question(asked);
                    var responses = new Responses(name);
                    Chunks chunks = Boolean.TRUE.equals(options(asked).getTrace())
                            ? new TracedChunks(responses, question.answer(), sink)
                            : new Chunks(responses, question.answer(), sink);
                    var generation = hydra.generate(question.request(), chunks);
                    sink.onDispose(generation::cancel);
                })
                .publishOn(Schedulers.boundedElastic());
    }

    private static ChatModelObservationContext context(Prompt asked, boolean streaming) {
        return ChatModelObservationContext.builder()
                .prompt(asked)
                .provider(PROVIDER)
                .streaming(streaming)
                .build();
    }

    private Observation observation(ChatModelObservationContext context) {
        return ChatModelObservationDocumentation.CHAT_MODEL_OPERATION.observation(
                convention, DEFAULT_CONVENTION, () -> context, observations);
    }

    private static void start(Observation observation, ContextView subscriber) {
        Observation parent = subscriber.getOrDefault(ObservationThreadLocalAccessor.KEY, null);
        if (parent == null) {
            observation.start();
            return;
        }
        parent.scoped(() -> {
            observation.parentObservation(parent).start();
        });
    }

    private static CancellationException closedTooEarly(Completion completion) {
        return new CancellationException("the engine was closed after %d tokens of the answer"
                .formatted(completion.tokens().size()));
    }

    /** How an answer ended: what of its text has not been sent yet, the tools it calls, and why. */
    private record Ending(List<TextRun> runs, List<ToolCall> calls, Completion completion) {}

    /** Puts what the decoder says about one answer into Spring AI's words. */
    private record Responses(String id, String model) {

        Responses(String model) {
            this("hydra-" + UUID.randomUUID(), model);
        }

        ChatResponse chunk(ChatResponseMetadata.Builder metadata, List<TextRun> runs) {
            return response(new AssistantMessage(text(runs)), ChatGenerationMetadata.NULL, metadata);
        }

        /** The end of an answer: its last words and all of its calls. */
        ChatResponse last(ChatResponseMetadata.Builder metadata, Ending ending) {
            Completion completion = ending.completion();
            List<ToolCall> calls = ending.calls();
            DecodeStatistics statistics = completion.statistics();
            var usage = new DefaultUsage(
                    Math.toIntExact(statistics.promptTokens()),
                    Math.toIntExact(statistics.generatedTokens()),
                    null,
                    statistics);
            var generation = ChatGenerationMetadata.builder()
                    .finishReason(finishReason(calls, completion))
                    .build();
            var message = AssistantMessage.builder()
                    .content(text(ending.runs()))
                    .toolCalls(calls)
                    .build();
            return response(message, generation, metadata.usage(usage));
        }

        private static String finishReason(List<ToolCall> calls, Completion completion) {
            return completion.reason() == FinishReason.STOP && !calls.isEmpty()
                    ? TOOL_CALLS
                    : completion.reason().name().toLowerCase(Locale.ROOT);
        }

        private static String text(List<TextRun> runs) {
            return runs.stream().map(TextRun::text).collect(Collectors.joining());
        }

        ChatResponseMetadata.Builder metadata(List<TextRun> runs) {
            return ChatResponseMetadata.builder().id(id).model(model).keyValue(RUNS, List.copyOf(runs));
        }

        private static ChatResponse response(
                AssistantMessage message, ChatGenerationMetadata generation, ChatResponseMetadata.Builder metadata) {
            return new ChatResponse(List.of(new Generation(message, generation)), metadata.build());
        }
    }

    /** Hands each step's text to a stream. Called on the decode thread. */
    private static class Chunks implements GenerationListener {

        private final Responses responses;
        private final Answer answer;
        private final FluxSink<ChatResponse> sink;

        Chunks(Responses responses, Answer answer, FluxSink<ChatResponse> sink) {
            this.responses = responses;
            this.answer = answer;
            this.sink = sink;
        }

        @Override
        public void text(List<TextRun> runs) {
            send(answer.read(runs));
        }

        private void send(List<TextRun> words) {
            if (!words.isEmpty()) {
                sink.next(responses.chunk(metadata(words), words));
            }
        }

        /** What a chunk says beside its text. */
        ChatResponseMetadata.Builder metadata(List<TextRun> runs) {
            return responses.metadata(runs);
        }

        @Override
        public void finished(Completion completion) {
            if (completion.reason() == FinishReason.CANCELLED) {
                sink.error(closedTooEarly(completion));
                return;
            }
            // words in a chunk of their own: whoever executes the calls may keep their chunk to itself
            send(answer.finish());
            sink.next(responses.last(metadata(List.of()), new Ending(List.of(), answer.calls(), completion)));
            sink.complete();
        }

        @Override
        public void failed(Throwable failure) {
            sink.error(failure);
        }
    }

    /** Hands over the steps too. Called on the decode thread. */
    private static final class TracedChunks extends Chunks implements StepListener {

        private final List<StepReport> steps = new ArrayList<>();

        TracedChunks(Responses responses, Answer answer, FluxSink<ChatResponse> sink) {
            super(responses, answer, sink);
        }

        @Override
        public void stepped(StepReport step) {
            steps.add(step);
        }

        @Override
        ChatResponseMetadata.Builder metadata(List<TextRun> runs) {
            List<StepReport> since = List.copyOf(steps);
            steps.clear();
            return super.metadata(runs).keyValue(STEPS, since);
        }
    }

    /** Collects an answer on the decode thread for a caller who waits for all of it. */
    private static final class WholeAnswer implements GenerationListener {

        private final Responses responses;
        private final Answer answer;
        private final List<TextRun> words = new ArrayList<>();
        private final CompletableFuture<ChatResponse> response = new CompletableFuture<>();

        WholeAnswer(Responses responses, Answer answer) {
            this.responses = responses;
            this.answer = answer;
        }

        @Override
        public void text(List<TextRun> runs) {
            words.addAll(answer.read(runs));
        }

        @Override
        public void finished(Completion completion) {
            if (completion.reason() == FinishReason.CANCELLED) {
                response.completeExceptionally(closedTooEarly(completion));
            } else {
                words.addAll(answer.finish());
                response.complete(
                        responses.last(responses.metadata(words), new Ending(words, answer.calls(), completion)));
            }
        }

        @Override
        public void failed(Throwable failure) {
            response.completeExceptionally(failure);
        }

        ChatResponse await() throws InterruptedException {
            try {
                return response.get();
            } catch (ExecutionException failure) {
                throw new IllegalStateException("decoding failed: " + failure.getCause(), failure.getCause());
            }
        }
    }

    /** Collects what a chat model needs. Not for sharing between threads. */
    public static final class Builder {

        private final Hydra hydra;
        private HydraChatOptions options = HydraChatOptions.builder().build();
        private ObservationRegistry observations = ObservationRegistry.NOOP;
        private ToolCallingManager tools = ToolCallingManager.builder().build();
        private ToolFormat toolFormat = ToolFormat.AUTO;

        private Builder(Hydra hydra) {
            this.hydra = hydra;
        }

        /** What requests start from; where it is silent, what the model's files say, its name and {@link #DEFAULT_MAX_TOKENS} apply. */
        public Builder options(HydraChatOptions options) {
            this.options = options;
            return this;
        }

        /** Where calls are observed; nowhere unless set. */
        public Builder observationRegistry(ObservationRegistry observations) {
            this.observations = observations;
            return this;
        }

        /** Says which tools a request's options offer; Spring AI's own manager unless set. */
        public Builder toolCallingManager(ToolCallingManager tools) {
            this.tools = tools;
            return this;
        }

        /** How the model writes calls; as its chat template does unless set. */
        public Builder toolFormat(ToolFormat toolFormat) {
            this.toolFormat = toolFormat;
            return this;
        }

        /**
         * The chat model.
         *
         * @throws IllegalArgumentException if tokens cannot be chosen by the options; the message names the one
         */
        public HydraChatModel build() {
            return new HydraChatModel(this);
        }
    }
}
