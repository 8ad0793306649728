package dev.hydra.checkpoint;

/*
 * A rotary embedding turns each pair of a head by an angle of its own for each position. To make a model read further than it was
 * trained for, the angles are made smaller, all of them (linear), those of long waves (llama3, yarn), or all of them by a larger
 * base (dynamic). The formulas are those of transformers, whose configuration files these are.
 */
/** How a rotary embedding is stretched over more positions than a model was first trained for. */
public sealed interface RopeScaling {

    /** As {@link Rope#frequencies}, for a base of the wavelengths. */
    double[] frequencies(double theta, int headWidth, int positions);

    /**
     * The longest sequence, in tokens.
     *
     * @param stated {@code max_position_embeddings}
     */
    int positions(int stated);

    /** What {@code rope_type} says. */
    String label();

    /** As {@link Rope#amplitude}. */
    default double amplitude() {
        return 1;
    }

    /** Not at all. */
    record None() implements RopeScaling {
        @Override
        public double[] frequencies(double theta, int headWidth, int positions) {
            return plain(theta, headWidth);
        }

        @Override
        public int positions(int stated) {
            return stated;
        }

        @Override
        public String label() {
            return "default";
        }
    }

    /**
     * All positions are divided by a factor. The stated positions are those before the stretch.
     *
     * @param factor 1 or more
     */
    record Linear(double factor) implements RopeScaling {
        /** Checks the factor. */
        public Linear {
            requireFactor(factor);
        }

        @Override
        public double[] frequencies(double theta, int headWidth, int positions) {
            return divided(plain(theta, headWidth), factor);
        }

        @Override
        public int positions(int stated) {
            return times(stated, factor);
        }

        @Override
        public String label() {
            return "linear";
        }
    }

    /**
     * The base grows with the sequence ("NTK"). Angles that change while a sequence grows would contradict the keys that are cached
     * already, so there is one base for a whole cache row, that of a sequence which fills it; a row of no more positions than the
     * model was trained for is not stretched.
     *
     * @param factor   1 or more
     * @param original positions that the model was trained for
     */
    record Dynamic(double factor, int original) implements RopeScaling {
        /** Checks the numbers. */
        public Dynamic {
            requireFactor(factor);
            requireOriginal(original);
        }

        @Override
        public double[] frequencies(double theta, int headWidth, int positions) {
            if (positions <= original) {
                return plain(theta, headWidth);
            }
            double stretch = factor * positions / original - (factor - 1);
            return plain(theta * Math.pow(stretch, headWidth / (headWidth - 2.0)), headWidth);
        }

        @Override
        public int positions(int stated) {
            return Math.max(stated, times(original, factor));
        }

        @Override
        public String label() {
            return "dynamic";
        }
    }

    /**
     * Long waves are divided by a factor, short ones are not, and those between are divided in part. The stated positions are those
     * after the stretch.
     *
     * @param factor   1 or more
     * @param low      waves of more than {@code original / low} positions are long
     * @param high     waves of fewer than {@code original / high} positions are short; more than {@code low}
     * @param original positions that the model was trained for
     */
    record Llama3(double factor, double low, double high, int original) implements RopeScaling {
        /** Checks the numbers. */
        public Llama3 {
            requireFactor(factor);
            requireOriginal(original);
            if (!(low > 0 && high > low) || Double.isInfinite(high)) {
                throw new IllegalArgumentException(
                        "low_freq_factor is %s and high_freq_factor %s; expected the first above 0 and the second above it"
                                .formatted(low, high));
            }
        }

        @Override
        public double[] frequencies(double theta, int headWidth, int positions) {
            double[] frequencies = plain(theta, headWidth);
            for (int at = 0; at < frequencies.length; at++) {
                double turns = original * frequencies[at] / (2 * Math.PI);
                double kept = clamp((turns - low) / (high - low));
                frequencies[at] *= kept + (1 - kept) / factor;
            }
            return frequencies;
        }

        @Override
        public int positions(int stated) {
            return stated;
        }

        @Override
        public String label() {
            return "llama3";
        }
    }

