package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.demo.DemoModel;
import dev.hydra.draft.DecodingMode;
import dev.hydra.spring.Reciter;
import io.swagger.v3.oas.annotations.media.Schema;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.YearMonth;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.ChatClientAttributes;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.converter.BeanOutputConverter;
import org.springframework.ai.converter.ListOutputConverter;
import org.springframework.ai.converter.MapOutputConverter;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.util.json.schema.JsonSchemaGenerator;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.core.convert.support.DefaultConversionService;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers that have to fit a schema do, with models that know nothing of JSON. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class StructuredOutputTest {

    private static final JsonMapper JACKSON = JsonMapper.builder().build();

    @TempDir
    static Path folder;

    private static Hydra reciter;
    private static Hydra demo;

    @BeforeAll
    static void open() {
        reciter = Hydra.open(Reciter.options(folder)
                .heads(List.of(Reciter.writeHeads(folder), Reciter.writeMedusaHeads(folder)))
                .build());
        demo = Hydra.open(HydraOptions.builder(DemoModel.extract().model())
                .heads(DemoModel.extract().heads())
                .device("cpu")
                .build());
    }

    @AfterAll
    static void close() {
        reciter.close();
        demo.close();
    }

    record ActorsFilms(String actor, List<String> movies) {}

    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Everything(
            String name,
            int count,
            long large,
            double ratio,
            Integer boxed,
            boolean flag,
            Size size,
            @Nullable String note,
            @JsonPropertyDescription("A day") LocalDate day,
            Instant moment,
            UUID id,
            URI home,
            BigDecimal price,
            List<ActorsFilms> films,
            Map<String, Integer> stock,
            Set<Size> sizes,
            List<Integer> numbers) {}

    enum Size {
        SMALL,
        LARGE
    }

    record Tree(String label, List<Tree> children) {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    @JsonSubTypes({
        @JsonSubTypes.Type(value = Circle.class, name = "circle"),
        @JsonSubTypes.Type(value = Square.class, name = "square")
    })
    interface Shape {}

    record Circle(@JsonProperty(required = true) double radius) implements Shape {}

    record Square(@JsonProperty(required = true) double side) implements Shape {}

    record Drawing(List<Shape> shapes) {}

    record Meeting(
            @Schema(format = "date-time") LocalDateTime begins,

            @Schema(implementation = String.class, pattern = "^([01]\\d|2[0-3]):[0-5]\\d$")
            LocalTime lunch,

            @Schema(implementation = String.class, pattern = "^\\d{4}-(0[1-9]|1[0-2])$")
            YearMonth billed,

            @Schema(minLength = 1, maxLength = 1) char room,
            @Schema(minimum = "1", maximum = "99") short guests) {}

    @Test
    void typesThatNeedAWord() {
        BeanOutputConverter<Meeting> converter = new BeanOutputConverter<>(Meeting.class);
        for (long seed = 1; seed <= 20; seed++) {
            String text = model(reciter)
                    .call(new Prompt(
                            "say abc",
                            HydraChatOptions.builder()
                                    .outputSchema(converter.getJsonSchema())
                                    .temperature(50.0)
                                    .seed(seed)
                                    .build()))
                    .getResult()
                    .getOutput()
                    .getText();

            Meeting meeting = converter.convert(text);

            assertThat(meeting.guests()).isBetween((short) 1, (short) 99);
        }
    }

    @Test
    void jsonStructuredOutputWithOutputSchemaOption() {
        String schema = """
                {"type": "object",
                 "properties": {"steps": {"type": "array", "items": {"type": "object",
                     "properties": {"explanation": {"type": "string"}, "output": {"type": "string"}},
                     "required": ["explanation", "output"], "additionalProperties": false}},
                   "final_answer": {"type": "string"}},
                 "required": ["steps", "final_answer"], "additionalProperties": false}
                """;
        for (Hydra hydra : List.of(reciter, demo)) {
            ChatResponse response = model(hydra)
                    .call(new Prompt(
                            "how can I solve 8x + 7 = -23",
                            HydraChatOptions.builder().outputSchema(schema).build()));

            String text = response.getResult().getOutput().getText();
            assertThat(JACKSON.readTree(text).propertyNames()).containsExactly("steps", "final_answer");
            assertFits(schema, text);
            assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        }
    }

    @Test
    void chatClientEntityWithStructuredOutput() {
        ActorsFilms films = ChatClient.create(model(demo))
                .prompt("Generate the filmography of 5 movies for Tom Hanks.")
                .call()
                .entity(
                        ActorsFilms.class,
                        spec -> spec.useProviderStructuredOutput().validateSchema());

        assertThat(films.actor()).isNotNull();
        assertThat(films.movies()).isNotNull();
    }

    @Test
    void beanOutputConverterNativeStructuredOutput() {
        Recorder recorder = new Recorder();
        ActorsFilms films = ChatClient.builder(model(demo))
                .defaultAdvisors(recorder)
                .build()
                .prompt("Generate the filmography for a random actor.")
                .call()
                .entity(ActorsFilms.class, spec -> spec.useProviderStructuredOutput());

        assertThat(films).isNotNull();
        assertThat(recorder.request.context())
                .containsKeys(
                        ChatClientAttributes.STRUCTURED_OUTPUT_NATIVE.getKey(),
                        ChatClientAttributes.STRUCTURED_OUTPUT_SCHEMA.getKey());
    }

    @Test
    void beanOutputConverterRecords() {
        BeanOutputConverter<List<ActorsFilms>> converter =
                new BeanOutputConverter<>(new ParameterizedTypeReference<>() {});
        for (Hydra hydra : List.of(reciter, demo)) {
            String text = model(hydra)
                    .call(new Prompt(
                            "films",
                            HydraChatOptions.builder()
                                    .outputSchema(converter.getJsonSchema())
                                    .maxTokens(200)
                                    .build()))
                    .getResult()
                    .getOutput()
                    .getText();
            assertThat(converter.convert(text)).isNotNull();
        }
    }

    @Test
    void beanStreamOutputConverterRecords() {
        BeanOutputConverter<ActorsFilms> converter = new BeanOutputConverter<>(ActorsFilms.class);
        Prompt prompt = new Prompt(
                "Generate the filmography of 5 movies for Tom Hanks.",
                HydraChatOptions.builder()
                        .outputSchema(converter.getJsonSchema())
                        .build());

        List<ChatResponse> chunks = model(demo).stream(prompt).collectList().block();

        String stitched = chunks.stream()
                .map(chunk -> chunk.getResult().getOutput().getText())
                .collect(Collectors.joining());
        assertThat(chunks).hasSizeGreaterThan(2);
        assertThat(stitched)
                .isEqualTo(model(demo).call(prompt).getResult().getOutput().getText());
        assertThat(converter.convert(stitched).movies()).isNotNull();
    }

    @Test
    void mapOutputConverter() {
        MapOutputConverter converter = new MapOutputConverter();
        HydraChatOptions json = HydraChatOptions.builder()
                .responseFormat(ResponseFormat.JSON)
                .maxTokens(100)
                .build();
        for (Hydra hydra : List.of(reciter, demo)) {
            String text = model(hydra)
                    .call(new Prompt("numbers from 1 to 9 under the key numbers " + converter.getFormat(), json))
                    .getResult()
                    .getOutput()
                    .getText();
            assertThat(converter.convert(text)).isNotNull();
        }
    }

    @Test
    void listOutputConverter() {
        ListOutputConverter converter = new ListOutputConverter(new DefaultConversionService());
        List<String> list = ChatClient.create(model(reciter))
                .prompt()
                .user(user -> user.text("List {subject} abc").param("subject", "letters"))
                .call()
                .entity(converter);
        // the converter's own words stand behind the question, so what the model recites is what follows them
        assertThat(list).isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {Everything.class, Tree.class, Drawing.class, Size.class, int.class, String[].class, Map.class})
    void whateverSpringGeneratesASchemaForCanBeAnswered(Class<?> type) {
        BeanOutputConverter<?> converter = new BeanOutputConverter<>(type);
        for (Hydra hydra : List.of(reciter, demo)) {
            for (double temperature : new double[] {0, 1, 2}) {
                String text = model(hydra)
                        .call(new Prompt(
                                "Anything.",
                                HydraChatOptions.builder()
                                        .outputSchema(converter.getJsonSchema())
                                        .temperature(temperature)
                                        .seed(11L)
                                        .maxTokens(500)
                                        .build()))
                        .getResult()
                        .getOutput()
                        .getText();
                assertFits(converter.getJsonSchema(), text);
                assertThat(converter.convert(text)).as(text).isNotNull();
            }
        }
    }

    @Test
    void schemasWithOtherPropertiesCanBeAnsweredToo() {
        String schema = JsonSchemaGenerator.generateForType(
                Everything.class, JsonSchemaGenerator.SchemaOption.ALLOW_ADDITIONAL_PROPERTIES_BY_DEFAULT);
        String text = model(demo)
                .call(new Prompt(
                        "x", HydraChatOptions.builder().outputSchema(schema).build()))
                .getResult()
                .getOutput()
                .getText();
        assertFits(schema, text);
    }

    @ParameterizedTest
    @EnumSource(DecodingMode.class)
    void draftingChangesNothing(DecodingMode mode) {
        String schema = new BeanOutputConverter<>(Everything.class).getJsonSchema();
        HydraChatOptions.Builder options = HydraChatOptions.builder()
                .outputSchema(schema)
                .maxTokens(400)
                .temperature(0.7)
                .seed(5L);
        Prompt plain = new Prompt("abc", options.mode(DecodingMode.PLAIN).build());
        Prompt drafted = new Prompt("abc", options.mode(mode).build());
        HydraChatModel model = model(reciter);

        assertThat(model.call(drafted).getResult().getOutput().getText())
                .isEqualTo(model.call(plain).getResult().getOutput().getText());
    }

    @Test
    void draftsAreAcceptedInsideADocument() {
        String schema =
                "{\"type\":\"object\",\"properties\":{\"letters\":{\"type\":\"string\",\"pattern\":\"^abc[a-z]*$\"}},"
                        + "\"required\":[\"letters\"]}";
        ChatResponse response = model(reciter)
                .call(new Prompt(
                        "x", HydraChatOptions.builder().outputSchema(schema).build()));

        assertThat(response.getResult().getOutput().getText()).startsWith("{\"letters\":");
        DecodeStatistics statistics =
                (DecodeStatistics) response.getMetadata().getUsage().getNativeUsage();
        assertThat(statistics.acceptanceLength()).isGreaterThan(1.3);
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 41, 45, 60, 120})
    void documentsAreWholeHoweverFewTokensThereAre(int maxTokens) {
        String schema = new BeanOutputConverter<>(ActorsFilms.class).getJsonSchema();
        String text = model(reciter)
                .call(new Prompt(
                        "a",
                        HydraChatOptions.builder()
                                .outputSchema(schema)
                                .temperature(1.5)
                                .seed(12L)
                                .maxTokens(maxTokens)
                                .build()))
                .getResult()
                .getOutput()
                .getText();
        assertFits(schema, text);
    }

    @Test
    void documentsAreWholeWhereTheCacheRowIsWhatEnds() {
        String schema = new BeanOutputConverter<>(ActorsFilms.class).getJsonSchema();
        HydraChatOptions options =
                HydraChatOptions.builder().outputSchema(schema).maxTokens(500).build();
        try (Hydra small = Hydra.open(Reciter.options(folder).positions(70).build())) {
            for (int length = 1; length < 40; length += 3) {
                ChatResponse response = model(small).call(new Prompt("a".repeat(length), options));

                assertFits(schema, response.getResult().getOutput().getText());
                assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
                assertThat(response.getMetadata().getUsage().getTotalTokens()).isLessThanOrEqualTo(71);
            }
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> model(small).call(new Prompt("a".repeat(60), options)))
                    .withMessageContaining("make the prompt shorter");
        }
    }

    @Test
    void refusesABudgetThatNoDocumentFitsIn() {
        String schema = new BeanOutputConverter<>(Everything.class).getJsonSchema();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model(reciter)
                        .call(new Prompt(
                                "a",
                                HydraChatOptions.builder()
                                        .outputSchema(schema)
                                        .maxTokens(20)
                                        .build())))
                .withMessageContaining("may have 20 tokens")
                .withMessageContaining("raise its maximum tokens");
    }

    @Test
    void refusesASchemaThatItCannotGuaranteeAndSaysWhere() {
        String schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"not\":{}}}}";
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model(reciter)
                        .call(new Prompt(
                                "a",
                                HydraChatOptions.builder().outputSchema(schema).build())))
                .withMessageStartingWith("schema at $.properties.a.not: ");
    }

    @Test
    void refusesStopSequencesThatMightCutADocument() {
        HydraChatOptions options = HydraChatOptions.builder()
                .responseFormat(ResponseFormat.JSON)
                .stopSequences(List.of("}"))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model(reciter).call(new Prompt("a", options)))
                .withMessageContaining("leave them out");
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> HydraChatModel.builder(reciter).options(options).build())
                .withMessageContaining("leave them out");
    }

    @Test
    void takesTheSchemaOfForeignOptions() {
        String text = model(reciter)
                .call(new Prompt(
                        "a",
                        StructuredOutputChatOptions.builder()
                                .outputSchema("{\"const\":[1,2]}")
                                .build()))
                .getResult()
                .getOutput()
                .getText();
        assertThat(text).isEqualTo("[1,2]");
    }

    @Test
    void aSchemaGoesBeforeTheFormatAndTheFormatCanBeTakenBack() {
        HydraChatModel json = HydraChatModel.builder(reciter)
                .options(HydraChatOptions.builder()
                        .responseFormat(ResponseFormat.JSON)
                        .maxTokens(60)
                        .build())
                .build();

        assertThat(JACKSON.readTree(json.call("say abc")).isObject()).isTrue();
        assertThat(json.call(new Prompt(
                                "a",
                                HydraChatOptions.builder()
                                        .outputSchema("{\"const\":7}")
                                        .build()))
                        .getResult()
                        .getOutput()
                        .getText())
                .isEqualTo("7");
        assertThat(json.call(new Prompt(
                                "say xy",
                                HydraChatOptions.builder()
                                        .responseFormat(ResponseFormat.TEXT)
                                        .build()))
                        .getResult()
                        .getOutput()
                        .getText())
                .isEqualTo("z");
    }

    private static HydraChatModel model(Hydra hydra) {
        return HydraChatModel.builder(hydra).build();
    }

    private static void assertFits(String schema, String text) {
        JsonNode document = JACKSON.readTree(text);
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(JACKSON.readTree(schema))
                        .validate(document))
                .as("%s against %s", text, schema)
                .isEmpty();
    }

    /** Keeps the last request as it arrives at the model. */
    private static final class Recorder implements CallAdvisor {
        private ChatClientRequest request;

        @Override
        public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
            this.request = request;
            return chain.nextCall(request);
        }

        @Override
        public String getName() {
            return "recorder";
        }

        @Override
        public int getOrder() {
            return 0;
        }
    }
}
