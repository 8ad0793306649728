package dev.hydra.training;

import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.data.TokenRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A base model made by hand, which says after every token the next one of a cycle through all tokens; and texts of that cycle. */
final class CycleBase {

    static final ModelConfig CONFIG = ModelConfig.llama(64, 64, 1, 4)
            .intermediate(48)
            .keyValueHeads(2)
            .positions(64)
            .endTokens(List.of(1))
            .build();

    /** Every token comes once before the first comes again: 27 and the modulus have no divisor in common. */
    private static final int STRIDE = 27;

    /** The right token's score is eight times that, the root of the width; all others are zero. */
    private static final float LOUDNESS = 2;

    private CycleBase() {}

    static int next(int token) {
        return (token + STRIDE) % CONFIG.vocabulary();
    }

    /** Attention and feed-forward add nothing, so that a hidden row says which token the last one is, and no more. */
    static List<Weight> weights() {
        int size = CONFIG.vocabulary();
        return InitialWeights.base(CONFIG, 1).stream()
                .map(weight -> {
                    String name = weight.name();
                    if (name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight")) {
                        return Weight.filled(name, weight.shape(), 0);
                    }
                    if (!name.equals("model.embed_tokens.weight") && !name.equals("lm_head.weight")) {
                        return weight;
                    }
                    float[] values = new float[size * size];
                    for (int token = 0; token < size; token++) {
                        values[name.equals("lm_head.weight") ? next(token) * size + token : token * size + token] =
                                name.equals("lm_head.weight") ? LOUDNESS : 1;
                    }
                    return weight.with(values);
                })
                .toList();
    }

    /** The cycle from a token on; the first tokens are given, all others learned. */
    static ChatTokens text(int first, int length, int given) {
        ChatTokens.Builder text = new ChatTokens.Builder();
        int token = first;
        for (int place = 0; place < length; place++) {
            if (place < given) {
                text.given(token);
            } else {
                text.learned(token);
            }
            token = next(token);
        }
        return text.build();
    }

    /** Random tokens; the first two are given, all others learned. */
    static ChatTokens noise(Random random, int length) {
        return new ChatTokens.Builder()
                .given(random.ints(2, 0, CONFIG.vocabulary()).toArray())
                .learned(random.ints(length - 2, 0, CONFIG.vocabulary()).toArray())
                .build();
    }

    /** One row per start, each one chat of the cycle. */
    static List<TokenRow> rows(int rows, int length) {
        List<TokenRow> texts = new ArrayList<>();
        for (int first = 0; first < rows; first++) {
            texts.add(new TokenRow(List.of(text(first % CONFIG.vocabulary(), length, 1))));
        }
        return texts;
    }

    static List<TokenRow> noiseRows(long seed, int rows, int length) {
        Random random = new Random(seed);
        List<TokenRow> texts = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            texts.add(new TokenRow(List.of(noise(random, length))));
        }
        return texts;
    }
}
