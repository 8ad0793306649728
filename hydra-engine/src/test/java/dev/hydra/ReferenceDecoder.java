package dev.hydra;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.LayerTensors;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.Tempering;
import dev.hydra.sampling.SamplingOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The definition of correct: a model without cache, tree or batch, in double precision on the stored weights. Every
 * token is computed from the whole sequence again. Of every family, but for Phi's fused projections.
 */
public final class ReferenceDecoder {
    private final ModelConfig config;
    private final Map<String, float[]> weights = new HashMap<>();
    private final double[] frequencies;

    /** Copies the weights out of a checkpoint, which may be closed then. */
    public ReferenceDecoder(Checkpoint checkpoint) {
        config = checkpoint.config();
        frequencies = config.rope().frequencies(config.headWidth(), config.positions());
        config.tensorShapes()
                .keySet()
                .forEach(name -> weights.put(name, checkpoint.tensor(name).floats()));
    }

    /** Greedy decoding; ties go to the lower id, end tokens are tokens like any other. */
    public static List<Integer> generate(Checkpoint checkpoint, List<Integer> prompt, int maximumTokens) {
        return new ReferenceDecoder(checkpoint).generate(prompt, maximumTokens);
    }

    /** Greedy decoding; ties go to the lower id, end tokens are tokens like any other. */
    public List<Integer> generate(List<Integer> prompt, int maximumTokens) {
        List<Integer> tokens = new ArrayList<>(prompt);
        while (tokens.size() < prompt.size() + maximumTokens) {
            double[][] hidden = hidden(tokens);
            double[] logits = output(hidden[hidden.length - 1]);
            int best = 0;
            for (int token = 1; token < logits.length; token++) {
                best = logits[token] > logits[best] ? token : best;
            }
            tokens.add(best);
        }
        return List.copyOf(tokens.subList(prompt.size(), tokens.size()));
    }

    /**
     * What decoding with sampling says.
     *
     * @param tokens the answer
     * @param gap    how far scores had to be off, at some place, for another token to be chosen
     */
    public record Sampled(List<Integer> tokens, double gap) {
        public Sampled {
            tokens = List.copyOf(tokens);
        }
    }

    /** Decoding with sampling; end tokens are tokens like any other. The options' own seed is not looked at. */
    public Sampled sample(List<Integer> prompt, int maximumTokens, SamplingOptions options, long seed) {
        ReferenceSampler sampler = new ReferenceSampler(options, seed, prompt);
        List<Integer> tokens = new ArrayList<>(prompt);
        List<Integer> answer = tokens.subList(prompt.size(), prompt.size());
        double gap = Double.POSITIVE_INFINITY;
        while (answer.size() < maximumTokens) {
            double[][] hidden = hidden(tokens);
            ReferenceSampler.Chosen chosen = sampler.choose(output(hidden[hidden.length - 1]), answer);
            gap = Math.min(gap, chosen.gap());
            tokens.add(chosen.token());
            answer = tokens.subList(prompt.size(), tokens.size());
        }
        return new Sampled(answer, gap);
    }

    /** The tokens of {@link #sample}. */
    public List<Integer> generate(List<Integer> prompt, int maximumTokens, SamplingOptions options, long seed) {
        return sample(prompt, maximumTokens, options, seed).tokens();
    }

    /** The gap of {@link #sample}. */
    public double smallestGap(List<Integer> prompt, int maximumTokens, SamplingOptions options, long seed) {
        return sample(prompt, maximumTokens, options, seed).gap();
    }

    /** How near any greedy choice came to its runner-up: the smallest difference of the two best logits. */
    public double smallestGap(List<Integer> prompt, int maximumTokens) {
        List<Integer> tokens = new ArrayList<>(prompt);
        tokens.addAll(generate(prompt, maximumTokens));
        double[][] logits = logits(tokens);
        double gap = Double.POSITIVE_INFINITY;
        for (int row = prompt.size() - 1; row < tokens.size() - 1; row++) {
            double[] sorted = logits[row].clone();
            Arrays.sort(sorted);
            gap = Math.min(gap, sorted[sorted.length - 1] - sorted[sorted.length - 2]);
        }
        return gap;
    }

    /** One row of logits per token. */
    public double[][] logits(List<Integer> tokens) {
        double[][] logits = hidden(tokens);
        for (int row = 0; row < logits.length; row++) {
            logits[row] = output(logits[row]);
        }
        return logits;
    }

    /** One hidden row per token, after the final norm. */
    public double[][] hidden(List<Integer> tokens) {
        float[] embeddings = weight("model.embed_tokens.weight");
        double[][] rows = new double[tokens.size()][config.width()];
        for (int row = 0; row < rows.length; row++) {
            for (int at = 0; at < config.width(); at++) {
                rows[row][at] = embeddings[tokens.get(row) * config.width() + at] * config.embeddingScale();
            }
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String name = "model.layers." + layer + ".";
            LayerTensors norms = config.layer(layer);
            double[][] attended = attend(
                    normed(rows, norms.before(), 0),
                    name + "self_attn.",
                    config.window().in(layer));
            addTo(rows, normed(attended, norms.after(), 0));
            double[][] fed = new double[rows.length][];
            double[][] read = normed(rows, norms.before(), 1);
            for (int row = 0; row < rows.length; row++) {
                fed[row] = feedForward(read[row], name + "mlp.");
            }
            addTo(rows, normed(fed, norms.after(), 1));
        }
        return normed(rows, List.of("model.norm.weight"), 0);
    }

