package dev.hydra;

import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StorageType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A whole model folder for tests: a seeded base with a tokenizer and a chat template, and heads for it. */
final class TinyModel {
    static final int VOCABULARY = 705;

    private TinyModel() {}

    /** Writes the base, its tokenizer and its chat template. */
    static Path writeBase(Path folder, long seed) {
        return writeBase(folder, new TinyLlama(config(), StorageType.FLOAT32, seed));
    }

    /** The same with a base of the caller's, whose vocabulary is {@link #VOCABULARY}. */
    static Path writeBase(Path folder, TinyLlama base) {
        base.write(folder);
        try {
            Files.copy(
                    Families.folder().resolve("tokenizers/bpe-qwen2/tokenizer.json"), folder.resolve("tokenizer.json"));
            Files.writeString(
                    folder.resolve("chat_template.jinja"),
                    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
                            + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes heads for the base. */
    static Path writeHeads(Path folder, int heads) {
        return TinyHeads.seeded(3, config(), heads, 1).write(folder);
    }

    static ModelConfig config() {
        return ModelConfig.llama(VOCABULARY, 32, 2, 4)
                .keyValueHeads(2)
                .intermediate(48)
                .positions(512)
                .build();
    }
}
