package dev.hydra.training;

import static dev.hydra.training.Lively.lively;

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
import java.util.List;
import java.util.stream.Stream;

/** A model of random weights with its tokenizer, small enough to be made for a test, and heads for it. */
public final class TinyModel {

    /** The longest text. */
    public static final int POSITIONS = 192;

    /** Heads of a set. */
    public static final int HEADS = 3;

    private static final long SEED = 17;

    private final Path folder;
    private final ModelConfig config;
    private final List<Weight> base;

    private TinyModel(Path folder, ModelConfig config, List<Weight> base) {
        this.folder = folder;
        this.config = config;
        this.base = base;
    }

    /** Writes a base model into {@code base} below a folder. */
    public static TinyModel write(Path folder) throws IOException {
        BpeTokenizer tokenizer = new BpeTrainer(280).train(Stream.of("the fox and the dog and the boat"));
        ModelConfig config = ModelConfig.llama(tokenizer.vocabulary(), 32, 2, 4)
                .intermediate(48)
                .keyValueHeads(2)
                .tiedEmbeddings(true)
                .positions(POSITIONS)
                .endTokens(List.of(SpecialToken.END.id()))
                .build();
        TinyModel model = new TinyModel(folder, config, lively(InitialWeights.base(config, SEED), 0.1, SEED));
        ModelFolders.writeBase(model.folder(), config, model.base);
        TokenizerFiles.write(model.folder(), tokenizer, ChatFormat.template(), POSITIONS);
        return model;
    }

    /** The base model's folder. */
    public Path folder() {
        return folder.resolve("base");
    }

    /** Writes heads that are right now and then into a folder of that name beside the base model's. */
    public Path heads(HeadsKind kind, String name) throws IOException {
        HeadsConfig heads = new HeadsConfig(kind, HEADS, 1, "tiny");
        Path written = folder.resolve(name);
        HeadsFolder.write(written, heads, lively(InitialWeights.heads(heads, config, base.get(0), SEED), 0.02, SEED));
        return written;
    }
}
