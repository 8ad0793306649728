package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.awaitility.Awaitility.await;

import dev.hydra.Hydra;
import dev.hydra.spring.Reciter;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.contextpropagation.ObservationThreadLocalAccessor;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.MapAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.Prompt;

@Timeout(300)
class HydraChatModelObservationTest {

    private static final String NAME = "gen_ai.client.operation";

    private static final Set<String> ALWAYS =
            Set.of("gen_ai.operation.name", "gen_ai.system", "gen_ai.request.model", "gen_ai.response.model");
    private static final Set<String> OPTIONS = Set.of(
            "gen_ai.request.frequency_penalty",
            "gen_ai.request.max_tokens",
            "gen_ai.request.presence_penalty",
            "gen_ai.request.stop_sequences",
            "gen_ai.request.temperature",
            "gen_ai.request.top_k",
            "gen_ai.request.top_p");
    private static final Set<String> ANSWERED = Set.of(
            "gen_ai.response.finish_reasons",
            "gen_ai.response.id",
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.total_tokens");

    @TempDir
    static Path folder;

    private static Hydra hydra;

    private final TestObservationRegistry registry = TestObservationRegistry.create();
    private final Queue<Observation.Context> ended = new ConcurrentLinkedQueue<>();
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
        registry.observationConfig().observationHandler(new ObservationHandler<>() {
            @Override
            public void onStop(Observation.Context context) {
                if (NAME.equals(context.getName())) {
                    ended.add(context);
                }
            }

            @Override
            public boolean supportsContext(Observation.Context context) {
                return true;
            }
        });
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
    void hasEveryKeyThatThereIsAnythingToSayFor() {
        model.call(fullyOptioned());

        Map<String, String> keys = keys();
        assertThatMap(keys)
                .containsOnlyKeys(Stream.of(ALWAYS, OPTIONS, ANSWERED)
                        .flatMap(Set::stream)
                        .toList());
        assertThatMap(keys)
                .containsEntry("gen_ai.request.temperature", "0.5")
                .containsEntry("gen_ai.request.top_p", "0.9")
                .containsEntry("gen_ai.request.top_k", "40")
                .containsEntry("gen_ai.request.max_tokens", "9")
                .containsEntry("gen_ai.request.frequency_penalty", "0.1")
                .containsEntry("gen_ai.request.presence_penalty", "0.2")
                .containsEntry("gen_ai.request.stop_sequences", "[\"!\"]")
                .containsEntry("gen_ai.usage.input_tokens", "6")
                .containsEntry("gen_ai.usage.output_tokens", "3")
                .containsEntry("gen_ai.usage.total_tokens", "9");
        assertThatMap(keys)
                .hasEntrySatisfying(
                        "gen_ai.response.id", id -> Assertions.assertThat(id).startsWith("hydra-"));
    }

    @Test
    void hasTheSameKeysForAStreamAndSaysThatItIsOne() {
        model.stream(fullyOptioned()).blockLast();

        assertThatMap(keys())
                .containsOnlyKeys(Stream.of(ALWAYS, OPTIONS, ANSWERED, Set.of("gen_ai.request.stream"))
                        .flatMap(Set::stream)
                        .toList())
                .containsEntry("gen_ai.request.stream", "true");
    }

    @Test
    void hasNoKeysOfAnAnswerWhereThereIsNone() {
        Prompt cold =
                new Prompt("say x", HydraChatOptions.builder().temperature(-1.0).build());

        assertThatIllegalArgumentException().isThrownBy(() -> model.call(cold));

        assertThatMap(keys())
                .containsOnlyKeys(Stream.concat(
                                ALWAYS.stream(), Stream.of("gen_ai.request.temperature", "gen_ai.request.max_tokens"))
                        .toList())
                .containsEntry("gen_ai.request.model", Reciter.NAME)
                .containsEntry("gen_ai.response.model", "none");
    }

    @Test
    void hasNeitherPromptNorAnswerInItsKeys() {
        model.call("a prompt of two secrets: x");

        assertThatMap(keys())
                .allSatisfy((key, value) ->
                        Assertions.assertThat(value).doesNotContain("secrets").doesNotContain("yz"));
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

    private static Prompt fullyOptioned() {
        return new Prompt(
                "say x",
                HydraChatOptions.builder()
                        .temperature(0.5)
                        .topP(0.9)
                        .topK(40)
                        .frequencyPenalty(0.1)
                        .presencePenalty(0.2)
                        .stopSequences(List.of("!"))
                        .build());
    }

    /** The keys of the one observation that has ended, of low and high cardinality. */
    private Map<String, String> keys() {
        await().untilAsserted(() -> Assertions.assertThat(ended).hasSize(1));
        Map<String, String> keys = new TreeMap<>();
        ended.element().getAllKeyValues().forEach(key -> keys.put(key.getKey(), key.getValue()));
        return keys;
    }

    private static MapAssert<String, String> assertThatMap(Map<String, String> keys) {
        return Assertions.assertThat(keys);
    }

    private static TestObservationRegistryAssert assertThat(TestObservationRegistry registry) {
        return TestObservationRegistryAssert.assertThat(registry);
    }
}
