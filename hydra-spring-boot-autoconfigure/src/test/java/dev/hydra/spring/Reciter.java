package dev.hydra.spring;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A tiny real model whose every answer is known: its attention and its feed-forward layers add nothing, so the next token
 * depends on the last one alone. Letters go on to {@code z} and end there, digits go round for ever, {@code Z} is followed
 * by an {@code é} of two bytes. The heads, Hydra's and Medusa's, know this too, but for the digit after 5, which the second
 * of Hydra's gets wrong.
 *
 * <p>The chat format marks each message with its role and adds nothing behind the last, so an answer continues the last
 * message.
 */
public final class Reciter {

    /** What the folder is called, and so the model. */
    public static final String NAME = "reciter";

    public static final int HEADS = 3;

    private static final int WIDTH = 128;
    private static final int END = 256;
    private static final List<String> SPECIAL = List.of("<|end|>", "<|system|>", "<|user|>", "<|assistant|>");
    private static final int VOCABULARY = END + SPECIAL.size();
    private static final long SEED = 20261123;
    private static final float[][] EMBEDDINGS = embeddings();

    private Reciter() {}

    /** Options to open the model with its heads; the folders are written below the given one. */
    public static HydraOptions.Builder options(Path folder) {
        return HydraOptions.builder(writeModel(folder))
                .heads(writeHeads(folder))
                .device("cpu");
    }

    /** The model with its heads, opened. */
    public static Hydra open(Path folder) {
        return Hydra.open(options(folder).build());
    }

