package dev.hydra.training;

import dev.hydra.training.data.TokenRow;
import java.util.List;

/**
 * What heads learn from and are measured on.
 *
 * @param training rows to learn from
 * @param validation rows that they never learn from
 * @param fingerprint of everything that decides the rows: texts of the same fingerprint are the same
 */
public record TrainingTexts(List<TokenRow> training, List<TokenRow> validation, String fingerprint) {

    /** Copies the lists. */
    public TrainingTexts {
        training = List.copyOf(training);
        validation = List.copyOf(validation);
        if (training.isEmpty() || validation.isEmpty()) {
            throw new IllegalArgumentException(
                    "%d rows to learn from and %d to measure on; expected at least one of each"
                            .formatted(training.size(), validation.size()));
        }
    }
}
