package dev.hydra.benchmarks;

import com.google.gson.Gson;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.ModelDescription;
import dev.hydra.ModelDescription.DrafterDescription;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.demo.DemoModel;
import dev.hydra.draft.DecodingMode;
import dev.hydra.graph.DataType;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.text.ChatMessage;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How much faster do whole answers come with draft heads than without, and are they the same?
 *
 * <p>{@code mvn -q -pl hydra-benchmarks -am process-classes exec:exec@answers}
 *
 * <p>Opens a model with its heads and has it answer the same chat messages in every mode, turn by turn, in several rounds; every
 * round begins with another mode. Prints one line of JSON for each: medians over the rounds, with the lowest and the highest.
 * {@code tokensPerSecond} is what a caller sees, from the request to its last token, prompt included;
 * {@code decodeTokensPerSecond} counts steps alone. Times are milliseconds per step. Without a model given, it is the embedded
 * one, first with Medusa and Hydra heads, then, opened anew, with Hydra++ heads: two engines side by side would be in each other's
 * way. At a temperature every message has a seed, so that the answers must be the same there too.
 */
@Command(name = "answers", mixinStandardHelpOptions = true)
final class AnswerBenchmark implements Callable<Integer> {
    private static final List<String> MESSAGES = List.of(
            "Tell me a story about a brave fox.",
            "What is a draft tree?",
            "Can you tell me a short story about a boat?",
            "How do Hydra heads make a model faster?",
            "Please tell me a story about a girl and a lost key.",
            "What does the base model do in a step?",
            "Hello! How are you today?",
            "What is the acceptance length?");

    @Option(names = "--model", description = "folder of the base model (default: the embedded model)")
    private @Nullable Path model;

    @Option(
            names = "--heads",
            split = ",",
            description = "folders of its draft heads, one for each mode (default: the embedded model's)")
    private List<Path> heads = List.of();

    @Option(names = "--tree", description = "a draft tree's name or JSON file (default: the heads' own)")
    private @Nullable String tree;

    @Option(names = "--messages", description = "file with one chat message a line (default: eight built-in ones)")
    private @Nullable Path messages;

    @Option(names = "--device", description = "auto, cpu, gpu or gpu1 (default: ${DEFAULT-VALUE})")
    private String device = "auto";

    @Option(names = "--data-type", description = "FLOAT32 or BFLOAT16 (default: the engine's own choice)")
    private @Nullable DataType dataType;

    @Option(names = "--temperature", description = "0 for the likeliest tokens (default: ${DEFAULT-VALUE})")
    private double temperature;

    @Option(names = "--top-p", description = "1 for all tokens (default: ${DEFAULT-VALUE})")
    private double topP = 1;

    @Option(names = "--tokens", description = "tokens of an answer at most (default: ${DEFAULT-VALUE})")
    private int tokens = 128;

    @Option(names = "--rounds", description = "measured rounds (default: ${DEFAULT-VALUE})")
    private int rounds = 7;

    /** Runs the benchmark and ends the JVM. */
    public static void main(String[] arguments) {
        System.exit(new CommandLine(new AnswerBenchmark()).execute(arguments));
    }

    /** One of the ways to decode, and what was measured of it. */
    private static final class Mode {
        final String name;
        final Hydra hydra;
        final DecodingMode mode;
        final List<Pass> passes = new ArrayList<>();
        long nanoseconds;
        DecodeStatistics statistics = DecodeStatistics.none();

        Mode(String name, Hydra hydra, DecodingMode mode) {
            this.name = name;
            this.hydra = hydra;
            this.mode = mode;
        }

        Completion answer(GenerationRequest request) throws InterruptedException {
            long from = System.nanoTime();
            Completion completion = hydra.generate(request.withMode(mode)).await();
            nanoseconds += System.nanoTime() - from;
            statistics = statistics.plus(completion.statistics());
            return completion;
        }

        /** Ends a round; one that only warms up is forgotten. */
        void endRound(boolean measured) {
            if (measured) {
                passes.add(new Pass(nanoseconds, statistics));
            }
            nanoseconds = 0;
            statistics = DecodeStatistics.none();
        }
    }

    /** All messages, answered once. */
    private record Pass(long nanoseconds, DecodeStatistics statistics) {
        double tokensPerSecond() {
            return statistics.generatedTokens() / (nanoseconds / 1e9);
        }

        double millisecondsPerStep(Duration time) {
            return time.toNanos() / 1e6 / Math.max(1, statistics.steps());
        }
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path base = model;
        if (base == null) {
            DemoModel demo = DemoModel.extract();
            if (heads.isEmpty()) {
                compare(demo.model(), List.of(demo.heads(), demo.medusa()));
                compare(demo.model(), List.of(demo.hydraPlusPlus()));
                return 0;
            }
            base = demo.model();
        }
        if (heads.isEmpty()) {
            throw new IllegalArgumentException("no heads for %s; name their folders with --heads".formatted(base));
        }
        compare(base, heads);
        return 0;
    }

