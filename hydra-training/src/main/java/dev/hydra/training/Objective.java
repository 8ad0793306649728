package dev.hydra.training;

/**
 * What the heads' training minimises: {@code labelWeight} times the cross-entropy against the text plus {@code teacherWeight}
 * times the cross-entropy against the base model's own distribution, of every head and summed over the heads with equal weight
 * (arXiv 2402.05109, section 3.2).
 *
 * @param labelWeight of the cross-entropy against the text
 * @param teacherWeight of the cross-entropy against the base model's distribution
 * @param dropout the part of the numbers that a step drops before each block and before the scores, 0 to 1
 * @param noise the strength of uniform noise on what the heads see in a step (NEFTune's alpha); 0 for none
 */
public record Objective(double labelWeight, double teacherWeight, double dropout, double noise) {

    /** Checks the numbers. */
    public Objective {
        if (!(labelWeight >= 0 && teacherWeight >= 0 && labelWeight + teacherWeight > 0)) {
            throw new IllegalArgumentException("the losses weigh %s and %s; expected one above 0 and none below"
                    .formatted(labelWeight, teacherWeight));
        }
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout is %s; expected at least 0 and less than 1".formatted(dropout));
        }
        if (!(noise >= 0)) {
            throw new IllegalArgumentException("noise is %s; expected 0 or more".formatted(noise));
        }
    }

    /** Against the text alone, as the paper's Medusa and Hydra heads. */
    public static Objective ofText() {
        return new Objective(1, 0, 0, 0);
    }

    /** Against the base model alone, as Hydra++ heads. */
    public static Objective ofTeacher() {
        return new Objective(0, 1, 0, 0);
    }
}
