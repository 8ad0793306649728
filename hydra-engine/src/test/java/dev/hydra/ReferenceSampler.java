package dev.hydra;

import dev.hydra.sampling.SamplingOptions;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The definition of a correctly chosen token, in double precision: bias, penalties, temperature, top-k, top-p, min-p, and noise
 * that depends on the seed, the place and the token. Shares no code with the engine.
 *
 * @param options how tokens are chosen; their own seed is not looked at
 * @param seed    of the noise
 * @param prompt  tokens before the answer
 */
public record ReferenceSampler(SamplingOptions options, long seed, List<Integer> prompt) {
    private static final float BELOW_ONE = Math.nextDown(1f);
    private static final double UNIT = 0x1p-32;

    public ReferenceSampler {
        prompt = List.copyOf(prompt);
    }

    /**
     * A chosen token.
     *
     * @param token the token
     * @param gap   how far scores had to be off for another token to be chosen; 0 where two tie for it
     */
    public record Chosen(int token, double gap) {}

    /**
     * The token that follows an answer so far; ties go to the lower id.
     *
     * @param scores of the base model, (V,)
     * @param answer the tokens said after the prompt
     */
    public Chosen choose(double[] scores, List<Integer> answer) {
        boolean greedy = options.temperature() == 0;
        double[] scaled = scaled(scores, answer);
        double[] noisy = scaled.clone();
        boolean[] kept = new boolean[scaled.length];
        double[] cut = new double[scaled.length];
        Cuts cuts = new Cuts(scaled);
        int best = -1;
        for (int token = 0; token < noisy.length; token++) {
            kept[token] = greedy || cuts.keeps(token);
            cut[token] = greedy ? Double.POSITIVE_INFINITY : cuts.distance(token, kept[token]);
            noisy[token] += greedy ? 0 : noise(seed, prompt.size() + answer.size(), token);
            if (kept[token] && (best < 0 || noisy[token] > noisy[best])) {
                best = token;
            }
        }
        double gap = cut[best];
        for (int token = 0; token < noisy.length; token++) {
            if (token != best) {
                double behind = noisy[best] - noisy[token];
                gap = Math.min(gap, kept[token] ? behind : Math.max(behind, cut[token]));
            }
        }
        // back from scaled scores to what the base model says
        double stretch = Math.max(options.repetitionPenalty(), 1 / options.repetitionPenalty());
        return new Chosen(best, gap * (greedy ? 1 : Math.min(1, options.temperature())) / stretch);
    }

    /** How likely each token is to follow an answer so far, (V,); at a temperature of 0 one of them is certain. */
    public double[] probabilities(double[] scores, List<Integer> answer) {
        double[] probabilities = new double[scores.length];
        if (options.temperature() == 0) {
            probabilities[choose(scores, answer).token()] = 1;
            return probabilities;
        }
        double[] scaled = scaled(scores, answer);
        Cuts cuts = new Cuts(scaled);
        double sum = 0;
        for (int token = 0; token < scaled.length; token++) {
            probabilities[token] = cuts.keeps(token) ? Math.exp(scaled[token] - cuts.ranked[0]) : 0;
            sum += probabilities[token];
        }
        for (int token = 0; token < scaled.length; token++) {
            probabilities[token] /= sum;
        }
        return probabilities;
    }

    /** Scores with bias and penalties, divided by the temperature. */
    private double[] scaled(double[] scores, List<Integer> answer) {
        double[] scaled = new double[scores.length];
        Set<Integer> text = new HashSet<>(prompt);
        text.addAll(answer);
        for (int token = 0; token < scaled.length; token++) {
            double score = scores[token] + options.logitBias().getOrDefault(token, 0.0);
            if (text.contains(token)) {
                score = score > 0 ? score / options.repetitionPenalty() : score * options.repetitionPenalty();
            }
            int said = Collections.frequency(answer, token);
            score -= options.frequencyPenalty() * said + (said > 0 ? options.presencePenalty() : 0);
            scaled[token] = options.temperature() == 0 ? score : score / options.temperature();
        }
        return scaled;
    }

    /** What top-k, top-p and min-p leave of scaled scores. */
    private final class Cuts {
        private final double[] scores;
        private final double[] ranked;
        private final double[] before;
        private final int count;

        Cuts(double[] scores) {
            this.scores = scores;
            ranked = IntStream.range(0, scores.length)
                    .mapToDouble(token -> -scores[token])
                    .sorted()
                    .map(score -> -score)
                    .toArray();
            count = options.topK() == 0 ? scores.length : Math.min(options.topK(), scores.length);
            // of the tokens that top-k leaves, those before each rank
            before = new double[scores.length + 1];
            for (int rank = 0; rank < scores.length; rank++) {
                before[rank + 1] = before[rank] + (rank < count ? Math.exp(ranked[rank] - ranked[0]) : 0);
            }
            double sum = before[scores.length];
            for (int rank = 0; rank <= scores.length; rank++) {
                before[rank] /= sum;
            }
        }

        /** Whether a token may be drawn. Equal scores have the first one's rank, so that they stay or go together. */
        boolean keeps(int token) {
            int rank = 0;
            while (ranked[rank] > scores[token]) {
                rank++;
            }
            return rank < count && before[rank] < options.topP() && scores[token] >= lowest();
        }

        private double lowest() {
            return ranked[0] + Math.log(options.minP());
        }

        /** How far scores, or the probabilities before a rank, had to be off to change whether a token is kept. */
        double distance(int token, boolean kept) {
            if (kept) {
                double distance = scores[token] - lowest();
                for (int rank = 0; rank < ranked.length; rank++) {
                    double fall = Math.max(0, scores[token] - ranked[rank]);
                    double room = rank >= count ? 0 : options.topP() < 1 ? options.topP() - before[rank] : 1;
                    distance = Math.min(distance, Math.max(fall, room));
                }
                return distance;
            }
            double distance = Double.POSITIVE_INFINITY;
            for (int rank = 0; rank < count; rank++) {
                double rise = Math.max(0, ranked[rank] - scores[token]);
                double excess = options.topP() < 1 ? before[rank] - options.topP() : 0;
                distance = Math.min(distance, Math.max(rise, excess));
            }
            return Math.max(distance, lowest() - scores[token]);
        }
    }

    /**
     * What is added to a token's scaled score: Gumbel noise, rounded to float32 where the engine's uniform number is.
     *
     * @param place of the token in the whole text, prompt included, counted from 0
     */
    public static double noise(long seed, int place, int token) {
        long key = mix(mix(seed) + place);
        int bits = scramble(scramble(token ^ (int) (key >>> 32)) ^ (int) key);
        float uniform = (float) ((Integer.toUnsignedLong(bits) + 0.5) * UNIT);
        return -Math.log(-Math.log1p(-(double) Math.min(uniform, BELOW_ONE)));
    }

    /** SplitMix64's step and finaliser. */
    private static long mix(long bits) {
        long mixed = bits + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ mixed >>> 30) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94d049bb133111ebL;
        return mixed ^ mixed >>> 31;
    }

    /** Wellons' lowbias32. */
    private static int scramble(int bits) {
        int mixed = (bits ^ bits >>> 16) * 0x7feb352d;
        mixed = (mixed ^ mixed >>> 15) * 0x846ca68b;
        return mixed ^ mixed >>> 16;
    }
}
