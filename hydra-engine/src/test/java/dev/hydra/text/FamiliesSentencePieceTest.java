package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected values of the SentencePiece-like tokenizers, got from a model file with the same pieces. */
class FamiliesSentencePieceTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"spm-normalizer, true", "spm-metaspace, false"})
    void givesTheIdsOfTheOtherForm(String name, String legacy) throws IOException {
        SentencePieceFile file =
                SentencePieceFile.of(TokenizerFiles.folder(name).resolve("tokenizer.json"));
        file.write(folder);
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"legacy": %s, "bos_token": {"content": "<s>"}, "additional_special_tokens": ["[INST]"],
                 "added_tokens_decoder": {"%d": {"content": "[INST]", "special": false, "normalized": true}}}
                """.formatted(legacy, file.size()));
        Files.writeString(folder.resolve("special_tokens_map.json"), """
                {"pad_token": "[/INST]", "cls_token": "[NO SUCH TOKEN]"}""");
        Files.writeString(folder.resolve("added_tokens.json"), """
                {"[/INST]": %d}""".formatted(file.size() + 1));
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(TokenizerFiles.expected(name, "encode")).isNotEmpty().allSatisfy(expected -> {
                String text = expected.get("text").getAsString();
                List<Integer> ids = TokenizerFiles.integers(expected.get("ids"));
                assertThat(tokenizer.encode(text)).isEqualTo(ids);
                assertThat(tokenizer.encodePrompt(text))
                        .isEqualTo(TokenizerFiles.integers(expected.get("ids_with_special")));
                assertThat(tokenizer.decodeVerbatim(ids))
                        .isEqualTo(expected.get("decoded").getAsString());
            });
            assertThat(TokenizerFiles.expected(name, "decode")).isNotEmpty().allSatisfy(expected -> {
                List<Integer> ids = TokenizerFiles.integers(expected.get("ids"));
                Detokenizer detokenizer = new Detokenizer(tokenizer);
                StringBuilder text = new StringBuilder();
                ids.forEach(id -> text.append(detokenizer.append(id)));
                assertThat(text.append(detokenizer.finish()).toString())
                        .isEqualTo(tokenizer.decode(ids))
                        .isEqualTo(expected.getAsJsonArray("prefixes")
                                .get(ids.size() - 1)
                                .getAsString());
            });
        }
    }
}
