package dev.hydra.training.evaluate;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription.DrafterDescription;
import dev.hydra.Pairing;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.decode.Completion;
import dev.hydra.draft.DecodingMode;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Has a model answer questions in every mode, turn by turn, in several rounds, each of which begins with another mode.
 *
 * <p>An engine holds one set of Medusa heads and one of Hydra or Hydra++ heads. Where there are more, engines are opened one
 * after another, since two at once would be in each other's way, and plain decoding is measured in each of them.
 *
 * <p>Later turns are asked after plain decoding's answers, so that every mode has the same prompts.
 */
public final class Evaluation {

    private static final int WARM_UP = 4;

    private final EvaluationRequest request;
    private final Console console;
    private final Set<String> skipped = new LinkedHashSet<>();
    private final List<ModeResult> results = new ArrayList<>();

    private Evaluation(EvaluationRequest request, Console console) {
        this.request = request;
        this.console = console;
    }

    /**
     * Answers all questions of a request in all its modes.
     *
     * @throws InterruptedException if the calling thread is interrupted; what is in flight is cancelled
     * @throws dev.hydra.checkpoint.CheckpointException if the model or heads cannot be opened
     * @throws IllegalArgumentException if no question fits in a cache row, or an option does not suit the model
     */
    public static EvaluationReport evaluate(EvaluationRequest request, Console console) throws InterruptedException {
        return new Evaluation(request, console).evaluate();
    }

    private EvaluationReport evaluate() throws InterruptedException {
        List<Map<DecodingMode, Heads>> engines = engines();
        EvaluationReport.Subject subject = null;
        for (int engine = 0; engine < engines.size(); engine++) {
            Map<DecodingMode, Heads> sets = engines.get(engine);
            try (Hydra hydra = Hydra.open(request.setup()
                    .options()
                    .rows(1)
                    .tree(request.tree())
                    .heads(sets.values().stream().map(Heads::folder).toList())
                    .build())) {
                subject = EvaluationReport.Subject.of(hydra.description());
                Run run = new Run(hydra, modes(hydra, sets, engine + 1));
                console.say("%s in %s".formatted(subject.model(), run.labels()));
                results.addAll(run.measure());
            }
        }
        return new EvaluationReport(
                Instant.now(),
                Machine.read(),
                Objects.requireNonNull(subject),
                EvaluationReport.Settings.of(request),
                results,
                List.copyOf(skipped));
    }

    /** A folder of draft heads and how reports call it. */
    private record Heads(Path folder, String label) {}

    /** The sets of heads, each in the first engine that has none for its mode. */
    private List<Map<DecodingMode, Heads>> engines() {
        Map<Path, HeadsKind> kinds = new LinkedHashMap<>();
        request.heads()
                .forEach(folder -> kinds.put(folder, HeadsConfig.read(folder).kind()));
        List<Map<DecodingMode, Heads>> engines = new ArrayList<>();
        engines.add(new LinkedHashMap<>());
        kinds.forEach((folder, kind) -> {
            String label = label(kind);
            if (Collections.frequency(kinds.values(), kind) > 1) {
                label += " (%s)".formatted(Pairing.name(folder));
            }
            DecodingMode mode = kind.grounded() ? DecodingMode.HYDRA : DecodingMode.MEDUSA;
            int engine = 0;
            while (engine < engines.size() && engines.get(engine).containsKey(mode)) {
                engine++;
            }
            if (engine == engines.size()) {
                engines.add(new LinkedHashMap<>());
            }
            engines.get(engine).put(mode, new Heads(folder, label));
        });
        return engines;
    }

    private static String label(HeadsKind kind) {
        return switch (kind) {
            case MEDUSA -> "medusa";
            case HYDRA -> "hydra";
            case HYDRA_PLUS_PLUS -> "hydra++";
        };
    }

    private static List<Mode> modes(Hydra hydra, Map<DecodingMode, Heads> sets, int engine) {
        List<Mode> modes = new ArrayList<>();
        modes.add(new Mode("plain", engine, DecodingMode.PLAIN, 1, 0));
        for (DrafterDescription drafter : hydra.description().drafters()) {
            Heads heads = Objects.requireNonNull(sets.get(drafter.mode()));
            modes.add(new Mode(heads.label(), engine, drafter.mode(), drafter.treeNodes(), drafter.treeDepth()));
        }
        return modes;
    }

    /** A mode at work. */
    private static final class Lane {

