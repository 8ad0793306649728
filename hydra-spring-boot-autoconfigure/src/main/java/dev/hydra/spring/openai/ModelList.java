package dev.hydra.spring.openai;

import java.util.List;

/** The models that may be asked for. */
record ModelList(String object, List<Model> data) {

    ModelList(List<Model> data) {
        this("list", List.copyOf(data));
    }

    /**
     * A model that may be asked for.
     *
     * @param created when it was put here, in seconds of Unix time
     */
    record Model(String id, String object, long created, String ownedBy) {

        Model(String id, long created) {
            this(id, "model", created, "hydra");
        }
    }
}
