package dev.hydra.spring.openai;

import java.time.Instant;
import java.util.UUID;

/**
 * What the whole answer and every chunk of it say of it.
 *
 * @param created in seconds of Unix time
 * @param model   the model's name
 */
record AnswerId(String id, long created, String model) {

    /** A new answer of a model. */
    static AnswerId of(String model) {
        return new AnswerId(
                "chatcmpl-" + UUID.randomUUID().toString().replace("-", ""),
                Instant.now().getEpochSecond(),
                model);
    }
}
