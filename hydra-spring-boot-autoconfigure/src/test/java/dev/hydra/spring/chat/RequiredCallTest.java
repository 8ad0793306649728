package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.hydra.Hydra;
import dev.hydra.draft.DecodingMode;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.Script;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.definition.ToolDefinition;

/** Calls that a request demands, of a model that knows the alphabet alone, and of one that would choose by itself. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RequiredCallTest {

    private static final Set<ToolFormat> FORMATS = Set.of(ToolFormat.LLAMA, ToolFormat.HERMES, ToolFormat.MISTRAL);

    @TempDir
    static Path folder;

    private static Hydra hydra;

    private final House house = new House();

    record Alarm(LocalDate day, int hour, List<Guest> guests) {}

    record Guest(String name, @Nullable Guest friend) {}

    /** What the model has to use. */
    static final class House {

        private final List<String> heard = new ArrayList<>();

        @Tool(description = "Turns a light on or off")
        String turnLight(Room room, boolean on) {
            heard.add("turnLight " + room + " " + on);
            return "done";
        }

        @Tool(description = "Sets an alarm")
        String setAlarm(Alarm alarm) {
            heard.add("setAlarm " + alarm.hour());
            return "done";
        }

        @Tool(description = "Says what time it is")
        String now() {
            heard.add("now");
            return "noon";
        }
    }

    enum Room {
        KITCHEN,
        HALL
    }

    @BeforeAll
    static void open() {
        hydra = Reciter.open(folder);
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @ParameterizedTest
    @EnumSource(value = ToolFormat.class, mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
    void isACallOfOneOfTheToolsInEveryFormat(ToolFormat format) {
        HydraChatModel model = HydraChatModel.builder(hydra).toolFormat(format).build();
        Set<String> called = new HashSet<>();

        for (long seed = 1; seed <= 8; seed++) {
            Prompt prompt = prompt(required().temperature(50.0).seed(seed));
            ToolCall call = onlyCall(model.call(prompt));

            requireFits(call);
            called.add(call.name());
            assertThat(plainly(model, seed)).isEqualTo(call.arguments());
        }

        assertThat(called).as("the model's own choice").hasSizeGreaterThan(1);
    }

    private String plainly(HydraChatModel model, long seed) {
        return onlyCall(model.call(
                        prompt(required().temperature(50.0).seed(seed).mode(DecodingMode.PLAIN))))
                .arguments();
    }

    @Test
    void comesInTheLastChunkOfAStreamWithoutAnyText() {
        HydraChatModel model = HydraChatModel.builder(hydra).build();

        List<ChatResponse> chunks =
                model.stream(prompt(required())).collectList().block();

        assertThat(chunks).hasSize(1);
        requireFits(onlyCall(chunks.get(0)));
    }

    @Test
    void beginsWhereTheFormatHasItsJson() {
        for (ToolFormat format : FORMATS) {
            List<Integer> prompt = new PromptReader(hydra, format)
                    .read(prompt(required()).getInstructions(), required().build(), offered())
                    .request()
                    .prompt();

            assertThat(hydra.tokenizer().decodeVerbatim(prompt))
                    .endsWith("Do it"
                            + switch (format) {
                                case HERMES -> "<tool_call>\n";
                                case MISTRAL -> "[TOOL_CALLS] [";
                                default -> "";
                            });
        }
    }

    @Test
    void leavesThoughtsThatThePromptHasOpenedWithoutAWord(@TempDir Path other) throws IOException {
        Path template = Files.writeString(other.resolve("thinking.jinja"), Weather.HERMES + "<think>\n");
        try (Hydra thinking = Hydra.open(
                Reciter.options(other).chatTemplate(template.toString()).build())) {
            List<Integer> prompt = new PromptReader(thinking, ToolFormat.AUTO)
                    .read(prompt(required()).getInstructions(), required().build(), offered())
                    .request()
                    .prompt();

            assertThat(thinking.tokenizer().decodeVerbatim(prompt))
                    .endsWith("Do it<think>\n\n</think>\n\n<tool_call>\n");
        }
    }

    @Test
    void isTheModelsOwnCallWhereItMakesOne(@TempDir Path other) {
        String arguments = "{\"room\": \"HALL\", \"on\": false}";
        try (Hydra willing = Script.in(Weather.LLAMA)
                .when("tools", "{\"name\": \"turnLight\", \"parameters\": %s}".formatted(arguments))
                .open(other)) {
            ToolCall call = onlyCall(HydraChatModel.builder(willing).build().call(prompt(required())));

            assertThat(call.name()).isEqualTo("turnLight");
            assertThat(call.arguments()).isEqualTo(arguments);
        }
    }

    @Test
    void isOnlyTheFirstAnswerIfThatIsAskedFor(@TempDir Path other) {
        try (Hydra reluctant = Script.in(Weather.PLAIN)
                .when("'done' in last.content or 'noon' in last.content", "As you wish.")
                .when("true", "I would rather not")
                .open(other)) {
            HydraChatModel model = HydraChatModel.builder(reluctant).build();
            HydraChatOptions.Builder first = HydraChatOptions.builder()
                    .toolChoice(ToolChoice.REQUIRED_FIRST)
                    .maxTokens(300);

            String answer = ChatClient.create(model)
                    .prompt("Do it")
                    .options(first)
                    .tools(house)
                    .call()
                    .content();

            assertThat(answer).isEqualTo("As you wish.");
            assertThat(house.heard).hasSize(1);
        }
    }

    @Test
    void hasNoArgumentsWhereAToolNamesNone() {
        for (String schema : List.of("{}", "{\"type\": \"object\"}", "{\"type\": \"object\", \"properties\": {}}")) {
            assertThat(onlyCall(call(required().toolCallbacks(tool("bare", schema))))
                            .arguments())
                    .isEqualTo("{}");
        }
    }

    @Test
    void findsThePartsOfASchemaThatItRefersTo() {
        String schema = """
                {"$ref": "#/$defs/Request", "$defs": {"Request": {"type": "object", "required": ["$ref", "kind"],
                 "properties": {"$ref": {"$ref": "#/$defs/Name"}, "kind": {"const": {"$ref": "#/data"}}}},
                 "Name": {"enum": ["this one"]}}}""";

        assertThat(onlyCall(call(required()
                                .toolCallbacks(tool("other", "{}"), tool("referring", schema))
                                .logitBias(Map.of((int) 'r', 1000.0, (int) 'o', -1000.0))))
                        .arguments()
                        .replace(" ", ""))
                .isEqualTo("{\"$ref\":\"thisone\",\"kind\":{\"$ref\":\"#/data\"}}");
    }

    @Test
    void refusesWhatCannotBeRequired() {
        refuses(
                HydraChatOptions.builder().toolChoice(ToolChoice.REQUIRED),
                "toolChoice is REQUIRED",
                "offers no tools");
        refuses(required().stopSequences(List.of("x")), "the answer has to be a call", "stop sequences [x]");
        refuses(required().responseFormat(ResponseFormat.JSON), "the answer has to be JSON", "none of the tools");
        refuses(
                required().toolCallbacks(tool("odd", "{\"type\": \"array\"}")),
                "tool 'odd' is of type \"array\"; expected object");
        refuses(
                required()
                        .toolCallbacks(tool("strict", "{\"properties\": {\"a\": {\"not\": {\"type\": \"string\"}}}}")),
                "a call of tool 'strict' cannot be required",
                "$.properties.a",
                "set toolChoice to AUTO");
    }

    private static void refuses(HydraChatOptions.Builder options, String... words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> call(options))
                .satisfies(refusal -> assertThat(refusal.getMessage()).contains(words));
    }

    private static ChatResponse call(HydraChatOptions.Builder options) {
        return HydraChatModel.builder(hydra).build().call(prompt(options));
    }

    private static Prompt prompt(HydraChatOptions.Builder options) {
        return new Prompt("Do it", options.maxTokens(300).build());
    }

    private HydraChatOptions.Builder required() {
        return HydraChatOptions.builder().toolChoice(ToolChoice.REQUIRED).toolCallbacks(ToolCallbacks.from(house));
    }

    private OfferedTools offered() {
        return OfferedTools.of(List.of(ToolCallbacks.from(house)).stream()
                .map(ToolCallback::getToolDefinition)
                .toList());
    }

    private static ToolCallback tool(String name, String schema) {
        return new ToolCallback() {
            @Override
            public ToolDefinition getToolDefinition() {
                return ToolDefinition.builder()
                        .name(name)
                        .description("A tool")
                        .inputSchema(schema)
                        .build();
            }

            @Override
            public String call(String input) {
                throw new AssertionError("nobody was to call this");
            }
        };
    }

    private static ToolCall onlyCall(ChatResponse response) {
        AssistantMessage message = response.getResult().getOutput();
        assertThat(message.getText()).isEmpty();
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("tool_calls");
        assertThat(message.getToolCalls()).hasSize(1);
        return message.getToolCalls().get(0);
    }

    private void requireFits(ToolCall call) {
        ToolDefinition definition = List.of(ToolCallbacks.from(house)).stream()
                .map(ToolCallback::getToolDefinition)
                .filter(offered -> offered.name().equals(call.name()))
                .findFirst()
                .orElseThrow();
        assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                        .getSchema(definition.inputSchema())
                        .validate(call.arguments(), InputFormat.JSON))
                .as("%s in %s", call, definition.inputSchema())
                .isEmpty();
    }
}
