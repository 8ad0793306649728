package dev.hydra.training;

import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.training.corpus.ChatFormat;
import dev.hydra.training.corpus.DemoCorpus;
import dev.hydra.training.corpus.Split;
import dev.hydra.training.corpus.Turn;
import dev.hydra.training.tokenizer.BpeTokenizer;
import dev.hydra.training.tokenizer.BpeTrainer;
import dev.hydra.training.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A tiny model with a tokenizer and heads that says nothing sensible, but something else after every prompt. */
public final class UntrainedModel {
    private static final long SEED = 23;
    private static final int POSITIONS = 128;
    private static final int VOCABULARY = 400;

    private UntrainedModel() {}

    /** Writes a base model. So many tokens end its answers that it often comes to an end. */
    public static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        BpeTokenizer tokenizer = new BpeTrainer(VOCABULARY)
                .train(new DemoCorpus(SEED)
                        .stream(Split.TRAINING)
                                .limit(300)
                                .flatMap(chat -> chat.turns().stream())
                                .map(Turn::text));
        TokenizerFiles.write(folder, tokenizer, ChatFormat.template(), POSITIONS);
        ModelFolders.writeBase(folder, config(), base());
        // it names the one end token of a trained model
        Files.delete(folder.resolve("generation_config.json"));
        return folder;
    }

    /** Writes Hydra heads for the model. */
    public static Path writeHeads(Path folder) throws IOException {
        HeadsConfig heads = new HeadsConfig(HeadsKind.HYDRA, 2, 1, "untrained");
        HeadsFolder.write(folder, heads, InitialWeights.heads(heads, config(), base().get(0), SEED));
        return folder;
    }

    private static ModelConfig config() {
        return ModelConfig.llama(VOCABULARY, 32, 2, 4)
                .intermediate(48)
                .keyValueHeads(2)
                .tiedEmbeddings(true)
                .positions(POSITIONS)
                .endTokens(IntStream.concat(IntStream.of(1), IntStream.range(388, VOCABULARY))
                        .boxed()
                        .toList())
                .build();
    }

    private static List<Weight> base() {
        Random random = new Random(SEED);
        return InitialWeights.base(config(), SEED).stream()
                .map(weight -> {
                    float[] values = weight.values().clone();
                    for (int i = 0; i < values.length; i++) {
                        values[i] += (float) (0.3 * random.nextGaussian());
                    }
                    return weight.with(values);
                })
                .toList();
    }
}
