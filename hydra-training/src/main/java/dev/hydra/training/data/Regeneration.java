package dev.hydra.training.data;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.decode.Completion;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationListener;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.ChatTemplateException;
import dev.hydra.text.Tokenizer;
import dev.hydra.training.console.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/*
 * Data are read three times: to see which chats have no answers yet, to have them answered, and to take the answers in the order of
 * the data. In between, chats end in any order and are kept by key: what decides an answer is in the key, so that an answer is used
 * again exactly where it would come out again.
 *
 * As many chats are in progress as the engine decodes together, and as many again wait, so that a cache row that falls free is taken
 * at once. The engine's thread only tells which chat has its answer; everything else happens on the caller's thread.
 */
/** Puts a model's own answers in the place of those of the data. For one thread. */
final class Regeneration implements AutoCloseable {
    private final Answers.Regenerated options;
    private final AnswerFile file;
    private final ChatTemplate template;
    private final Tokenizer tokenizer;
    private final String fingerprint;
    private final String context;
    private final long seed;
    private final SampleParser parser = new SampleParser(DataFormat.MESSAGES);
    private final Set<String> missing = new HashSet<>();
    private final Map<String, Generation> inProgress = new HashMap<>();
    private final BlockingQueue<Interview> answered = new LinkedBlockingQueue<>();
    private @Nullable Hydra hydra;

    /**
     * Opens the file of answers; the model is opened when it is needed.
     *
     * @param model     folder of the model
     * @param tokenizer the model's; the caller closes it
     * @throws DataException if the file is in use or damaged, the model has no chat template, or the engine would open another model
     */
    Regeneration(DataRequest request, Answers.Regenerated options, Path model, Tokenizer tokenizer) throws IOException {
        if (!options.engine().model().toAbsolutePath().equals(model.toAbsolutePath())) {
            throw new DataException("heads are trained for %s, and answers come from %s; expected the same model"
                    .formatted(model, options.engine().model()));
        }
        this.options = options;
        this.template = DialogueEncoder.template(model, request.chatTemplate())
                .orElseThrow(() -> new DataException(
                        "%s has no chat template, so it answers no questions; add its chat_template.jinja, choose one of %s, or learn the answers of the data"
                                .formatted(model, String.join(", ", ChatTemplate.builtIn()))));
        this.tokenizer = tokenizer;
        this.fingerprint = Fingerprint.ofTokenizer(model);
        this.seed = options.sampling().seed().orElse(request.seed());
        this.context = context(request, options, model, seed);
        this.file = AnswerFile.open(options.file());
    }

    private static String context(DataRequest request, Answers.Regenerated options, Path model, long seed)
            throws IOException {
        SamplingOptions sampling = options.sampling();
        Fingerprint context = new Fingerprint()
                .add(Fingerprint.ofModel(model))
                .add(options.maximumTokens())
                .add(options.engine().positions())
                .add(sampling.temperature() > 0 ? seed : 0)
                .add(sampling.mutate().logitBias(Map.of()).seed(0).build().toString())
                .add(new TreeMap<>(sampling.logitBias()).toString());
        String choice = request.chatTemplate();
        if (!choice.equals(ChatTemplate.AUTO)) {
            context.add(choice);
            if (!ChatTemplate.builtIn().contains(choice)) {
                context.add(Path.of(choice));
            }
        }
        return context.hex();
    }

    private String key(Dialogue dialogue) {
        Fingerprint key = new Fingerprint().add(context);
        for (ChatMessage question : dialogue.questions()) {
            key.add(question.role()).add(question.content());
        }
        return key.hex();
    }

    private static Dialogue chat(Sample sample) {
        if (sample instanceof Dialogue dialogue) {
            return dialogue;
        }
        throw new BadRecordException("text has no questions that a model could answer; expected a chat");
    }

    /**
     * Notes whether a chat has answers.
     *
     * @throws BadRecordException if it is no chat
     */
    void expect(Sample sample) {
        String key = key(chat(sample));
        if (!file.has(key)) {
            missing.add(key);
        }
    }

    /** Number of chats that have no answers yet. */
    int missing() {
        return missing.size();
    }

    /** Number of chats that have been answered, earlier or now. */
    int kept() {
        return file.size();
    }

