package dev.hydra.training.evaluate;

import dev.hydra.decode.DecodeStatistics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What one mode did.
 *
 * @param mode        which
 * @param rounds      for each round the answers by category, in the order of the questions; {@code ""} where they have none
 * @param differences answers that are not plain decoding's, by question, turn and round
 */
public record ModeResult(Mode mode, List<Map<String, Pass>> rounds, List<String> differences) {

    public ModeResult {
        rounds = List.copyOf(rounds);
        differences = List.copyOf(differences);
    }

    /** The answers of all rounds. */
    public Pass pooled() {
        return Pass.sum(passes());
    }

    /** The answers of all rounds to the questions of one category. */
    public Pass pooled(String category) {
        return Pass.sum(passes(category));
    }

    /** The answers of each round. */
    public List<Pass> passes() {
        return rounds.stream().map(round -> Pass.sum(round.values())).toList();
    }

    /** The answers of each round to the questions of one category. */
    public List<Pass> passes(String category) {
        return rounds.stream()
                .map(round -> round.getOrDefault(category, Pass.none()))
                .toList();
    }

    /** A quantity's spread over the rounds. */
    public Spread spread(ToDoubleFunction<Pass> quantity) {
        return Spread.of(passes().stream().map(quantity::applyAsDouble).toList());
    }

    /** Milliseconds of a step, or of a part of it, over the rounds. */
    public Spread millisecondsPerStep(Function<DecodeStatistics, Duration> part) {
        return spread(pass -> pass.millisecondsPerStep(part.apply(pass.statistics())));
    }

    /**
     * How many times as much of a quantity these answers have as others, round by round.
     *
     * @param passes   of this mode, one for each round
     * @param others   of another mode of the same engine, in the same rounds
     * @param quantity above 0
     */
    static Spread ratio(List<Pass> passes, List<Pass> others, ToDoubleFunction<Pass> quantity) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < passes.size(); round++) {
            double other = quantity.applyAsDouble(others.get(round));
            ratios.add(other == 0 ? 0 : quantity.applyAsDouble(passes.get(round)) / other);
        }
        return Spread.of(ratios);
    }
}
