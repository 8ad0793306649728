package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.decode.DecodeStatistics;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

/** The application as it is started by the README: on the embedded model. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
class EmbeddedModelTest {

    @Autowired
    private ChatClient.Builder chat;

    @Autowired
    private SampleProperties sample;

    @Test
    void answersWhatThePageSuggests() {
        DecodeStatistics all = DecodeStatistics.none();
        for (String suggestion : sample.suggestions()) {
            ChatResponse response = chat.build().prompt(suggestion).call().chatResponse();

            assertThat(response.getResult().getMetadata().getFinishReason())
                    .as(suggestion)
                    .isEqualTo("stop");
            assertThat(response.getResult().getOutput().getText())
                    .as(suggestion)
                    .matches("(?s)[A-Z].{30,}[.!?]");
            all = all.plus((DecodeStatistics) response.getMetadata().getUsage().getNativeUsage());
        }

        assertThat(all.requests()).isEqualTo(4);
        assertThat(all.acceptanceLength()).isGreaterThan(2);
    }
}