    private double[] output(double[] hidden) {
        double[] scores = linear(hidden, config.tiedEmbeddings() ? "model.embed_tokens" : "lm_head");
        for (int at = 0; at < scores.length; at++) {
            scores[at] = squeezed(scores[at], config.tempering().outputCap());
        }
        return scores;
    }

    private static double squeezed(double score, double cap) {
        return cap == 0 ? score : cap * Math.tanh(score / cap);
    }

    private double[][] attend(double[][] rows, String name, boolean windowed) {
        double[][] keys = new double[rows.length][];
        double[][] values = new double[rows.length][];
        double[][] attended = new double[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            double[] query = rotate(headsNormed(linear(rows[row], name + "q_proj"), name + "q_norm.weight"), row);
            keys[row] = rotate(headsNormed(linear(rows[row], name + "k_proj"), name + "k_norm.weight"), row);
            values[row] = linear(rows[row], name + "v_proj");
            double[] mixed = new double[query.length];
            for (int head = 0; head < config.heads(); head++) {
                int first = windowed ? Math.max(0, row + 1 - config.window().size()) : 0;
                mix(query, keys, values, new Span(head, first, row), mixed);
            }
            attended[row] = linear(mixed, name + "o_proj");
        }
        return attended;
    }

    private record Span(int head, int first, int last) {}

    private void mix(double[] query, double[][] keys, double[][] values, Span span, double[] mixed) {
        int width = config.headWidth();
        int own = span.head() * width;
        int shared = span.head() / (config.heads() / config.keyValueHeads()) * width;
        double[] scores = new double[span.last() + 1];
        double highest = Double.NEGATIVE_INFINITY;
        for (int row = span.first(); row < scores.length; row++) {
            for (int at = 0; at < width; at++) {
                scores[row] += query[own + at] * keys[row][shared + at];
            }
            Tempering tempering = config.tempering();
            scores[row] = squeezed(scores[row] / Math.sqrt(tempering.queryScalar()), tempering.attentionCap());
            highest = Math.max(highest, scores[row]);
        }
        double sum = 0;
        for (int row = span.first(); row < scores.length; row++) {
            scores[row] = Math.exp(scores[row] - highest);
            sum += scores[row];
        }
        for (int row = span.first(); row < scores.length; row++) {
            for (int at = 0; at < width; at++) {
                mixed[own + at] += scores[row] / sum * values[row][shared + at];
            }
        }
    }

    private double[] headsNormed(double[] heads, String name) {
        if (!weights.containsKey(name)) {
            return heads;
        }
        int width = weight(name).length;
        double[] normed = new double[heads.length];
        for (int first = 0; first < heads.length; first += width) {
            double[] part = Arrays.copyOfRange(heads, first, first + width);
            System.arraycopy(norm(part, name), 0, normed, first, width);
        }
        return normed;
    }

    private double[] rotate(double[] heads, int position) {
        int half = config.headWidth() / 2;
        for (int at = 0; at < half; at++) {
            double angle = position * frequencies[at];
            double cosine = Math.cos(angle) * config.rope().amplitude();
            double sine = Math.sin(angle) * config.rope().amplitude();
            for (int first = at; first < heads.length; first += config.headWidth()) {
                double one = heads[first];
                double other = heads[first + half];
                heads[first] = one * cosine - other * sine;
                heads[first + half] = other * cosine + one * sine;
            }
        }
        return heads;
    }

    private double[] feedForward(double[] row, String name) {
        double[] gate = linear(row, name + "gate_proj");
        double[] up = linear(row, name + "up_proj");
        for (int at = 0; at < gate.length; at++) {
            gate[at] = activated(gate[at]) * up[at];
        }
        return linear(gate, name + "down_proj");
    }

    private double activated(double x) {
        return config.family().gelu()
                ? x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))
                : x / (1 + Math.exp(-x));
    }

    private double[][] normed(double[][] rows, List<String> norms, int place) {
        return norms.isEmpty() ? rows : normed(rows, norms.get(place));
    }

    private double[][] normed(double[][] rows, String name) {
        double[][] normed = new double[rows.length][];
        for (int row = 0; row < rows.length; row++) {
            normed[row] = norm(rows[row], name);
        }
        return normed;
    }

    private double[] norm(double[] row, String name) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        double scale = 1 / Math.sqrt(squares / row.length + config.rmsNormEpsilon());
        float[] weight = weight(name);
        double[] normed = new double[row.length];
        for (int at = 0; at < row.length; at++) {
            normed[at] = row[at] * scale * (weight[at] + config.family().normOffset());
        }
        return normed;
    }

    private double[] linear(double[] row, String name) {
        float[] matrix = weight(name + ".weight");
        float[] bias = weights.getOrDefault(name + ".bias", new float[matrix.length / row.length]);
        double[] result = new double[bias.length];
        for (int at = 0; at < result.length; at++) {
            double sum = bias[at];
            for (int column = 0; column < row.length; column++) {
                sum += matrix[at * row.length + column] * row[column];
            }
            result[at] = sum;
        }
        return result;
    }

    private float[] weight(String name) {
        float[] weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("no tensor '%s'".formatted(name));
        }
        return weight;
    }

    private static void addTo(double[][] rows, double[][] others) {
        for (int row = 0; row < rows.length; row++) {
            for (int at = 0; at < rows[row].length; at++) {
                rows[row][at] += others[row][at];
            }
        }
    }
}
