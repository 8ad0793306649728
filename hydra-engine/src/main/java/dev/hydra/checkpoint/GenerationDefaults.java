package dev.hydra.checkpoint;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How a model's makers would have its tokens chosen, as its {@code generation_config.json} says. They are followed where neither
 * the application nor a request says otherwise. What the file leaves out is empty here, and not what transformers would put there.
 *
 * @param sampled           whether tokens are drawn, {@code do_sample}; if not, the likeliest one is taken every time
 * @param temperature       of the draws, 0 to 100
 * @param topK              how many tokens may be drawn; 0 for all
 * @param topP              the likeliest tokens whose probabilities reach this sum may be drawn, above 0 to 1
 * @param minP              tokens at least this many times as likely as the likeliest may be drawn, 0 to less than 1
 * @param repetitionPenalty of tokens that were there before, 0.01 to 100; also where none is drawn
 * @param maximumTokens     tokens of an answer, {@code max_new_tokens}; {@code max_length}, which counts the prompt, is left to the
 *                          cache's rows
 */
public record GenerationDefaults(
        boolean sampled,
        OptionalDouble temperature,
        OptionalInt topK,
        OptionalDouble topP,
        OptionalDouble minP,
        OptionalDouble repetitionPenalty,
        OptionalInt maximumTokens) {
    /** The file that holds them. */
    public static final String FILE = "generation_config.json";

    private static final double LARGEST = 100;
    private static final double SMALLEST_TEMPERATURE = 1e-4;

    /**
     * Reads {@code generation_config.json}; without one, nothing is said. Keys of no meaning here are passed over.
     *
     * @throws CheckpointException if the file is unreadable, or a value is none that tokens could be chosen by
     */
    public static GenerationDefaults read(Path folder) {
        return of(json(folder));
    }

    /** The file's content; an empty object if there is no file. */
    static Json json(Path folder) {
        return Files.exists(folder.resolve(FILE)) ? Json.read(folder.resolve(FILE)) : Json.empty(FILE);
    }

    private static GenerationDefaults of(Json json) {
        OptionalDouble temperature = number(json, "temperature");
        require(
                json,
                "temperature",
                temperature.isEmpty()
                        || temperature.getAsDouble() == 0
                        || temperature.getAsDouble() >= SMALLEST_TEMPERATURE && temperature.getAsDouble() <= LARGEST,
                "0, or 0.0001 to 100");
        OptionalDouble topP = number(json, "top_p");
        require(json, "top_p", topP.orElse(1) > 0 && topP.orElse(1) <= 1, "more than 0, up to 1 for all tokens");
        OptionalDouble minP = number(json, "min_p");
        require(json, "min_p", minP.orElse(0) >= 0 && minP.orElse(0) < 1, "0 for all tokens, up to less than 1");
        OptionalDouble penalty = number(json, "repetition_penalty");
        require(
                json,
                "repetition_penalty",
                penalty.orElse(1) >= 1 / LARGEST && penalty.orElse(1) <= LARGEST,
                "0.01 to 100, 1 for none");
        return new GenerationDefaults(
                json.flag("do_sample"),
                temperature,
                json.has("top_k") ? OptionalInt.of(json.count("top_k")) : OptionalInt.empty(),
                topP,
                minP,
                penalty,
                json.size("max_new_tokens"));
    }

    private static OptionalDouble number(Json json, String key) {
        return json.has(key) ? OptionalDouble.of(json.number(key, 0)) : OptionalDouble.empty();
    }

    private static void require(Json json, String key, boolean fits, String expected) {
        if (!fits) {
            throw json.wrong(key, expected);
        }
    }
}
