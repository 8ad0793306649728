package dev.hydra.decode;

import java.util.List;

/**
 * A generation that has ended.
 *
 * @param tokens     the generated tokens, an end token included where the model said one
 * @param text       the generated text, without the stop string that ended it
 * @param reason     why it ended
 * @param statistics of this generation alone
 */
public record Completion(List<Integer> tokens, String text, FinishReason reason, DecodeStatistics statistics) {
    public Completion {
        tokens = List.copyOf(tokens);
    }
}
