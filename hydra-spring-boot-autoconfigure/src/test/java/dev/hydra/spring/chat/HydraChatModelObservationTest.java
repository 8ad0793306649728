package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.hydra.Hydra;
import dev.hydra.spring.Reciter;
import io.micrometer.observation.Observation;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.Prompt;

@Timeout(60)
class HydraChatModelObservationTest {

    private static final String NAME = "gen_ai.client.operation";

    @TempDir
    static Path folder;

    private static Hydra hydra;

    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private HydraChatModel model;

    @BeforeAll
    static void open() {
        hydra = Reciter.open(folder);
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @BeforeEach
    void observe() {
        model = HydraChatModel.builder(hydra)
                .options(HydraChatOptions.builder().maxTokens(9).build())
                .observationRegistry(registry)
                .build();
    }

    @Test
    void observationForChatOperation() {
        model.call("say x");

        assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .hasContextualNameEqualTo("chat " + Reciter.NAME)
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "chat")
                .hasLowCardinalityKeyValue("gen_ai.system", "hydra")
                .hasLowCardinalityKeyValue("gen_ai.request.model", Reciter.NAME)
                .hasLowCardinalityKeyValue("gen_ai.response.model", Reciter.NAME)
                .hasHighCardinalityKeyValue("gen_ai.request.max_tokens", "9")
                .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "[\"stop\"]")
                .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "3")
                .hasBeenStarted()
                .hasBeenStopped();
    }

    @Test
    void observesWhatTheRequestAndTheModelsOptionsComeTo() {
        model.call(
                new Prompt("say x", HydraChatOptions.builder().temperature(0.5).build()));

        assertThat(registry)
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .hasLowCardinalityKeyValue("gen_ai.request.model", Reciter.NAME)
                .hasHighCardinalityKeyValue("gen_ai.request.temperature", "0.5")
                .hasHighCardinalityKeyValue("gen_ai.request.max_tokens", "9");
    }

    @Test
    void observationForStreamingChatOperation() {
        Observation parent = Observation.start("page", registry);

        model.stream(new Prompt("say x"))
                .contextWrite(context -> context.put(ObservationThreadLocalAccessor.KEY, parent))
                .blockLast();
        parent.stop();

        // a subscriber hears of the end before the observation does
        await().untilAsserted(() -> assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasObservationWithNameEqualTo(NAME)
                .that()
                .hasParentObservationEqualTo(parent)
                .hasLowCardinalityKeyValue("gen_ai.response.model", Reciter.NAME)
                .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "[\"stop\"]")
                .hasHighCardinalityKeyValue("gen_ai.usage.input_tokens", "6")
                .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "3")
                .hasBeenStopped());
    }

    @Test
    void observesWhatIsRefused() {
        Prompt cold =
                new Prompt("say x", HydraChatOptions.builder().temperature(-1.0).build());

        assertThatIllegalArgumentException().isThrownBy(() -> model.call(cold));
        assertThatIllegalArgumentException().isThrownBy(() -> model.stream(cold).blockLast());

        assertThat(registry)
                .hasNumberOfObservationsWithNameEqualTo(NAME, 2)
                .forAllObservationsWithNameEqualTo(NAME, observation -> observation.hasError());
    }

    @Test
    void stopsTheObservationOfACancelledStream() {
        model.stream(new Prompt("count: 0")).take(1).blockLast();

        await().untilAsserted(() ->
                assertThat(registry).hasObservationWithNameEqualTo(NAME).that().hasBeenStopped());
    }

    @Test
    void takesAnotherConvention() {
        model.setObservationConvention(new DefaultChatModelObservationConvention() {
            @Override
            public String getContextualName(ChatModelObservationContext context) {
                return "recital";
            }
        });

        model.call("say x");

        assertThat(registry).hasObservationWithNameEqualTo(NAME).that().hasContextualNameEqualTo("recital");
    }

    private static TestObservationRegistryAssert assertThat(TestObservationRegistry registry) {
        return TestObservationRegistryAssert.assertThat(registry);
    }
}
