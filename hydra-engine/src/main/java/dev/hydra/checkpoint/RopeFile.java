package dev.hydra.checkpoint;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.Optional;

/**
 * The part of a {@code config.json} that is about rotary embeddings: {@code rope_theta} beside {@code rope_scaling}, or both under
 * {@code rope_parameters}, as newer files have it.
 */
final class RopeFile {
    private static final double THETA = 10_000;
    private static final String NEWER = "rope_parameters";
    private static final String OLDER = "rope_scaling";
    private static final String ORIGINAL = "original_max_position_embeddings";

    private RopeFile() {}

    /**
     * Reads it.
     *
     * @param positions {@code max_position_embeddings}
     * @throws CheckpointException if the scaling is of no known type, or lacks what its type needs
     */
    static Rope read(Json config, int positions) {
        if (config.number("partial_rotary_factor", 1) != 1) {
            throw config.wrong("partial_rotary_factor", "1: rotating a part of each head is not supported");
        }
        Optional<RopeScaling> newer = scaling(config, NEWER, positions);
        Optional<RopeScaling> older = scaling(config, OLDER, positions);
        if (newer.isPresent() && older.isPresent() && !newer.equals(older)) {
            throw config.wrong(OLDER, "what %s says, or none".formatted(NEWER));
        }
        double theta = config.number("rope_theta", THETA);
        return new Rope(
                config.has(NEWER) ? config.object(NEWER).number("rope_theta", theta) : theta,
                newer.or(() -> older).orElseGet(RopeScaling.None::new));
    }

    /** Writes it as older files have it, which newer programs read too. */
    static void write(Rope rope, JsonObject config) {
        config.addProperty("rope_theta", rope.theta());
        if (rope.scaling() instanceof RopeScaling.None) {
            return;
        }
        JsonObject json = new JsonObject();
        if (rope.scaling() instanceof RopeScaling.Linear linear) {
            json.addProperty("factor", linear.factor());
        } else if (rope.scaling() instanceof RopeScaling.Dynamic dynamic) {
            json.addProperty("factor", dynamic.factor());
            json.addProperty(ORIGINAL, dynamic.original());
        } else if (rope.scaling() instanceof RopeScaling.Llama3 llama3) {
            json.addProperty("factor", llama3.factor());
            json.addProperty("high_freq_factor", llama3.high());
            json.addProperty("low_freq_factor", llama3.low());
            json.addProperty(ORIGINAL, llama3.original());
        } else if (rope.scaling() instanceof RopeScaling.Yarn yarn) {
            json.addProperty("attention_factor", yarn.amplitude());
            json.addProperty("beta_fast", yarn.ramp().fast());
            json.addProperty("beta_slow", yarn.ramp().slow());
            json.addProperty("factor", yarn.factor());
            json.addProperty(ORIGINAL, yarn.original());
            json.addProperty("truncate", yarn.ramp().whole());
        }
        json.addProperty("rope_type", rope.scaling().label());
        config.add(OLDER, json);
    }

    private static Optional<RopeScaling> scaling(Json config, String key, int positions) {
        if (!config.has(key)) {
            return Optional.empty();
        }
        Json json = config.object(key);
        for (String type : List.of("full_attention", "sliding_attention")) {
            if (json.has(type)) {
                throw config.wrong(key, "one rotary embedding for all layers");
            }
        }
        if (json.number("partial_rotary_factor", 1) != 1) {
            throw json.wrong("partial_rotary_factor", "1: rotating a part of each head is not supported");
        }
        try {
            return Optional.of(scaling(json, positions));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException("%s: %s".formatted(json.file(), e.getMessage()), e);
        }
    }

    private static RopeScaling scaling(Json json, int positions) {
        String key = json.has("rope_type") ? "rope_type" : "type";
        return switch (json.string(key).orElse("default")) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(json.requiredNumber("factor"));
            case "dynamic" -> new RopeScaling.Dynamic(json.requiredNumber("factor"), original(json, positions));
            case "llama3" ->
                new RopeScaling.Llama3(
                        json.requiredNumber("factor"),
                        json.requiredNumber("low_freq_factor"),
                        json.requiredNumber("high_freq_factor"),
                        json.requiredSize(ORIGINAL));
            case "yarn" -> yarn(json, positions);
            default -> throw json.wrong(key, "one of default, linear, dynamic, llama3, yarn");
        };
    }

    private static RopeScaling.Yarn yarn(Json json, int positions) {
        double factor = json.requiredNumber("factor");
        double weight = json.number("mscale", 0);
        double allWeight = json.number("mscale_all_dim", 0);
        // only both together say something, as in transformers
        double usual = weight != 0 && allWeight != 0
                ? RopeScaling.Yarn.amplitude(factor, weight) / RopeScaling.Yarn.amplitude(factor, allWeight)
                : RopeScaling.Yarn.amplitude(factor, 1);
        RopeScaling.Ramp ramp = new RopeScaling.Ramp(
                json.number("beta_fast", RopeScaling.Ramp.USUAL.fast()),
                json.number("beta_slow", RopeScaling.Ramp.USUAL.slow()),
                !json.has("truncate") || json.flag("truncate"));
        return new RopeScaling.Yarn(factor, original(json, positions), ramp, json.number("attention_factor", usual));
    }

    private static int original(Json json, int positions) {
        return json.size(ORIGINAL).orElse(positions);
    }
}
