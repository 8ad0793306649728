package dev.hydra.sampling;

import dev.hydra.graph.Choice;
import java.util.stream.IntStream;

/**
 * One sequence of a batch as far as choosing its next tokens goes.
 *
 * @param member   its place in the batch, counted from 0
 * @param place    of the next token to be chosen in the whole text, prompt included, counted from 0
 * @param options  how tokens are chosen
 * @param seed     of the noise
 */
public record Chooser(int member, int place, SamplingOptions options, long seed) {

    /** How its next tokens are chosen: one at the root, one at depth 1, and so on. */
    Choice choice(int depths) {
        return new Choice(
                options.temperature(),
                options.topK(),
                options.topP(),
                options.minP(),
                options.repetitionPenalty(),
                options.frequencyPenalty(),
                options.presencePenalty(),
                IntStream.range(place, place + depths)
                        .mapToObj(at -> Noise.key(seed, at))
                        .toList());
    }
}
