package dev.hydra.spring.openai;

import dev.hydra.spring.chat.HydraChatModel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The models that answer, by the names that requests know them by. Safe for threads to share. */
final class ServedModels {

    private final Map<String, HydraChatModel> models = new LinkedHashMap<>();

    ServedModels(List<HydraChatModel> models) {
        for (HydraChatModel model : models) {
            String name = name(model);
            if (this.models.put(name, model) != null) {
                throw new IllegalArgumentException(
                        "two chat models are called '%s'; requests could not tell them apart: rename the folder of one"
                                .formatted(name));
            }
        }
        if (this.models.isEmpty()) {
            throw new IllegalArgumentException("there is no chat model; expected one at least");
        }
    }

    /** The name of a model that is open, which its own options have. */
    static String name(HydraChatModel model) {
        return Objects.requireNonNull(model.getOptions().getModel());
    }

    Set<String> names() {
        return models.keySet();
    }

    /**
     * The model of that name.
     *
     * @param name null for the only one
     * @throws OpenAiException if there is none, or none is named and there are several
     */
    HydraChatModel get(@Nullable String name) {
        if (name == null && models.size() > 1) {
            throw OpenAiException.invalid("model", "model is missing; expected one of " + list());
        }
        HydraChatModel model = name == null ? models.values().iterator().next() : models.get(name);
        if (model == null) {
            throw OpenAiException.modelNotFound("there is no model '%s' here; expected %s".formatted(name, list()));
        }
        return model;
    }

    private String list() {
        return "'" + String.join("' or '", names()) + "'";
    }
}
