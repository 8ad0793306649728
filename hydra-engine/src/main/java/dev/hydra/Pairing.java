package dev.hydra;

import dev.hydra.checkpoint.CheckpointException;
import dev.hydra.checkpoint.Family;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.hub.HubLocation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Draft heads and the base model that they were trained for, which their {@code config.json} names. */
public final class Pairing {
    private static final Logger log = LoggerFactory.getLogger(Pairing.class);

    private Pairing() {}

    /**
     * Where the base model of draft heads is: a folder, or a location on the hub ({@link HubLocation#isHub}). A name stands for the
     * folder of that name, seen from the working directory or beside the heads; failing that, {@code owner/name} stands for a
     * repository on the hub. Heads among a base model's own tensors belong to that model.
     *
     * @param heads folders of draft heads, one or more
     * @throws CheckpointException      if a folder holds no heads
     * @throws IllegalArgumentException if heads do not name a base model, or not one that can be found, or not the same one
     */
    public static String base(List<Path> heads) {
        Map<Path, String> bases = new LinkedHashMap<>();
        heads.forEach(folder -> bases.put(folder, base(folder)));
        Set<String> different = new TreeSet<>(bases.values());
        if (different.size() != 1) {
            throw new IllegalArgumentException("the heads belong to different base models: %s; expected heads of one"
                    .formatted(bases.entrySet().stream()
                            .map(entry -> "%s to %s".formatted(entry.getKey(), entry.getValue()))
                            .collect(Collectors.joining(", "))));
        }
        return different.iterator().next();
    }

    /** The name of the base model in the configuration of draft heads; empty where there is none. */
    public static String baseName(Path heads) {
        return HeadsConfig.read(heads).baseModel();
    }

    private static String base(Path heads) {
        String name = baseName(heads);
        if (HeadsCheckpoint.isInsideBase(heads)) {
            return HubLocation.ofSnapshot(heads).map(HubLocation::toString).orElse(heads.toString());
        }
        if (name.isBlank()) {
            throw new IllegalArgumentException(
                    "the heads in %s do not say which base model they were trained for; expected base_model_name_or_path in their %s"
                            .formatted(heads, HeadsConfig.FILE));
        }
        if (HubLocation.isHub(name)) {
            return HubLocation.parse(name).toString();
        }
        Optional<Path> folder = folder(heads, name);
        if (folder.isPresent()) {
            return folder.get().toString();
        }
        if (HubLocation.isRepository(name)) {
            return HubLocation.of(name).toString();
        }
        throw new IllegalArgumentException(
                "the heads in %s were trained for '%s', which is no folder, neither here nor beside the heads, and no owner/name on the hub"
                        .formatted(heads, name));
    }

    private static Optional<Path> folder(Path heads, String name) {
        Path named = Path.of(name);
        return List.of(
                        named,
                        heads.toAbsolutePath().normalize().resolveSibling(named).normalize())
                .stream()
                .filter(folder -> Files.isRegularFile(folder.resolve(ModelConfig.FILE)))
                .findFirst();
    }

    /** What a model in a folder is called: as on the hub where it comes from there, else as its folder. */
    public static String name(Path model) {
        Path folder = model.toAbsolutePath().normalize();
        return HubLocation.ofSnapshot(folder)
                .map(HubLocation::repository)
                .orElseGet(() -> String.valueOf(folder.getFileName()));
    }

    /**
     * Demands that heads can draft for a base model. Another name alone is worth a warning, because folders are called anything.
     *
     * @param folder of the heads
     * @param model  folder of the base model
     * @throws CheckpointException if they cannot; it names both sides
     */
    static void require(HeadsCheckpoint heads, Path folder, ModelConfig config, Path model) {
        String trainedFor = heads.config().baseModel();
        try {
            requireFamily(folder, config, model);
            heads.requireFits(config);
        } catch (CheckpointException e) {
            throw new CheckpointException(
                    "the heads in %s, trained for %s, do not fit the model %s in %s: %s"
                            .formatted(
                                    folder,
                                    trainedFor.isBlank() ? "a model that they do not name" : "'" + trainedFor + "'",
                                    name(model),
                                    model,
                                    e.getMessage()),
                    e);
        }
        if (!trainedFor.isBlank() && !lastPart(trainedFor).equalsIgnoreCase(lastPart(name(model)))) {
            log.warn(
                    "the heads in {} were trained for '{}', the model in {} is called '{}'; their sizes fit. If few drafted tokens are"
                            + " accepted, the heads belong to another model",
                    folder,
                    trainedFor,
                    model,
                    name(model));
        }
    }

    private static void requireFamily(Path folder, ModelConfig config, Path model) {
        if (!HeadsCheckpoint.isInsideBase(folder) || isSame(folder, model)) {
            return;
        }
        Family family = ModelConfig.read(folder).family();
        if (family != config.family()) {
            throw new CheckpointException(
                    "the heads come with a model of the family %s; this one's family is %s: use heads trained for it"
                            .formatted(family.label(), config.family().label()));
        }
    }

    private static boolean isSame(Path one, Path other) {
        return one.toAbsolutePath().normalize().equals(other.toAbsolutePath().normalize());
    }

    private static String lastPart(String name) {
        return name.replaceFirst("[/\\\\]+$", "").replaceFirst(".*[/\\\\]", "");
    }
}
