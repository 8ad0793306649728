package dev.hydra.training.cli;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.CheckpointException;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsFile;
import dev.hydra.checkpoint.TensorFile;
import dev.hydra.checkpoint.TensorInfo;
import dev.hydra.checkpoint.TorchFile;
import dev.hydra.graph.DataType;
import dev.hydra.graph.GraphOptions;
import dev.hydra.graph.ModelMemory;
import dev.hydra.graph.ModelMemory.HeadsSize;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.ChatTemplateException;
import dev.hydra.text.Tokenizer;
import dev.hydra.text.TokenizerException;
import dev.hydra.training.cli.Inspection.Base;
import dev.hydra.training.cli.Inspection.Heads;
import dev.hydra.training.cli.Inspection.Memory;
import dev.hydra.training.cli.Inspection.Sizes;
import dev.hydra.training.cli.Inspection.Tensors;
import dev.hydra.training.cli.Inspection.Tree;
import dev.hydra.training.cli.Inspection.Words;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Looks into folders: at configurations and at what describes tensors, not at the numbers. Goes on after a problem. */
final class Inspector {
    private static final String TREE = "tree.json";
    private static final int DEFAULT_POSITIONS = 4096;
    private static final int SHOWN = 3;

    private final Set<String> problems = new TreeSet<>();

