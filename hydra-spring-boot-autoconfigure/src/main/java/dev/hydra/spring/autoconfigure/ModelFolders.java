package dev.hydra.spring.autoconfigure;

import dev.hydra.demo.DemoModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
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

    ModelFolders {
        heads = List.copyOf(heads);
    }

    /**
     * Looks the folders up.
     *
     * @param classes where the demo model would be
     * @throws HydraConfigurationException if no model is set, or a folder is missing
     */
    static ModelFolders of(HydraProperties properties, @Nullable ClassLoader classes) {
        String location = properties.getModel().getLocation();
        String model = StringUtils.hasText(location) ? location : DEMO;
        boolean demo = model.equals(DEMO);
        if (demo && !ClassUtils.isPresent(DEMO_CLASS, classes)) {
            throw StringUtils.hasText(location) ? demoMissing() : modelNotSet();
        }
        return new ModelFolders(
                demo ? Demo.model() : folder(HydraProperties.MODEL_LOCATION, model, "the folder of a model"),
                heads(properties.getHeads().getLocation(), demo));
    }

    private static List<Path> heads(List<String> locations, boolean demo) {
        List<String> set = locations.stream().filter(StringUtils::hasText).toList();
        if (set.isEmpty()) {
            return demo ? Demo.heads() : List.of();
        }
        if (set.contains(NO_HEADS)) {
            requireAlone(set);
            return List.of();
        }
        return set.stream()
                .map(location -> folder(
                        HydraProperties.HEADS_LOCATION,
                        location,
                        "folders of heads trained for this model, or to none to decode without drafts"))
                .toList();
    }

    private static void requireAlone(List<String> locations) {
        if (locations.size() > 1) {
            throw new HydraConfigurationException(
                    "%s is %s: none and folders at once."
                            .formatted(HydraProperties.HEADS_LOCATION, String.join(", ", locations)),
                    "Set %s to the folders, or to none alone to decode without drafts."
                            .formatted(HydraProperties.HEADS_LOCATION));
        }
    }

    private static HydraConfigurationException modelNotSet() {
        return new HydraConfigurationException(
                "%s is not set, so Hydra has no model to answer with.".formatted(HydraProperties.MODEL_LOCATION),
                ("Set %s to the folder of a Llama model (config.json, model.safetensors, tokenizer.json or tokenizer.model), or add the"
                                + " dependency dev.hydra:hydra-demo-model to try Hydra with a small model. To leave Hydra"
                                + " out, set spring.ai.model.chat to another provider or to none.")
                        .formatted(HydraProperties.MODEL_LOCATION));
    }

    private static HydraConfigurationException demoMissing() {
        return new HydraConfigurationException(
                "%s is 'demo', but the demo model is not on the class path.".formatted(HydraProperties.MODEL_LOCATION),
                ("Add the dependency dev.hydra:hydra-demo-model, or set %s to the folder of a model (./demo for a folder"
                                + " of that name).")
                        .formatted(HydraProperties.MODEL_LOCATION));
    }

    private static Path folder(String property, String location, String expected) {
        Path folder = Path.of(location);
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
                "Set %s to %s.".formatted(property, expected));
    }

    /** The only place that touches the optional module; loaded when the module is known to be there. */
    private static final class Demo {

        static Path model() {
            return DemoModel.extract().model();
        }

        static List<Path> heads() {
            DemoModel demo = DemoModel.extract();
            // one set for each mode
            return List.of(demo.heads(), demo.medusa());
        }
    }
}