    private void compare(Path base, List<Path> sets) throws IOException, InterruptedException {
        HydraOptions options = HydraOptions.builder(base)
                .device(device)
                .dataType(dataType)
                .rows(1)
                .tree(shape())
                .heads(sets)
                .build();
        try (Hydra hydra = Hydra.open(options)) {
            List<Mode> modes = new ArrayList<>(List.of(new Mode("plain", hydra, DecodingMode.PLAIN)));
            hydra.description().drafters().stream()
                    .sorted(Comparator.comparing(DrafterDescription::mode))
                    .forEach(drafter -> modes.add(new Mode(drafter.kind(), hydra, drafter.mode())));
            compare(modes);
        }
    }

    private @Nullable TreeShape shape() throws IOException {
        if (tree == null) {
            return null;
        }
        return tree.endsWith(".json") ? TreeShape.parse(Files.readString(Path.of(tree))) : TreeShape.named(tree);
    }

    private void compare(List<Mode> modes) throws IOException, InterruptedException {
        List<GenerationRequest> requests = requests(modes.get(0).hydra);
        List<Mode> order = new ArrayList<>(modes);
        Map<Mode, Integer> different = new LinkedHashMap<>();
        for (int round = -1; round < rounds; round++) {
            for (GenerationRequest request : requests) {
                Map<Mode, Completion> answers = new LinkedHashMap<>();
                for (Mode mode : order) {
                    answers.put(mode, mode.answer(request));
                }
                List<Integer> plain =
                        Objects.requireNonNull(answers.get(modes.get(0))).tokens();
                answers.forEach(
                        (mode, answer) -> different.merge(mode, answer.tokens().equals(plain) ? 0 : 1, Integer::sum));
            }
            for (Mode mode : modes) {
                mode.endRound(round >= 0);
            }
            Collections.rotate(order, 1);
        }
        Machine machine = Machine.read();
        for (Mode mode : modes) {
            Map<String, Object> report = report(mode, machine);
            report.put("messages", requests.size());
            report.put("rounds", rounds);
            report.put("temperature", temperature);
            report.put("topP", topP);
            report.put("differentAnswers", different.get(mode));
            report.put("speedup", speedup(modes.get(0).passes, mode.passes));
            System.out.println(new Gson().toJson(report));
        }
    }

    private List<GenerationRequest> requests(Hydra hydra) throws IOException {
        List<String> texts = messages == null ? MESSAGES : Files.readAllLines(messages);
        List<GenerationRequest> requests = new ArrayList<>();
        for (int at = 0; at < texts.size(); at++) {
            String prompt = hydra.chatTemplate().render(List.of(new ChatMessage("user", texts.get(at))), true);
            requests.add(GenerationRequest.of(hydra.tokenizer().encode(prompt))
                    .withSampling(SamplingOptions.builder()
                            .temperature(temperature)
                            .topP(topP)
                            .seed(at)
                            .build())
                    .withMaximumTokens(tokens));
        }
        return requests;
    }

    private static Map<String, Object> report(Mode mode, Machine machine) {
        List<Pass> passes = mode.passes;
        DecodeStatistics last = passes.get(passes.size() - 1).statistics();
        ModelDescription model = mode.hydra.description();
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("benchmark", "answers");
        report.put("mode", mode.name);
        report.put("tokensPerSecond", spread(passes, Pass::tokensPerSecond));
        report.put(
                "decodeTokensPerSecond",
                spread(passes, pass -> pass.statistics().decodeTokensPerSecond()));
        report.put(
                "acceptanceLength", Spread.of(List.of(last.acceptanceLength())).median());
        report.put("step", perStep(passes, DecodeStatistics::stepTime));
        report.put("draft", perStep(passes, DecodeStatistics::draft));
        report.put("verify", perStep(passes, DecodeStatistics::verify));
        report.put("commit", perStep(passes, DecodeStatistics::commit));
        report.put(
                "prefillPerMessage",
                spread(
                        passes,
                        pass -> pass.statistics().prefill().toNanos()
                                / 1e6
                                / pass.statistics().requests()));
        report.put("promptTokens", last.promptTokens());
        report.put("generatedTokens", last.generatedTokens());
        report.put("steps", last.steps());
        report.put("accepted", last.accepted());
        report.put("drafted", last.drafted());
        report.put("model", model.name());
        report.put("parameters", model.parameters());
        report.put("dataType", model.dataType());
        report.put("device", model.device());
        report.put(
                "treeNodes",
                model.drafters().stream()
                        .filter(drafter -> drafter.mode() == mode.mode)
                        .mapToInt(DrafterDescription::treeNodes)
                        .findFirst()
                        .orElse(1));
        report.put("machine", machine);
        return report;
    }

    /** How many times as many tokens a second the one has as the other, round by round. */
    private static Spread speedup(List<Pass> plain, List<Pass> other) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < plain.size(); round++) {
            ratios.add(other.get(round).tokensPerSecond() / plain.get(round).tokensPerSecond());
        }
        return Spread.of(ratios);
    }

    private static Spread perStep(List<Pass> passes, Function<DecodeStatistics, Duration> time) {
        return spread(passes, pass -> pass.millisecondsPerStep(time.apply(pass.statistics())));
    }

    private static Spread spread(List<Pass> passes, ToDoubleFunction<Pass> value) {
        return Spread.of(passes.stream().map(value::applyAsDouble).toList());
    }
}
