package dev.hydra.sampling;

import java.util.Map;
import java.util.OptionalLong;

/**
 * How the next token is chosen from the base model's scores. In this order: the logit bias is added; tokens that were there
 * before are penalised; the scores are divided by the temperature; top-k, top-p and min-p cut what is unlikely; and one of the
 * remaining tokens is drawn. Tokens of equal score are cut together or not at all.
 *
 * @param temperature       0 for the likeliest token every time, then nothing is cut or drawn; at most 100
 * @param topK              how many tokens may be drawn; 0 for all
 * @param topP              the likeliest tokens whose probabilities reach this sum may be drawn, above 0; 1 for all
 * @param minP              tokens at least this many times as likely as the likeliest may be drawn, below 1; 0 for all
 * @param repetitionPenalty a positive score of a token of the prompt or the answer is divided by it, a negative one multiplied;
 *                          above 0; 1 for none
 * @param frequencyPenalty  taken off a token's score for each time that the answer has it, -100 to 100; 0 for none
 * @param presencePenalty   taken off the score of every token that the answer has, -100 to 100; 0 for none
 * @param logitBias         added to the scores of tokens, by token; finite
 * @param seed              what is drawn depends on the seed, the token's place in the text, and the scores alone; without one,
 *                          every generation has its own
 */
public record SamplingOptions(
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        double frequencyPenalty,
        double presencePenalty,
        Map<Integer, Double> logitBias,
        OptionalLong seed) {

    private static final double LARGEST = 100;
    private static final SamplingOptions GREEDY = new Builder().build();

    public SamplingOptions {
        logitBias = Map.copyOf(logitBias);
        require("temperature", temperature, temperature >= 0 && temperature <= LARGEST, "0 to 100");
        // so small that scores divided by it overflow float32
        require("temperature", temperature, temperature == 0 || temperature >= 1e-4, "0, or 0.0001 or more");
        require("top-k", topK, topK >= 0, "0 for all tokens, or more");
        require("top-p", topP, topP > 0 && topP <= 1, "more than 0, up to 1 for all tokens");
        require("min-p", minP, minP >= 0 && minP < 1, "0 for all tokens, up to less than 1");
        require(
                "repetition penalty",
                repetitionPenalty,
                repetitionPenalty >= 0.01 && repetitionPenalty <= LARGEST,
                "0.01 to 100, 1 for none");
        require("frequency penalty", frequencyPenalty, Math.abs(frequencyPenalty) <= LARGEST, "-100 to 100");
        require("presence penalty", presencePenalty, Math.abs(presencePenalty) <= LARGEST, "-100 to 100");
        logitBias.forEach((token, bias) -> require(
                "logit bias of token " + token, bias, token >= 0 && Math.abs(bias) <= 1e6, "-1000000 to 1000000"));
    }

    private static void require(String option, Number value, boolean fits, String expected) {
        if (!fits) {
            throw new IllegalArgumentException("%s is %s; expected %s".formatted(option, value, expected));
        }
    }

    /** The likeliest token every time; ties go to the lower token id. */
    public static SamplingOptions greedy() {
        return GREEDY;
    }

    /** Draws at a temperature, from all tokens. */
    public static SamplingOptions of(double temperature) {
        return builder().temperature(temperature).build();
    }

    /** Greedy decoding, to be changed option by option. */
    public static Builder builder() {
        return new Builder();
    }

    /** These options, to be changed option by option. */
    public Builder mutate() {
        Builder builder = new Builder();
        builder.temperature = temperature;
        builder.topK = topK;
        builder.topP = topP;
        builder.minP = minP;
        builder.repetitionPenalty = repetitionPenalty;
        builder.frequencyPenalty = frequencyPenalty;
        builder.presencePenalty = presencePenalty;
        builder.logitBias = logitBias;
        builder.seed = seed;
        return builder;
    }

    /** Whether the base model's scores are changed by what was said before, or by a bias. */
    public boolean adjusts() {
        return repetitionPenalty != 1 || frequencyPenalty != 0 || presencePenalty != 0 || !logitBias.isEmpty();
    }

    /** Whether the base model's likeliest token is taken every time. */
    public boolean isGreedy() {
        return temperature == 0 && !adjusts();
    }

    /** Whether tokens are cut before one is drawn. */
    boolean cuts() {
        return temperature > 0 && (topK > 0 || topP < 1 || minP > 0);
    }

    /** Collects options; every one has the value of greedy decoding until it is set. Not for use by several threads. */
    public static final class Builder {

        private double temperature;
        private int topK;
        private double topP = 1;
        private double minP;
        private double repetitionPenalty = 1;
        private double frequencyPenalty;
        private double presencePenalty;
        private Map<Integer, Double> logitBias = Map.of();
        private OptionalLong seed = OptionalLong.empty();

        private Builder() {}

        /** 0 for the likeliest token every time. */
        public Builder temperature(double temperature) {
            this.temperature = temperature;
            return this;
        }

        /** 0 for all tokens. */
        public Builder topK(int topK) {
            this.topK = topK;
            return this;
        }

        /** 1 for all tokens. */
        public Builder topP(double topP) {
            this.topP = topP;
            return this;
        }

        /** 0 for all tokens. */
        public Builder minP(double minP) {
            this.minP = minP;
            return this;
        }

        /** 1 for none. */
        public Builder repetitionPenalty(double repetitionPenalty) {
            this.repetitionPenalty = repetitionPenalty;
            return this;
        }

        /** 0 for none. */
        public Builder frequencyPenalty(double frequencyPenalty) {
            this.frequencyPenalty = frequencyPenalty;
            return this;
        }

        /** 0 for none. */
        public Builder presencePenalty(double presencePenalty) {
            this.presencePenalty = presencePenalty;
            return this;
        }

        /** By token. */
        public Builder logitBias(Map<Integer, Double> logitBias) {
            this.logitBias = Map.copyOf(logitBias);
            return this;
        }

        /** The same seed, prompt and options give the same tokens, with drafting and without. */
        public Builder seed(long seed) {
            this.seed = OptionalLong.of(seed);
            return this;
        }

        /** The options. */
        public SamplingOptions build() {
            return new SamplingOptions(
                    temperature,
                    topK,
                    topP,
                    minP,
                    repetitionPenalty,
                    frequencyPenalty,
                    presencePenalty,
                    logitBias,
                    seed);
        }
    }
}
