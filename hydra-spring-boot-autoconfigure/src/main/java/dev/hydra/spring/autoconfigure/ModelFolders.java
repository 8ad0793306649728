package dev.hydra.spring.autoconfigure;

import dev.hydra.Pairing;
import dev.hydra.demo.DemoModel;
import dev.hydra.hub.HubContent;
import dev.hydra.hub.HubLocation;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;

/**
 * The folders that {@code hydra.model.location} and {@code hydra.heads.location} stand for.
 *
 * @param heads empty when the model decodes without drafts
 */
record ModelFolders(Path model, List<Path> heads) {

    static final String DEMO = "demo";
    static final String NO_HEADS = "none";
    private static final String DEMO_CLASS = "dev.hydra.demo.DemoModel";
    private static final Logger log = LoggerFactory.getLogger(ModelFolders.class);

    ModelFolders {
        heads = List.copyOf(heads);
    }

    /**
     * Looks the folders up, and downloads what is on the hub.
     *
     * @param classes where the demo model would be
     * @throws HydraConfigurationException  if no model is set, or a folder is missing
     * @throws dev.hydra.hub.HubException   if the hub's files cannot be had
     */
    static ModelFolders of(HydraProperties properties, @Nullable ClassLoader classes, HubFolders hub) {
        String location = properties.getModel().getLocation();
        List<String> heads = properties.getHeads().getLocation().stream()
                .filter(StringUtils::hasText)
                .toList();
        boolean demoThere = ClassUtils.isPresent(DEMO_CLASS, classes);
        if (!StringUtils.hasText(location) && !heads.isEmpty() && !heads.contains(NO_HEADS)) {
            List<Path> folders = heads(heads, hub);
            return new ModelFolders(base(folders, demoThere, hub), folders);
        }
        String model = StringUtils.hasText(location) ? location : DEMO;
        boolean demo = model.equals(DEMO);
        if (demo && !demoThere) {
            throw StringUtils.hasText(location) ? demoMissing() : modelNotSet();
        }
        // the heads first: they are smaller, and may be the wrong ones
        List<Path> folders = heads.isEmpty() && demo ? Demo.heads() : heads(heads, hub);
        return new ModelFolders(demo ? Demo.model() : model(model, hub), folders);
    }

    private static Path model(String location, HubFolders hub) {
        return HubLocation.isHub(location)
                ? hub.fetch(new Setting<>(HydraProperties.MODEL_LOCATION, location), HubContent.MODEL)
                : folder(
                        HydraProperties.MODEL_LOCATION,
                        location,
                        "the folder of a model, or to hf://owner/name for one on the hub");
    }

    /** The model that the heads name as theirs. */
    private static Path base(List<Path> heads, boolean demoThere, HubFolders hub) {
        if (demoThere && heads.stream().allMatch(Demo::isBaseOf)) {
            return Demo.model();
        }
        String base;
        try {
            base = Pairing.base(heads);
        } catch (IllegalArgumentException unknown) {
            throw new HydraConfigurationException(
                            "%s is not set, and %s does not lead to a model: %s."
                                    .formatted(
                                            HydraProperties.MODEL_LOCATION,
                                            HydraProperties.HEADS_LOCATION,
                                            unknown.getMessage()),
                            "Set %s to the folder of the model that the heads were trained for, or to hf://owner/name."
                                    .formatted(HydraProperties.MODEL_LOCATION),
                            List.of(HydraProperties.HEADS_LOCATION))
                    .causedBy(unknown);
        }
        log.info("{} is not set; the heads were trained for {}, which is opened", HydraProperties.MODEL_LOCATION, base);
        return model(base, hub);
    }

    private static List<Path> heads(List<String> locations, HubFolders hub) {
        if (locations.contains(NO_HEADS)) {
            requireAlone(locations);
            return List.of();
        }
        return locations.stream().map(location -> heads(location, hub)).toList();
    }

    private static Path heads(String location, HubFolders hub) {
        return HubLocation.isHub(location)
                ? hub.fetch(new Setting<>(HydraProperties.HEADS_LOCATION, location), HubContent.HEADS)
                : folder(
                        HydraProperties.HEADS_LOCATION,
                        location,
                        "folders of heads trained for this model, or to none to decode without drafts");
    }

    private static void requireAlone(List<String> locations) {
        if (locations.size() > 1) {
            throw new HydraConfigurationException(
                    "%s is %s: none and folders at once."
                            .formatted(HydraProperties.HEADS_LOCATION, String.join(", ", locations)),
                    "Set %s to the folders, or to none alone to decode without drafts."
                            .formatted(HydraProperties.HEADS_LOCATION),
                    List.of(HydraProperties.HEADS_LOCATION));
        }
    }

    private static HydraConfigurationException modelNotSet() {
        return new HydraConfigurationException(
                "%s is not set, so Hydra has no model to answer with.".formatted(HydraProperties.MODEL_LOCATION),
                ("Set %s to the folder of a model (config.json, model.safetensors, tokenizer.json or tokenizer.model), or to"
                                + " hf://owner/name for one on the Hugging Face hub, or add the dependency dev.hydra:hydra-demo-model to try"
                                + " Hydra with a small model. To leave Hydra"
                                + " out, set spring.ai.model.chat to another provider or to none.")
                        .formatted(HydraProperties.MODEL_LOCATION),
                List.of());
    }

    private static HydraConfigurationException demoMissing() {
        return new HydraConfigurationException(
                "%s is 'demo', but the demo model is not on the class path.".formatted(HydraProperties.MODEL_LOCATION),
                ("Add the dependency dev.hydra:hydra-demo-model, or set %s to the folder of a model (./demo for a folder"
                                + " of that name).")
                        .formatted(HydraProperties.MODEL_LOCATION),
                List.of(HydraProperties.MODEL_LOCATION));
    }

    private static Path folder(String property, String location, String expected) {
        Path folder = new Setting<>(property, location).as(Path::of);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        throw new HydraConfigurationException(
                "%s points to %s, which %s (%s)."
                        .formatted(
                                property,
                                location,
                                Files.exists(folder) ? "is not a folder" : "does not exist",
                                folder.toAbsolutePath().normalize()),
                "Set %s to %s.".formatted(property, expected),
                List.of(property));
    }

    /** The only place that touches the optional module; loaded when the module is known to be there. */
    private static final class Demo {

        static Path model() {
            return extract().model();
        }

        static boolean isBaseOf(Path heads) {
            return Pairing.baseName(heads).equals(model().getFileName().toString());
        }

        static List<Path> heads() {
            DemoModel demo = extract();
            // one set for each mode
            return List.of(demo.heads(), demo.medusa());
        }

        private static DemoModel extract() {
            try {
                return DemoModel.extract();
            } catch (UncheckedIOException unwritable) {
                throw new HydraConfigurationException(
                                "The demo model cannot be unpacked: %s (%s)."
                                        .formatted(unwritable.getMessage(), unwritable.getCause()),
                                ("Make that folder one that this process may write (it is below user.home), or set %s to the"
                                                + " folder of a model.")
                                        .formatted(HydraProperties.MODEL_LOCATION),
                                List.of(HydraProperties.MODEL_LOCATION))
                        .causedBy(unwritable);
            }
        }
    }
}
