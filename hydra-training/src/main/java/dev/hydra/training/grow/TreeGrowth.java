package dev.hydra.training.grow;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription;
import dev.hydra.ModelDescription.DrafterDescription;
import dev.hydra.decode.Completion;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import dev.hydra.training.evaluate.Machine;
import dev.hydra.training.grow.Prompts.Prompt;
import dev.hydra.tree.TreeShape;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;

/*
 * How a tree is found.
 *
 * 1. The base model continues the calibration prompts, greedily. Whatever drafts, these are the answers.
 * 2. The heads rank every token of them, given what stands before it: one pass over each text.
 * 3. The best tree of every size follows from these ranks, and so does how many tokens a step with it yields on this text, exactly.
 * 4. Steps with some of the trees are timed in the real engine on the real device.
 * 5. The tree with the most tokens per second is taken.
 *
 * The paper (arXiv 2402.05109, section 6.1) grows trees node by node on a small text and chooses the size by throughput as well.
 */
/** Grows the draft tree that suits a set of heads, a calibration text and a device. */
public final class TreeGrowth {

    private static final int ROWS = 4;
    private static final List<Integer> TIMED = List.of(1, 2, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100, 128, 192, 256, 512);

    private final GrowthRequest request;
    private final RankSource.Opener heads;
    private final Console console;

    private TreeGrowth(GrowthRequest request, RankSource.Opener heads, Console console) {
        this.request = request;
        this.heads = heads;
        this.console = console;
    }

    /**
     * Grows a tree.
     *
     * @param heads opens the heads to rank tokens with; they are closed before steps are timed
     * @throws InterruptedException if the calling thread is interrupted; what is in flight is cancelled
     * @throws dev.hydra.checkpoint.CheckpointException if the model or the heads cannot be opened
     * @throws IllegalArgumentException if no prompt has a continuation, an option does not suit the model, or the heads never rank a
     *     token well enough for a tree of the nodes that were asked for
     */
    public static GrownTree grow(GrowthRequest request, RankSource.Opener heads, Console console)
            throws InterruptedException {
        return new TreeGrowth(request, heads, console).grow();
    }

    /** A prompt and what the base model said after it. */
    private record Answer(List<Integer> prompt, List<Integer> tokens) {}

    private GrownTree grow() throws InterruptedException {
        List<Answer> answers = answers();
        List<Continuation> continuations = ranked(answers);
        int places = continuations.stream().mapToInt(Continuation::size).sum();
        if (places == 0) {
            throw new IllegalArgumentException(
                    "none of %d prompts is continued by two tokens; expected prompts that the model has an answer to"
                            .formatted(request.prompts().size()));
        }
        Growth growth = new Growth(continuations, request.maximumNodes());
        List<SizedTree> trees = growth.trees(console);
        console.say("%d prompts, %d places, trees of up to %d nodes"
                .formatted(answers.size(), places, trees.get(trees.size() - 1).nodes()));
        if (trees.size() < request.nodes().orElse(2)) {
            throw new IllegalArgumentException(
                    "the calibration text makes a tree of %d nodes; expected %d: give more prompts, or ask for fewer nodes"
                            .formatted(trees.size(), request.nodes().orElse(2)));
        }
        GrownTree.Calibration calibration = new GrownTree.Calibration(answers.size(), places, hash(answers));
        return timed(trees, growth, new Calibrated(answers, calibration));
    }

    /** What the tree is grown on, and what is said of it. */
    private record Calibrated(List<Answer> answers, GrownTree.Calibration calibration) {}

    private List<Answer> answers() throws InterruptedException {
        int rows = Math.max(ROWS, request.rows());
        try (Hydra hydra = Hydra.open(request.setup()
                .options()
                .rows(rows)
                .queue(request.prompts().size())
                .build())) {
            int positions = hydra.description().positions();
            List<List<Integer>> prompts = new ArrayList<>();
            for (Prompt prompt : request.prompts().read(hydra)) {
                int size = prompt.tokens().size();
                if (size == 0 || size >= positions) {
                    console.say("left out: prompt %s has %d tokens; a cache row has %d positions"
                            .formatted(prompt.id(), size, positions));
                } else {
                    prompts.add(prompt.tokens());
                }
            }
            return continued(hydra, prompts);
        }
    }

