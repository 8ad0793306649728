package dev.hydra.training;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.training.corpus.ChatFormat;
import dev.hydra.training.tokenizer.BpeTokenizer;
import dev.hydra.training.tokenizer.BpeTrainer;
import dev.hydra.training.tokenizer.SpecialToken;
import dev.hydra.training.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A model whose every answer is known: its layers add nothing, so the next token depends on the last one alone, and it goes through
 * all tokens in a circle that has no end token. Its heads are right by construction, but for one token in five, for which the right
 * one is their second choice, and one in seven, for which they do not think of it.
 */
public final class RecitingModel {

    /** Heads of a set. */
    public static final int HEADS = 3;

    private static final int WIDTH = 64;
    private static final int POSITIONS = 192;
    private static final long SEED = 23;
    private static final int UNSURE = 5;
    private static final int LOST = 7;
    private static final float SECOND_CHOICE = 0.6f;
    private static final int FIRST = SpecialToken.values().length;
    // no divisor of the circle's length, so that the circle has all tokens
    private static final int STRIDE = 37;

    private final Path folder;
    private final ModelConfig config;
    private final float[][] embeddings;

    private RecitingModel(Path folder, ModelConfig config) {
        this.folder = folder;
        this.config = config;
        this.embeddings = new float[config.vocabulary()][WIDTH];
        Random random = new Random(SEED);
        for (float[] embedding : embeddings) {
            for (int column = 0; column < WIDTH; column++) {
                embedding[column] = (float) random.nextGaussian();
            }
        }
    }

    /** Writes a base model into {@code base} below a folder. */
    public static RecitingModel write(Path folder) throws IOException {
        BpeTokenizer tokenizer = new BpeTrainer(280).train(Stream.of("the fox and the dog and the boat"));
        ModelConfig config = ModelConfig.llama(tokenizer.vocabulary(), WIDTH, 1, 2)
                .intermediate(WIDTH)
                .positions(POSITIONS)
                .endTokens(List.of(SpecialToken.END.id()))
                .build();
        RecitingModel model = new RecitingModel(folder, config);
        List<Weight> weights = new ArrayList<>();
        config.tensorShapes().forEach((name, shape) -> weights.add(model.baseWeight(name, shape)));
        ModelFolders.writeBase(model.folder(), config, weights);
        TokenizerFiles.write(model.folder(), tokenizer, ChatFormat.template(), POSITIONS);
        return model;
    }

    /** The base model's folder. */
    public Path folder() {
        return folder.resolve("base");
    }

    /** Writes heads into a folder of that name beside the base model's. */
    public Path heads(HeadsKind kind, String name) throws IOException {
        HeadsConfig heads = new HeadsConfig(kind, HEADS, 1, "reciting");
        List<Weight> weights = new ArrayList<>();
        heads.tensorShapes(config).forEach((tensor, shape) -> weights.add(headWeight(kind, tensor, shape)));
        Path written = folder.resolve(name);
        HeadsFolder.write(written, heads, weights);
        return written;
    }

    private Weight baseWeight(String name, List<Long> shape) {
        float[] values = new float[Weight.size(shape)];
        if (name.endsWith("norm.weight")) {
            Arrays.fill(values, 1);
        } else if (name.equals("model.embed_tokens.weight")) {
            for (int token = 0; token < embeddings.length; token++) {
                System.arraycopy(embeddings[token], 0, values, token * WIDTH, WIDTH);
            }
        } else if (name.equals("lm_head.weight")) {
            for (int token = 0; token < embeddings.length; token++) {
                answer(values, token, next(token), 1);
            }
        }
        return new Weight(name, shape, values);
    }

    private Weight headWeight(HeadsKind kind, String name, List<Long> shape) {
        float[] values = new float[Weight.size(shape)];
        if (name.endsWith("norm.weight")) {
            Arrays.fill(values, 1);
        } else if (name.endsWith("res_connection.weight")) {
            // of the hidden row and the drafted tokens side by side, the last token
            int columns = Math.toIntExact(shape.get(1));
            for (int row = 0; row < WIDTH; row++) {
                values[row * columns + columns - WIDTH + row] = 1;
            }
        } else if (name.startsWith("hydra_lm_head") && name.endsWith("weight")) {
            int head = Integer.parseInt(name.split("\\.")[1]);
            for (int token = 0; token < embeddings.length; token++) {
                int right = kind.grounded() ? next(token) : after(token, head + 2);
                boolean sure = token % UNSURE != 0 && token % LOST != 0;
                answer(values, token, sure ? right : next(right), 1);
                if (token % UNSURE == 0) {
                    answer(values, token, right, SECOND_CHOICE);
                }
            }
        }
        return new Weight(name, shape, values);
    }

    /** Adds to the score matrix (vocabulary, width) that a token is answered by another. */
    private void answer(float[] scores, int token, int answer, float strength) {
        for (int column = 0; column < WIDTH; column++) {
            scores[answer * WIDTH + column] += strength * embeddings[token][column];
        }
    }

    private int next(int token) {
        int circle = config.vocabulary() - FIRST;
        return FIRST + Math.floorMod(token - FIRST + STRIDE, circle);
    }

    private int after(int token, int places) {
        return places == 0 ? token : after(next(token), places - 1);
    }
}