    /**
     * Has the model answer a chat, or at least begin to.
     *
     * @throws InterruptedException if the calling thread is interrupted while others are being answered
     * @throws IllegalStateException if the engine fails
     */
    void answer(Sample sample, Progress progress) throws IOException, InterruptedException {
        Dialogue dialogue = chat(sample);
        String key = key(dialogue);
        if (file.has(key) || inProgress.containsKey(key)) {
            return;
        }
        while (inProgress.size() >= together(options.engine())) {
            takeAnswer(progress);
        }
        goOn(new Interview(key, dialogue.questions(), fingerprint), progress);
    }

    /** Waits for all chats that are being answered. Throws as {@link #answer}. */
    void finish(Progress progress) throws IOException, InterruptedException {
        while (!inProgress.isEmpty()) {
            takeAnswer(progress);
        }
    }

    private void takeAnswer(Progress progress) throws IOException, InterruptedException {
        Interview interview = answered.take();
        Generation generation = Objects.requireNonNull(inProgress.remove(interview.key()));
        interview.answer(generation.await());
        goOn(interview, progress);
    }

    private void goOn(Interview interview, Progress progress) throws IOException {
        int positions = engine().description().positions();
        while (interview.ask()) {
            try {
                List<Integer> prompt = tokenizer.encode(template.render(interview.said(), true));
                if (prompt.size() < positions) {
                    ask(interview, prompt);
                    return;
                }
                interview.breakOff(
                        "the prompt of answer %d has %d tokens; a cache row has %d positions, and expected is room for an answer"
                                .formatted(interview.answers() + 1, prompt.size(), positions));
            } catch (ChatTemplateException e) {
                interview.breakOff(String.valueOf(e.getMessage()));
            }
        }
        file.add(interview.key(), interview.toRecord());
        progress.advance(1);
    }

    private void ask(Interview interview, List<Integer> prompt) {
        SamplingOptions sampling = options.sampling();
        if (sampling.temperature() > 0) {
            long own = new Fingerprint()
                    .add(seed)
                    .add(interview.key())
                    .add(interview.answers())
                    .number();
            sampling = sampling.mutate().seed(own).build();
        }
        // exact, so that heads change how fast the answer comes and not what it is
        GenerationRequest request = GenerationRequest.of(prompt)
                .withSampling(sampling)
                .withMaximumTokens(options.maximumTokens())
                .withAcceptance(new Exact());
        inProgress.put(interview.key(), engine().generate(request, new Notice(interview)));
    }

    private Hydra engine() {
        if (hydra == null) {
            hydra = Hydra.open(withRoom(options.engine()));
        }
        return hydra;
    }

    /** Chats in progress at most. */
    private static int together(HydraOptions engine) {
        return 2 * engine.rows();
    }

    /** The same engine with a queue that has room for all that is in progress, for all of it may come before the first is taken. */
    private static HydraOptions withRoom(HydraOptions engine) {
        return new HydraOptions(
                engine.model(),
                engine.heads(),
                engine.ownEmbeddings(),
                engine.mode(),
                engine.tree(),
                engine.acceptance(),
                engine.device(),
                engine.dataType(),
                engine.rows(),
                engine.positions(),
                Math.max(engine.queue(), together(engine)),
                engine.promptChunk(),
                engine.chatTemplate(),
                engine.warmUp(),
                engine.listeners());
    }

    /**
     * A chat with the model's answers.
     *
     * @throws BadRecordException if it got none
     * @throws DataException if the chat was not there when the model answered
     */
    Dialogue answered(Dialogue dialogue) throws IOException {
        String key = key(dialogue);
        if (!file.has(key)) {
            throw new DataException(
                    "%s was changed while it was being read: a chat is new; read again".formatted(dialogue.origin()));
        }
        JsonObject record = file.get(key);
        JsonElement problem = record.get("problem");
        if (problem != null) {
            throw new BadRecordException(problem.getAsString());
        }
        return chat(parser.parse(record, dialogue.origin()));
    }

    /** Ends what is being answered, and closes the model and the file. */
    @Override
    public void close() throws IOException {
        try (file) {
            if (hydra != null) {
                hydra.close();
            }
        }
    }

    /** Tells that an answer is there, or that there will be none. */
    private final class Notice implements GenerationListener {
        private final Interview interview;

        Notice(Interview interview) {
            this.interview = interview;
        }

        @Override
        public void finished(Completion completion) {
            answered.add(interview);
        }

        @Override
        public void failed(Throwable error) {
            answered.add(interview);
        }
    }
}