    /**
     * What a folder holds.
     *
     * @param base folder of the base model that the heads are held against; null for the folder itself
     * @throws IOException if a folder cannot be listed
     */
    Inspection inspect(Path folder, @Nullable Path base) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException(
                    "%s: no such folder; expected a base model, draft heads or both".formatted(folder));
        }
        Set<String> keys = configurationKeys(folder);
        List<Path> weights = files(folder, Inspector::isWeights);
        List<Path> headsFiles = files(folder, Inspector::isHeads);
        boolean holdsHeads = !headsFiles.isEmpty()
                || keys.stream().anyMatch(key -> key.startsWith("hydra_") || key.startsWith("medusa_num"));
        boolean holdsBase = !weights.isEmpty() || keys.contains("model_type");
        if (!holdsHeads && !holdsBase) {
            problems.add("%s: no weights in this folder, and nothing in a %s; expected a base model or draft heads"
                    .formatted(folder, HeadsConfig.FILE));
        }
        Path modelFolder = base == null ? folder : base;
        Base model = holdsBase || base != null ? base(modelFolder) : null;
        ModelConfig config = model == null || model.sizes() == null ? null : config(modelFolder);
        Drafting drafting = holdsHeads ? heads(folder, headsFiles.isEmpty() ? weights : headsFiles, config) : null;
        Memory memory = config == null ? null : memory(config, drafting);
        return new Inspection(model, drafting == null ? null : drafting.heads(), memory, List.copyOf(problems));
    }

    /** Heads, and what of them is known only where they could be opened. */
    private record Drafting(Heads heads, long parameters, boolean prefixed) {}

    private Base base(Path folder) throws IOException {
        List<Path> files = files(folder, Inspector::isWeights);
        Map<String, TensorInfo> tensors = new TreeMap<>();
        Tensors found = tensors(files, tensors);
        ModelConfig config = config(folder);
        if (files.isEmpty()) {
            problems.add(
                    "%s: no weights in this folder; expected model.safetensors or its shards, or pytorch_model.bin or its shards"
                            .formatted(folder));
        } else if (config != null) {
            compare(config, tensors);
            attempt(() -> Checkpoint.open(folder).close());
        }
        return new Base(
                folder.toString(), config == null ? null : sizes(config), found, words(folder), template(folder));
    }

    private @Nullable Words words(Path folder) {
        if (!Tokenizer.exists(folder)) {
            return null;
        }
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            return new Words(Tokenizer.file(folder).getFileName().toString(), tokenizer.vocabulary());
        } catch (TokenizerException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
    }

    private @Nullable String template(Path folder) {
        try {
            return ChatTemplate.exists(folder) ? ChatTemplate.open(folder).source() : null;
        } catch (ChatTemplateException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static Sizes sizes(ModelConfig config) {
        return new Sizes(
                config.family().label(),
                config.parameters(),
                config.width(),
                config.intermediate(),
                config.layers(),
                config.heads(),
                config.keyValueHeads(),
                config.headWidth(),
                config.vocabulary(),
                config.positions(),
                config.longest(),
                config.rope().scaling().label(),
                config.window().size(),
                config.window().layers().size(),
                config.tiedEmbeddings());
    }

    private void compare(ModelConfig config, Map<String, TensorInfo> tensors) {
        if (config.layers() > tensors.size()) {
            return; // opening says so, and the names of so many layers would fill the heap
        }
        Map<String, List<Long>> shapes = config.tensorShapes();
        Set<String> missing = new TreeSet<>(shapes.keySet());
        missing.removeAll(tensors.keySet());
        report("missing", missing);
        Set<String> extra = new TreeSet<>(tensors.keySet());
        extra.removeAll(shapes.keySet());
        extra.removeAll(config.ignorableTensors());
        extra.removeIf(name -> name.startsWith("medusa_head."));
        report("unexpected", extra);
        shapes.forEach((name, shape) -> {
            TensorInfo info = tensors.get(name);
            if (info != null && !info.shape().equals(shape)) {
                problems.add(
                        "tensor '%s' is %s; %s asks for %s".formatted(name, info.shape(), ModelConfig.FILE, shape));
            }
        });
    }

    private void report(String what, Set<String> names) {
        if (!names.isEmpty()) {
            List<String> shown = names.stream().limit(SHOWN).toList();
            problems.add("%s tensors: %d, %s%s"
                    .formatted(what, names.size(), String.join(", ", shown), names.size() > SHOWN ? ", …" : ""));
        }
    }

    private Drafting heads(Path folder, List<Path> files, @Nullable ModelConfig base) throws IOException {
        Tensors found = tensors(files.subList(0, Math.min(1, files.size())), new TreeMap<>());
        Tree tree = tree(folder);
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(folder)) {
            HeadsConfig config = heads.config();
            long parameters = heads.parameters();
            Boolean fits = base == null ? null : attempt(() -> heads.requireFits(base));
            if (tree != null && tree.depth() > config.heads()) {
                problems.add(
                        "%s: the tree is %d levels deep; there are %d draft heads: use a tree no deeper than the heads"
                                .formatted(TREE, tree.depth(), config.heads()));
                fits = base == null ? fits : Boolean.FALSE;
            }
            Heads facts = new Heads(
                    folder.toString(),
                    config.kind().label(),
                    config.heads(),
                    config.layers(),
                    heads.underAuthorsNames() ? "authors" : "medusa",
                    parameters,
                    found,
                    heads.embeddings().isPresent(),
                    config.baseModel(),
                    fits,
                    tree);
            return new Drafting(facts, parameters, config.kind() == HeadsKind.HYDRA_PLUS_PLUS);
        } catch (CheckpointException e) {
            problems.add(String.valueOf(e.getMessage()));
            Heads unknown = new Heads(
                    folder.toString(),
                    "unknown",
                    0,
                    0,
                    "unknown",
                    0,
                    found,
                    false,
                    "",
                    base == null ? null : false,
                    tree);
            return new Drafting(unknown, 0, false);
        }
    }

    private @Nullable Tree tree(Path folder) throws IOException {
        if (!Files.exists(folder.resolve(TREE))) {
            return null;
        }
        try (Reader json = Files.newBufferedReader(folder.resolve(TREE))) {
            TreeShape shape = TreeShape.parse(json);
            return new Tree(shape.size(), shape.depth());
        } catch (IllegalArgumentException e) {
            problems.add("%s: %s".formatted(TREE, e.getMessage()));
            return null;
        }
    }

    /** On a CPU, for one cache row. */
    private static Memory memory(ModelConfig config, @Nullable Drafting drafting) {
        HeadsSize heads =
                drafting == null ? HeadsSize.none() : new HeadsSize(drafting.parameters(), drafting.prefixed(), false);
        int positions = Math.min(config.positions(), DEFAULT_POSITIONS);
        Map<String, ModelMemory> byType = new LinkedHashMap<>();
        for (DataType type : DataType.values()) {
            byType.put(type.label(), ModelMemory.of(config, heads, new GraphOptions("cpu", type, 1, positions)));
        }
        return new Memory(positions, byType);
    }

    private @Nullable ModelConfig config(Path folder) {
        try {
            return ModelConfig.read(folder);
        } catch (CheckpointException e) {
            problems.add(String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** The keys of a folder's configuration; none where it cannot be read, which those who need it say. */
    private static Set<String> configurationKeys(Path folder) throws IOException {
        Path file = folder.resolve(HeadsConfig.FILE);
        if (!Files.exists(file)) {
            return Set.of();
        }
        try (Reader json = Files.newBufferedReader(file)) {
            return JsonParser.parseReader(json) instanceof JsonObject object ? object.keySet() : Set.of();
        } catch (JsonParseException e) {
            return Set.of();
        }
    }

    private Tensors tensors(List<Path> files, Map<String, TensorInfo> all) {
        Map<String, Long> types = new TreeMap<>();
        long bytes = 0;
        for (Path file : files) {
            try (TensorFile tensors =
                    file.toString().endsWith(".safetensors") ? SafetensorsFile.open(file) : TorchFile.open(file)) {
                all.putAll(tensors.tensors());
                Set<Long> counted = new HashSet<>();
                for (TensorInfo info : tensors.tensors().values()) {
                    if (counted.add(info.offset())) {
                        types.merge(info.type(), info.bytes(), Long::sum);
                        bytes += info.bytes();
                    }
                }
            } catch (CheckpointException e) {
                problems.add(String.valueOf(e.getMessage()));
            }
        }
        List<String> names =
                files.stream().map(file -> file.getFileName().toString()).toList();
        return new Tensors(names, all.size(), bytes, types);
    }

    private boolean attempt(Runnable check) {
        try {
            check.run();
            return true;
        } catch (CheckpointException e) {
            problems.add(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private static boolean isHeads(String name) {
        return name.matches("(hydra|medusa)_lm_head\\.(safetensors|pt)");
    }

    private static boolean isWeights(String name) {
        return name.matches("model(-.*)?\\.safetensors|pytorch_model(-.*)?\\.bin");
    }

    /** Files in the order in which the engine prefers them; of several formats the safer one alone. */
    private static List<Path> files(Path folder, Predicate<String> wanted) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new CheckpointException("%s: no such folder; expected a base model".formatted(folder));
        }
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> all = new ArrayList<>(
                    entries.filter(file -> wanted.test(file.getFileName().toString()))
                            .sorted()
                            .toList());
            List<Path> safe = all.stream()
                    .filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            return safe.isEmpty() ? all : safe;
        }
    }
}
