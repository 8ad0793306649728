package dev.hydra.training.cli;

import dev.hydra.graph.ModelMemory;
import dev.hydra.text.ChatTemplate;
import dev.hydra.training.cli.Inspection.Base;
import dev.hydra.training.cli.Inspection.Heads;
import dev.hydra.training.cli.Inspection.Memory;
import dev.hydra.training.cli.Inspection.Sizes;
import dev.hydra.training.cli.Inspection.Tensors;
import dev.hydra.training.cli.Inspection.Tree;
import dev.hydra.training.cli.Inspection.Words;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Says what a folder holds. */
@Command(
        name = "inspect",
        versionProvider = BuildVersion.class,
        mixinStandardHelpOptions = true,
        description = {
            "Says what a folder holds: a base model, draft heads or both.",
            "Reads configurations and what describes tensors, not their numbers. Answers with exit code 1 where there are"
                    + " problems, or where the heads do not fit the base model."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  hydra inspect vicuna-7b-v1.3",
            "  hydra inspect heads --base vicuna-7b-v1.3",
            "  hydra inspect hf://ankner/hydra-vicuna-7b-v1.3 --base hf://lmsys/vicuna-7b-v1.3",
            "  hydra inspect heads --base vicuna-7b-v1.3 --json"
        })
final class InspectCommand implements Callable<Integer> {
    private static final int NAME_WIDTH = 20;

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Mixin
    private final LocationOptions locations = new LocationOptions();

    @Parameters(index = "0", paramLabel = LocationOptions.LABEL, description = "what to look into")
    private String location = "";

    @Option(
            names = "--base",
            paramLabel = LocationOptions.LABEL,
            description =
                    "base model that the heads are held against (default: the one in the folder, if there is one)")
    private @Nullable String base;

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path folder = locations.any(location, report.console());
        Inspection found =
                new Inspector().inspect(folder, base == null ? null : locations.model(base, report.console()));
        report.print(found, () -> text(found));
        return found.problems().isEmpty() ? ExitCode.DONE : ExitCode.FAILED;
    }

    private static String text(Inspection found) {
        List<String> lines = new ArrayList<>();
        if (found.base() != null) {
            addBase(lines, found.base());
        }
        if (found.heads() != null) {
            addHeads(lines, found.heads());
        }
        if (found.memory() != null) {
            addMemory(lines, found.memory());
        }
        if (!found.problems().isEmpty()) {
            lines.add("problems");
            found.problems().forEach(problem -> lines.add("  " + problem));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static void addBase(List<String> lines, Base base) {
        lines.add("base model " + base.folder());
        Sizes sizes = base.sizes();
        if (sizes != null) {
            add(lines, "family", sizes.family());
            add(lines, "parameters", Amount.count(sizes.parameters()));
            add(lines, "vocabulary", sizes.vocabulary());
            add(lines, "width", "%d, %d inside feed forward".formatted(sizes.width(), sizes.intermediate()));
            add(lines, "layers", sizes.layers());
            add(
                    lines,
                    "attention heads",
                    "%d of width %d, %d for keys and values"
                            .formatted(sizes.attentionHeads(), sizes.headWidth(), sizes.keyValueHeads()));
            add(lines, "positions", positions(sizes));
            if (sizes.window() > 0) {
                add(lines, "sliding window", "%d positions in %d layers".formatted(sizes.window(), sizes.windowed()));
            }
            add(lines, "tied embeddings", yes(sizes.tiedEmbeddings()));
        }
        addTensors(lines, base.tensors());
        Words tokenizer = base.tokenizer();
        add(
                lines,
                "tokenizer",
                tokenizer == null ? "none" : "%s, %d ids".formatted(tokenizer.file(), tokenizer.vocabulary()));
        String template = base.chatTemplate();
        add(
                lines,
                "chat template",
                template == null ? "none; choose one of " + String.join(", ", ChatTemplate.builtIn()) : template);
    }

    private static String positions(Sizes sizes) {
        String longest = sizes.longest() == sizes.positions() ? "" : ", up to %d".formatted(sizes.longest());
        return sizes.scaling().equals("default")
                ? "%d".formatted(sizes.positions())
                : "%d%s, with scaling %s".formatted(sizes.positions(), longest, sizes.scaling());
    }

    private static void addHeads(List<String> lines, Heads heads) {
        lines.add("draft heads " + heads.folder());
        add(lines, "kind", heads.kind());
        add(lines, "heads", "%d of %d layers".formatted(heads.heads(), heads.layers()));
        add(lines, "names", heads.names());
        add(lines, "parameters", Amount.count(heads.parameters()));
        addTensors(lines, heads.tensors());
        add(lines, "own embeddings", yes(heads.ownEmbeddings()));
        add(lines, "made for", heads.baseModel().isEmpty() ? "not said" : heads.baseModel());
        Tree tree = heads.tree();
        add(lines, "tree", tree == null ? "none" : "%d nodes, %d deep".formatted(tree.nodes(), tree.depth()));
        if (heads.fits() != null) {
            add(lines, "fits the base model", yes(heads.fits()));
        }
    }

    private static void addTensors(List<String> lines, Tensors tensors) {
        List<String> files = tensors.files();
        add(
                lines,
                "files",
                files.size() > 1 ? "%s and %d more".formatted(files.get(0), files.size() - 1) : String.join("", files));
        add(
                lines,
                "on disk",
                "%s in %d tensors: %s"
                        .formatted(
                                Amount.bytes(tensors.bytes()),
                                tensors.count(),
                                tensors.dataTypes().entrySet().stream()
                                        .map(type -> type.getKey() + " " + Amount.bytes(type.getValue()))
                                        .collect(Collectors.joining(", "))));
    }

    private static void addMemory(List<String> lines, Memory memory) {
        lines.add("memory on a CPU, with one cache row of %d positions".formatted(memory.positions()));
        memory.byType()
                .forEach((type, bytes) ->
                        add(lines, type, "%s: %s".formatted(Amount.bytes(bytes.total()), parts(bytes))));
    }

    private static String parts(ModelMemory bytes) {
        return "weights %s, %scache %s, to work in %s"
                .formatted(
                        Amount.bytes(bytes.weights()),
                        bytes.heads() == 0 ? "" : "draft heads %s, ".formatted(Amount.bytes(bytes.heads())),
                        Amount.bytes(bytes.cache()),
                        Amount.bytes(bytes.work()));
    }

    private static void add(List<String> lines, String name, Object value) {
        lines.add("  " + name + " ".repeat(Math.max(1, NAME_WIDTH - name.length())) + value);
    }

    private static String yes(boolean flag) {
        return flag ? "yes" : "no";
    }
}