    private List<Answer> continued(Hydra hydra, List<List<Integer>> prompts) throws InterruptedException {
        List<Generation> generations = new ArrayList<>();
        for (List<Integer> prompt : prompts) {
            generations.add(hydra.generate(GenerationRequest.of(prompt).withMaximumTokens(request.maximumTokens())));
        }
        List<Answer> answers = new ArrayList<>();
        try (Progress progress = console.progress("continuing prompts", prompts.size(), "prompts")) {
            for (int at = 0; at < prompts.size(); at++) {
                Completion completion =
                        Generations.awaitAll(List.of(generations.get(at))).get(0);
                answers.add(new Answer(prompts.get(at), completion.tokens()));
                progress.advance(1);
            }
        }
        return answers;
    }

    private List<Continuation> ranked(List<Answer> answers) {
        List<Continuation> continuations = new ArrayList<>();
        try (RankSource ranks = heads.open(
                        request.setup().model(),
                        request.heads(),
                        request.setup().device());
                Progress progress = console.progress("ranking tokens", answers.size(), "texts")) {
            for (Answer answer : answers) {
                continuations.add(Continuation.of(ranks, answer.prompt(), answer.tokens()));
                progress.advance(1);
            }
        }
        return continuations;
    }

    private GrownTree timed(List<SizedTree> trees, Growth growth, Calibrated calibrated) throws InterruptedException {
        StepTimer timer = new StepTimer();
        try (Hydra hydra = Hydra.open(request.setup()
                .options()
                .rows(request.rows())
                .queue(Math.max(64, request.rows()))
                .heads(request.heads())
                .tree(TreeShape.single())
                .listener(timer)
                .build())) {
            ModelDescription model = hydra.description();
            DrafterDescription drafter = model.drafter();
            List<TreeShape> shapes = trees.stream()
                    .filter(tree -> isTimed(tree, trees))
                    .map(SizedTree::shape)
                    .toList();
            List<List<Integer>> prompts =
                    calibrated.answers().stream().map(Answer::prompt).toList();
            SortedMap<Integer, Double> measured = timer.measure(
                    hydra, new StepTimer.Plan(shapes, drafter.mode(), prompts, request.rounds()), console);
            if (measured.isEmpty()) {
                throw new IllegalArgumentException(
                        "no step of any tree was whole; expected room for one: raise the positions of a cache row");
            }
            List<GrownTree.Size> sizes = sizes(trees, measured);
            return new GrownTree(
                    Instant.now(),
                    new GrownTree.Subject(
                            drafter.kind(), model.name(), model.device(), model.dataType(), request.rows()),
                    Machine.read(),
                    calibrated.calibration(),
                    sizes,
                    chosen(sizes, growth));
        }
    }

    private boolean isTimed(SizedTree tree, List<SizedTree> trees) {
        int nodes = tree.nodes();
        return TIMED.contains(nodes)
                || nodes == trees.size()
                || nodes == request.nodes().orElse(0);
    }

    private List<GrownTree.Size> sizes(List<SizedTree> trees, SortedMap<Integer, Double> measured) {
        StepTimes times = new StepTimes(measured);
        return trees.stream()
                .map(tree -> new GrownTree.Size(
                        tree, times.milliseconds(tree.nodes()), measured.containsKey(tree.nodes()), request.rows()))
                .toList();
    }

    private GrownTree.Chosen chosen(List<GrownTree.Size> sizes, Growth growth) {
        GrownTree.Size plain = sizes.get(0);
        GrownTree.Size best = request.nodes().isPresent()
                ? sizes.get(request.nodes().getAsInt() - 1)
                : sizes.stream()
                        .skip(1)
                        .max(Comparator.comparingDouble(GrownTree.Size::tokensPerSecond))
                        .orElseThrow();
        if (best.tokensPerSecond() < plain.tokensPerSecond()) {
            console.say(
                    "no gain here: plain decoding gives %.1f tokens per second, the tree of %d nodes %.1f; decode without these heads on this device"
                            .formatted(plain.tokensPerSecond(), best.tree().nodes(), best.tokensPerSecond()));
        }
        TreeShape shape = best.tree().shape();
        List<Double> frequencies = new ArrayList<>();
        for (int node = 1; node < shape.size(); node++) {
            frequencies.add(growth.frequency(shape.path(node)));
        }
        return new GrownTree.Chosen(best, frequencies);
    }

    private static String hash(List<Answer> answers) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Answer answer : answers) {
                digest.update((answer.prompt() + " " + answer.tokens() + "\n").getBytes(StandardCharsets.UTF_8));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256; every one has to", e);
        }
    }
}