    /** Writes the base model below a folder. */
    public static Path writeModel(Path parent) {
        ModelConfig config = ModelConfig.llama(VOCABULARY, WIDTH, 1, 4)
                .intermediate(WIDTH)
                .positions(4096)
                .endTokens(List.of(END))
                .build();
        Path folder = parent.resolve(NAME);
        SafetensorsWriter writer = new SafetensorsWriter();
        config.tensorShapes().forEach((name, shape) -> add(writer, name, shape, modelWeights(name, shape)));
        try {
            Files.createDirectories(folder);
            config.write(folder);
            writer.write(folder.resolve(Checkpoint.FILE));
            Files.writeString(folder.resolve("tokenizer.json"), tokenizer(List.of(), SPECIAL));
            Files.writeString(folder.resolve("tokenizer_config.json"), """
                    {"chat_template": "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}{% endfor %}"}
                    """);
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes the Hydra heads below a folder. */
    public static Path writeHeads(Path parent) {
        return writeHeads(parent, HeadsKind.HYDRA, VOCABULARY);
    }

    /** Writes another number of Hydra heads below a folder. */
    public static Path writeHeads(Path parent, int heads) {
        return writeHeads(parent, new HeadsConfig(HeadsKind.HYDRA, heads, 1, NAME), VOCABULARY);
    }

    /** Writes as many Medusa heads below a folder. */
    public static Path writeMedusaHeads(Path parent) {
        return writeHeads(parent, HeadsKind.MEDUSA, VOCABULARY);
    }

    /** Writes heads for a model of another vocabulary. */
    public static Path writeForeignHeads(Path parent) {
        return writeHeads(parent, HeadsKind.HYDRA, VOCABULARY + 1);
    }

    private static Path writeHeads(Path parent, HeadsKind kind, int vocabulary) {
        return writeHeads(parent, new HeadsConfig(kind, HEADS, 1, NAME), vocabulary);
    }

    private static Path writeHeads(Path parent, HeadsConfig config, int vocabulary) {
        HeadsKind kind = config.kind();
        Path folder = parent.resolve(
                "%s-%s-%d-%d".formatted(NAME, kind.name().toLowerCase(Locale.ROOT), config.heads(), vocabulary));
        SafetensorsWriter writer = new SafetensorsWriter();
        config.tensorShapes(ModelConfig.llama(vocabulary, WIDTH, 1, 1).build())
                .forEach((name, shape) -> add(writer, name, shape, headWeights(kind, name, shape)));
        try {
            Files.createDirectories(folder);
            config.write(folder);
            writer.write(folder.resolve(HeadsCheckpoint.FILE));
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void add(SafetensorsWriter writer, String name, List<Long> shape, float[] weights) {
        writer.add(name, StorageType.FLOAT32, shape, () -> StorageType.FLOAT32.encode(weights));
    }

    private static float[] modelWeights(String name, List<Long> shape) {
        float[] weights = new float[size(shape)];
        if (name.endsWith("norm.weight")) {
            Arrays.fill(weights, 1);
        } else if (name.equals("model.embed_tokens.weight")) {
            for (int token = 0; token < VOCABULARY; token++) {
                System.arraycopy(EMBEDDINGS[token], 0, weights, token * WIDTH, WIDTH);
            }
        } else if (name.equals("lm_head.weight")) {
            recite(weights, Reciter::next);
        }
        return weights;
    }

    private static float[] headWeights(HeadsKind kind, String name, List<Long> shape) {
        float[] weights = new float[size(shape)];
        if (name.endsWith("res_connection.weight")) {
            // of hidden row and drafted tokens side by side, the last token
            int columns = shape.get(1).intValue();
            for (int row = 0; row < WIDTH; row++) {
                weights[row * columns + columns - WIDTH + row] = 1;
            }
        } else if (name.startsWith("hydra_lm_head") && name.endsWith("weight")) {
            int head = Integer.parseInt(name.split("\\.")[1]);
            if (kind == HeadsKind.MEDUSA) {
                recite(weights, token -> after(token, head + 2));
            } else {
                recite(weights, token -> head == 1 && token == '5' ? '!' : next(token));
            }
        }
        return weights;
    }

    /** Fills (vocabulary, width): the row of a token's successor is the token's embedding. */
    private static void recite(float[] weights, IntUnaryOperator successor) {
        for (int token = 0; token < 256; token++) {
            int next = successor.applyAsInt(token);
            for (int column = 0; column < WIDTH; column++) {
                weights[next * WIDTH + column] += EMBEDDINGS[token][column];
            }
        }
    }

    private static int next(int token) {
        return switch (token) {
            case 'z', '.', 0xA9 -> END;
            case '9' -> '0';
            case 'Z' -> 0xC3;
            case 0xC3 -> 0xA9;
            default -> token < 128 ? (token + 1) % 128 : token;
        };
    }

    private static int after(int token, int places) {
        return places == 0 ? token : after(next(token), places - 1);
    }

    private static float[][] embeddings() {
        Random random = new Random(SEED);
        float[][] embeddings = new float[VOCABULARY][WIDTH];
        for (float[] embedding : embeddings) {
            for (int column = 0; column < WIDTH; column++) {
                embedding[column] = (float) random.nextGaussian();
            }
        }
        return embeddings;
    }

    static int size(List<Long> shape) {
        return Math.toIntExact(shape.stream().reduce(1L, Math::multiplyExact));
    }

    /**
     * A tokenizer of one token per byte, which makes no use of more.
     *
     * @param pieces texts of further tokens, which a model may say
     * @param special texts of special tokens, behind these
     */
    static String tokenizer(List<String> pieces, List<String> special) {
        Map<Integer, Character> alphabet = new HashMap<>();
        IntStream.range(0, 256).filter(Reciter::isVisible).forEach(value -> alphabet.put(value, (char) value));
        int[] hidden =
                IntStream.range(0, 256).filter(value -> !isVisible(value)).toArray();
        for (int at = 0; at < hidden.length; at++) {
            alphabet.put(hidden[at], (char) (256 + at));
        }
        Stream<String> bytes =
                IntStream.range(0, 256).mapToObj(value -> alphabet.get(value).toString());
        List<String> tokens = Stream.concat(bytes, pieces.stream().map(piece -> spelled(piece, alphabet)))
                .toList();
        String vocabulary = IntStream.range(0, tokens.size())
                .mapToObj(id -> quoted(tokens.get(id)) + ": " + id)
                .collect(Collectors.joining(", "));
        String added = IntStream.range(0, special.size())
                .mapToObj(at -> """
                        {"id": %d, "content": %s, "special": true, "single_word": false, "lstrip": false, "rstrip": false, \
                        "normalized": false}""".formatted(tokens.size() + at, quoted(special.get(at))))
                .collect(Collectors.joining(", "));
        return """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [%s], "normalizer": null,
                 "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
                 "post_processor": null,
                 "decoder": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
                 "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                  "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": {%s}, "merges": []}}
                """.formatted(added, vocabulary);
    }

    private static String spelled(String piece, Map<Integer, Character> alphabet) {
        StringBuilder spelled = new StringBuilder();
        for (byte octet : piece.getBytes(StandardCharsets.UTF_8)) {
            spelled.append(alphabet.get(Byte.toUnsignedInt(octet)));
        }
        return spelled.toString();
    }

    private static boolean isVisible(int value) {
        return value > 32 && value < 127 || value > 160 && value != 173;
    }

    private static String quoted(String text) {
        return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
