package dev.hydra.training;

import static java.util.stream.Collectors.joining;

import java.util.ArrayList;
import java.util.List;

/**
 * How well one head drafts on a text, summed over the places that count.
 *
 * @param places that the head predicts a token of an answer from
 * @param textLoss cross-entropy against the text, in nats, summed
 * @param baseLoss cross-entropy against the base model's distribution, in nats, summed
 * @param textHits how often the head's first, second, ... choice is the text's token
 * @param baseHits how often its first, second, ... choice is the base model's first
 */
public record HeadFigures(
        double places, double textLoss, double baseLoss, List<Double> textHits, List<Double> baseHits) {

    /** The choices that are counted. */
    public static final int RANKS = 5;

    /** Copies the lists. */
    public HeadFigures {
        textHits = List.copyOf(textHits);
        baseHits = List.copyOf(baseHits);
    }

    /** Reads places, losses, hits of the text and hits of the base, as the graph writes them. */
    static HeadFigures of(float... values) {
        if (values.length != 3 + 2 * RANKS) {
            throw new IllegalArgumentException(
                    "%d figures of a head; expected %d".formatted(values.length, 3 + 2 * RANKS));
        }
        List<Double> text = new ArrayList<>();
        List<Double> base = new ArrayList<>();
        for (int rank = 0; rank < RANKS; rank++) {
            text.add((double) values[3 + rank]);
            base.add((double) values[3 + RANKS + rank]);
        }
        return new HeadFigures(values[0], values[1], values[2], text, base);
    }

    /** Both texts together. */
    HeadFigures plus(HeadFigures other) {
        return new HeadFigures(
                places + other.places,
                textLoss + other.textLoss,
                baseLoss + other.baseLoss,
                sum(textHits, other.textHits),
                sum(baseHits, other.baseHits));
    }

    private static List<Double> sum(List<Double> ones, List<Double> others) {
        List<Double> sums = new ArrayList<>();
        for (int i = 0; i < ones.size(); i++) {
            sums.add(ones.get(i) + others.get(i));
        }
        return sums;
    }

    /** Cross-entropy against the text, in nats per token. */
    public double meanTextLoss() {
        return textLoss / places;
    }

    /** Cross-entropy against the base model's distribution, in nats per token. */
    public double meanBaseLoss() {
        return baseLoss / places;
    }

    /** How often the text's token is among the head's first choices, 0 to 1; choices from 1 to {@link #RANKS}. */
    public double textAccuracy(int choices) {
        return share(textHits, choices);
    }

    /** How often the base's first choice is among the head's first choices, 0 to 1; choices from 1 to {@link #RANKS}. */
    public double baseAccuracy(int choices) {
        return share(baseHits, choices);
    }

    private double share(List<Double> hits, int choices) {
        return hits.stream().limit(choices).mapToDouble(Double::doubleValue).sum() / places;
    }

    @Override
    public String toString() {
        String accuracies = baseHits.stream()
                .map(hits -> "%.1f".formatted(100 * hits / places))
                .collect(joining(" "));
        return "loss %.4f (text %.4f), choices %s %% (text %.1f %%)"
                .formatted(meanBaseLoss(), meanTextLoss(), accuracies, 100 * textAccuracy(1));
    }
}