    /**
     * YaRN (<a href="https://arxiv.org/abs/2309.00071">arXiv 2309.00071</a>): as {@link Llama3}, with a ramp over the pairs of a
     * head, and queries and keys made larger. Files state the positions before or after the stretch; what is more counts.
     *
     * @param factor    1 or more
     * @param original  positions that the model was trained for
     * @param ramp      which pairs are between long and short waves
     * @param amplitude what rotated queries and keys are multiplied by, each
     */
    record Yarn(double factor, int original, Ramp ramp, double amplitude) implements RopeScaling {
        /** Checks the numbers. */
        public Yarn {
            requireFactor(factor);
            requireOriginal(original);
            if (!(amplitude > 0) || Double.isInfinite(amplitude)) {
                throw new IllegalArgumentException(
                        "attention_factor is %s; expected a number above 0".formatted(amplitude));
            }
        }

        /** The amplitude where a file gives none: 0.1 ln(factor) + 1, with the logarithm weighted. */
        static double amplitude(double factor, double weight) {
            return 0.1 * weight * Math.log(factor) + 1;
        }

        @Override
        public double[] frequencies(double theta, int headWidth, int positions) {
            double[] frequencies = plain(theta, headWidth);
            double first = place(ramp.fast(), theta, headWidth);
            double last = place(ramp.slow(), theta, headWidth);
            if (ramp.whole()) {
                first = Math.floor(first);
                last = Math.ceil(last);
            }
            first = Math.max(first, 0);
            last = Math.min(last, headWidth - 1);
            double length = first == last ? 0.001 : last - first;
            for (int at = 0; at < frequencies.length; at++) {
                double divided = clamp((at - first) / length);
                frequencies[at] *= 1 - divided + divided / factor;
            }
            return frequencies;
        }

        /** The place among a head's pairs of the one that turns so often within the original positions. */
        private double place(double turns, double theta, int headWidth) {
            return headWidth * Math.log(original / (turns * 2 * Math.PI)) / (2 * Math.log(theta));
        }

        @Override
        public int positions(int stated) {
            return Math.max(stated, times(original, factor));
        }

        @Override
        public String label() {
            return "yarn";
        }
    }

    /**
     * Where YaRN's ramp begins and ends, in turns within the original positions.
     *
     * @param fast  pairs of more turns are left as they are
     * @param slow  pairs of fewer turns are divided by the factor
     * @param whole whether the ramp begins and ends at whole pairs
     */
    record Ramp(double fast, double slow, boolean whole) {
        /** What files that say nothing mean. */
        public static final Ramp USUAL = new Ramp(32, 1, true);

        /** Checks the numbers. */
        public Ramp {
            if (!(slow > 0 && fast >= slow) || Double.isInfinite(fast)) {
                throw new IllegalArgumentException(
                        "beta_slow is %s and beta_fast %s; expected the first above 0 and the second no less"
                                .formatted(slow, fast));
            }
        }
    }

    private static double[] plain(double theta, int headWidth) {
        double[] frequencies = new double[headWidth / 2];
        for (int at = 0; at < frequencies.length; at++) {
            frequencies[at] = Math.pow(theta, -2.0 * at / headWidth);
        }
        return frequencies;
    }

    private static double[] divided(double[] frequencies, double by) {
        for (int at = 0; at < frequencies.length; at++) {
            frequencies[at] /= by;
        }
        return frequencies;
    }

    private static double clamp(double value) {
        return Math.min(Math.max(value, 0), 1);
    }

    private static int times(int positions, double factor) {
        return (int) Math.min(Integer.MAX_VALUE, positions * factor);
    }

    private static void requireFactor(double factor) {
        if (!(factor >= 1) || Double.isInfinite(factor)) {
            throw new IllegalArgumentException("factor is %s; expected a number of 1 or more".formatted(factor));
        }
    }

    private static void requireOriginal(int original) {
        if (original < 1) {
            throw new IllegalArgumentException(
                    "original_max_position_embeddings is %d; expected a number above 0".formatted(original));
        }
    }
}
