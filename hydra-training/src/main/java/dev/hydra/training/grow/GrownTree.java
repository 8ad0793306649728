package dev.hydra.training.grow;

import com.google.gson.GsonBuilder;
import dev.hydra.training.evaluate.Machine;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A draft tree and what speaks for it.
 *
 * @param time        when it was found
 * @param subject     what it was grown for
 * @param machine     that steps were timed on
 * @param calibration what it was grown on
 * @param sizes       the best tree of every size, the root alone first
 * @param chosen      the one that was taken
 */
public record GrownTree(
        Instant time, Subject subject, Machine machine, Calibration calibration, List<Size> sizes, Chosen chosen) {

    /** The file that an engine looks for in a folder of heads. */
    public static final String FILE = "tree.json";

    /** The picture beside it. */
    public static final String CHART = "tree.png";

    public GrownTree {
        sizes = List.copyOf(sizes);
    }

    /**
     * Heads on a device.
     *
     * @param kind     of the heads: {@code medusa}, {@code hydra} or {@code hydra++}
     * @param base     the base model's name
     * @param device   for example {@code cpu}
     * @param dataType of weights and activations
     * @param rows     requests that were decoded together
     */
    public record Subject(String kind, String base, String device, String dataType, int rows) {}

    /**
     * A calibration text.
     *
     * @param prompts that were continued
     * @param places  of their continuations at which a step may start
     * @param sha256  of the tokens of prompts and continuations
     */
    public record Calibration(int prompts, int places, String sha256) {}

    /**
     * A tree and its speed.
     *
     * @param tree         the best of its size
     * @param milliseconds of a step of all rows
     * @param measured     whether steps of this size were timed; else the time lies between those of the sizes around it
     * @param rows         requests that are decoded together
     */
    public record Size(SizedTree tree, double milliseconds, boolean measured, int rows) {

        /** Tokens of all rows per second of steps. */
        public double tokensPerSecond() {
            return rows * tree.simulated() / milliseconds * 1000;
        }
    }

    /**
     * The tree that was taken.
     *
     * @param size        which
     * @param frequencies the share of places at which each node but the root is what the base model says, in the order of the nodes
     */
    public record Chosen(Size size, List<Double> frequencies) {

        public Chosen {
            frequencies = List.copyOf(frequencies);
        }
    }

    /** The tree. */
    public TreeShape shape() {
        return chosen.size().tree().shape();
    }

    /**
     * The tree's paths and what speaks for it, as {@code tree.json} has them: numbers, texts, lists and maps of them.
     *
     * @see TreeShape#parse(String)
     */
    public Map<String, Object> content() {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("paths", paths());
        content.put("kind", subject.kind());
        content.put("base", subject.base());
        content.put("device", subject.device());
        content.put("dataType", subject.dataType());
        content.put("rows", subject.rows());
        content.put("machine", machine);
        content.put("time", time.toString());
        content.put("calibration", calibration);
        content.put("chosen", size(chosen.size()));
        content.put(
                "frequencies",
                chosen.frequencies().stream().map(GrownTree::digits).toList());
        content.put("sizes", sizes.stream().map(GrownTree::size).toList());
        return content;
    }

    private List<List<Integer>> paths() {
        List<List<Integer>> paths = new ArrayList<>();
        for (int node = 1; node < shape().size(); node++) {
            paths.add(shape().path(node));
        }
        return paths;
    }

    private static Map<String, Object> size(Size size) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("nodes", size.tree().nodes());
        content.put("expectedLength", digits(size.tree().expected()));
        content.put("simulatedLength", digits(size.tree().simulated()));
        content.put("stepMilliseconds", digits(size.milliseconds()));
        content.put("measured", size.measured());
        content.put("tokensPerSecond", digits(size.tokensPerSecond()));
        return content;
    }

    private static double digits(double value) {
        return value == 0 ? 0 : Double.parseDouble(String.format(Locale.ROOT, "%.3e", value));
    }

    /** The tree for people: what was chosen, and the sizes that were timed. */
    public String markdown() {
        StringBuilder text = new StringBuilder();
        Size size = chosen.size();
        text.append(String.format(
                Locale.ROOT,
                "# A tree of %d nodes for %s heads on %s%n%n",
                size.tree().nodes(),
                subject.kind(),
                subject.base()));
        text.append(String.format(
                Locale.ROOT,
                "%s, %d threads; %s in %s, %d together; %d prompts, %d places; Hydra %s; %.10s.%n%n",
                machine.processor(),
                machine.threads(),
                subject.device(),
                subject.dataType(),
                subject.rows(),
                calibration.prompts(),
                calibration.places(),
                machine.version(),
                time));
        text.append("| nodes | tokens per step, simulated | expected | ms per step | tokens/s |\n");
        text.append("| ---: | ---: | ---: | ---: | ---: |\n");
        for (Size one : sizes) {
            if (one.measured() || one.equals(size)) {
                text.append(String.format(
                        Locale.ROOT,
                        "| %d%s | %.2f | %.2f | %.2f | %.1f |%n",
                        one.tree().nodes(),
                        one.equals(size) ? " (chosen)" : "",
                        one.tree().simulated(),
                        one.tree().expected(),
                        one.milliseconds(),
                        one.tokensPerSecond()));
            }
        }
        return text.toString();
    }

    /**
     * Writes {@code tree.json} and {@code tree.png}.
     *
     * @param folder is made where it is missing; the heads' own folder for a tree that they are to use
     * @return the files
     */
    public List<Path> write(Path folder) throws IOException {
        Files.createDirectories(folder);
        Path tree = Files.writeString(
                folder.resolve(FILE), new GsonBuilder().create().toJson(content()) + "\n");
        Path chart = folder.resolve(CHART);
        TreeChart.write(this, chart);
        return List.of(tree, chart);
    }
}
