package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;

/** Code of docs/reference.md that stands alone; {@link ReferencePageTest} holds both together. */
class ReferenceExamplesTest {

    @TempDir
    Path folder;

    @Test
    void configuresAModelByHand() {
        Path model = Reciter.writeModel(folder);
        Path heads = Reciter.writeHeads(folder);
        try (Hydra hydra =
                Hydra.open(HydraOptions.builder(model).heads(heads).warmUp(true).build())) {
            HydraChatModel chat = HydraChatModel.builder(hydra)
                    .options(HydraChatOptions.builder().maxTokens(256).build())
                    .build();
            String answer = chat.call("What is a draft head?");

            assertThat(answer).startsWith("@ABC");
        }
    }

    @Test
    void laysARequestsOptionsOverTheModels() {
        try (Hydra hydra = Reciter.open(folder)) {
            ChatClient chat = ChatClient.create(HydraChatModel.builder(hydra).build());
            String answer = chat.prompt("count: 0")
                    .options(HydraChatOptions.builder().maxTokens(3))
                    .call()
                    .content();

            assertThat(answer).isEqualTo("123");
        }
    }
}