        private final Mode mode;
        private final List<Map<String, Pass>> rounds = new ArrayList<>();
        private final List<String> differences = new ArrayList<>();
        private Map<String, Pass> round = new LinkedHashMap<>();

        Lane(Mode mode) {
            this.mode = mode;
        }

        void endRound() {
            rounds.add(Collections.unmodifiableMap(round));
            round = new LinkedHashMap<>();
        }

        ModeResult result() {
            return new ModeResult(mode, rounds, differences);
        }
    }

    /** One completion and how long its caller waited. */
    private record Answer(Completion completion, Duration time) {}

    /** All rounds of one engine. */
    private final class Run {

        private final Hydra hydra;
        private final List<Lane> lanes;
        private final List<Lane> order;

        Run(Hydra hydra, List<Mode> modes) {
            this.hydra = hydra;
            this.lanes = modes.stream().map(Lane::new).toList();
            this.order = new ArrayList<>(lanes);
        }

        String labels() {
            return String.join(
                    ", ", lanes.stream().map(lane -> lane.mode.label()).toList());
        }

        List<ModeResult> measure() throws InterruptedException {
            List<Question> questions = request.questions();
            List<Question> first = questions.subList(0, Math.min(WARM_UP, questions.size()));
            long total = first.size() + (long) request.rounds() * questions.size();
            try (Progress progress = console.progress("evaluating " + labels(), total, "questions")) {
                round(0, first, progress);
                lanes.forEach(lane -> {
                    lane.round.clear();
                    lane.differences.clear();
                });
                for (int round = 1; round <= request.rounds(); round++) {
                    round(round, questions, progress);
                    lanes.forEach(Lane::endRound);
                    Collections.rotate(order, 1);
                }
            }
            if (lanes.get(0).result().pooled().answers() == 0) {
                throw new IllegalArgumentException(
                        "none of %d questions fits in a cache row of %d positions; raise the positions or ask shorter ones"
                                .formatted(questions.size(), hydra.description().positions()));
            }
            return lanes.stream().map(Lane::result).toList();
        }

        private void round(int round, List<Question> questions, Progress progress) throws InterruptedException {
            for (int number = 0; number < questions.size(); number++) {
                ask(questions.get(number), sampling(number), round);
                progress.advance(1);
                if (round > 0) {
                    progress.remark("round %d of %d".formatted(round, request.rounds()));
                }
            }
        }

        private SamplingOptions sampling(int number) {
            SamplingOptions sampling = request.sampling();
            return sampling.temperature() == 0 || sampling.seed().isPresent()
                    ? sampling
                    : sampling.mutate().seed(number).build();
        }

        private void ask(Question question, SamplingOptions sampling, int round) throws InterruptedException {
            List<ChatMessage> messages = new ArrayList<>(question.before());
            for (int turn = 0; turn < question.turns().size(); turn++) {
                messages.add(new ChatMessage("user", question.turns().get(turn)));
                List<Integer> prompt = request.style().tokens(hydra, messages);
                // the last position is for the first token of the answer
                if (prompt.isEmpty() || prompt.size() >= hydra.description().positions()) {
                    skipped.add("%s, turn %d: %d tokens".formatted(question.id(), turn + 1, prompt.size()));
                    return;
                }
                GenerationRequest generation =
                        GenerationRequest.of(prompt).withSampling(sampling).withMaximumTokens(request.maximumTokens());
                Map<Lane, Answer> answers = new LinkedHashMap<>();
                for (Lane lane : order) {
                    answers.put(lane, answer(generation.withMode(lane.mode.decoding())));
                }
                Completion plain =
                        Objects.requireNonNull(answers.get(lanes.get(0))).completion();
                String name = "%s, turn %d, round %d".formatted(question.id(), turn + 1, round);
                answers.forEach((lane, answer) -> {
                    boolean equal = answer.completion().tokens().equals(plain.tokens());
                    if (!equal) {
                        lane.differences.add(name);
                    }
                    Pass pass = new Pass(1, equal ? 1 : 0, answer.completion().statistics(), answer.time());
                    lane.round.merge(question.category(), pass, Pass::plus);
                });
                messages.add(new ChatMessage("assistant", plain.text()));
            }
        }

        private Answer answer(GenerationRequest request) throws InterruptedException {
            long from = System.nanoTime();
            Generation generation = hydra.generate(request);
            try {
                Completion completion = generation.await();
                return new Answer(completion, Duration.ofNanos(System.nanoTime() - from));
            } catch (InterruptedException e) {
                generation.cancel();
                throw e;
            }
        }
    }
}
