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

    /** Characters of a fingerprint that files are named after. */
    static final int FINGERPRINT = 16;

    /** Copies the lists. */
    public TrainingTexts {
        training = List.copyOf(training);
        validation = List.copyOf(validation);
        if (fingerprint.length() < FINGERPRINT) {
            throw new IllegalArgumentException("the fingerprint '%s' has %d characters; expected %d or more"
                    .formatted(fingerprint, fingerprint.length(), FINGERPRINT));
        }
        if (training.isEmpty() || validation.isEmpty()) {
            throw new IllegalArgumentException(
                    "%d rows to learn from and %d to measure on; expected at least one of each"
                            .formatted(training.size(), validation.size()));
        }
    }
}
