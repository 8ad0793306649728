package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.hydra.Hydra;
import dev.hydra.spring.Script;
import dev.hydra.text.TextRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.client.advisor.MessageChatMemoryAdvisor;
import org.springframework.ai.chat.client.advisor.ToolCallingAdvisor;
import org.springframework.ai.chat.memory.ChatMemory;
import org.springframework.ai.chat.memory.MessageWindowChatMemory;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.model.ToolContext;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.ToolExecutionResult;
import org.springframework.ai.support.ToolCallbacks;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;
import org.springframework.ai.tool.annotation.ToolParam;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.function.FunctionToolCallback;

/** Tools on the way in and calls on the way out. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HydraChatModelToolsTest {

    private static final String PRODUCT = "How much is 6 times 8?";

    @TempDir
    static Path folder;

    private static Hydra hydra;
    private static HydraChatModel model;

    private final Calculator calculator = new Calculator();

    /** What the model may use. */
    static final class Calculator {

        private final List<String> heard = new ArrayList<>();

        @Tool(description = "Multiplies")
        int multiply(@ToolParam(description = "One factor") int one, @ToolParam(description = "The other") int other) {
            heard.add("multiply " + one + " " + other);
            return one * other;
        }

        @Tool(description = "Says what time it is")
        String now() {
            heard.add("now");
            return "noon";
        }

        @Tool(description = "Turns a light on or off")
        void turnLight(String room, boolean on) {
            heard.add("turnLight " + room + " " + on);
        }

        @Tool(description = "Says who asks")
        String whoAmI(ToolContext context) {
            heard.add("whoAmI");
            return context.getContext().get("user").toString();
        }
    }

    @BeforeAll
    static void open() {
        hydra = Script.in(Weather.HERMES)
                .when("last.role == 'tool' and '48' in last.content", "6 times 8 is 48.")
                .when("last.role == 'tool' and 'noon' in last.content", "Noon it is.")
                .when("last.role == 'tool' and 'Done' in last.content", "The light is on now.")
                .when("last.role == 'tool' and 'Ada' in last.content", "You must be Ada.")
                .when("'result' in last.content and '48' in heard", "I told you: 48!")
                .when(
                        "'6 times 8' in last.content and tools",
                        "I calculate.\n<tool_call>\n{\"name\": \"multiply\", \"arguments\": {\"one\": 6, \"other\": 8}}\n</tool_call>")
                .when("'6 times 8' in last.content", "Fifty, or so, I guess")
                .when("'time' in last.content", "<tool_call>{\"name\": \"now\", \"arguments\": {}}</tool_call>")
                .when(
                        "'light' in last.content",
                        "<tool_call>{ \"name\": \"turnLight\", \"arguments\": {\"room\": \"kitchen\", \"on\": true}}\n</tool_call>\n")
                .when("'Who' in last.content", "<tool_call> {\"name\":\"whoAmI\"} </tool_call>")
                .when(
                        "'nonsense' in last.content",
                        "So: <tool_call>{\"name\": \"divide\", \"arguments\": {\"one\": 1}}</tool_call>\n\nor not")
                .open(folder);
        model = HydraChatModel.builder(hydra).build();
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @Test
    void functionCallTest() {
        Prompt prompt = asking(PRODUCT);

        ChatResponse response = model.call(prompt);

        AssistantMessage message = response.getResult().getOutput();
        assertThat(message.getText()).isEqualTo("I calculate.");
        assertThat(message.getToolCalls()).singleElement().satisfies(call -> {
            assertThat(call.name()).isEqualTo("multiply");
            assertThat(call.type()).isEqualTo("function");
            assertThat(call.arguments()).isEqualTo("{\"one\": 6, \"other\": 8}");
        });
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("tool_calls");
        assertThat(text(model.call(executed(prompt, response)))).isEqualTo("6 times 8 is 48.");
        assertThat(calculator.heard).containsExactly("multiply 6 8");
    }

    @Test
    void streamFunctionCallTest() {
        Prompt prompt = asking(PRODUCT);

        List<ChatResponse> chunks = model.stream(prompt).collectList().block();

        List<ChatResponse> early = chunks.subList(0, chunks.size() - 1);
        ChatResponse last = chunks.get(chunks.size() - 1);
        assertThat(early).isNotEmpty().allSatisfy(chunk -> {
            assertThat(chunk.hasToolCalls()).isFalse();
            assertThat(text(chunk)).isNotEmpty();
            assertThat(chunk.getResult().getMetadata().getFinishReason()).isNull();
        });
        assertThat(early.stream().map(HydraChatModelToolsTest::text).collect(Collectors.joining()))
                .isEqualTo("I calculate.");
        assertThat(text(last)).isEmpty();
        assertThat(last.getResult().getOutput().getToolCalls())
                .extracting(ToolCall::arguments)
                .containsExactly("{\"one\": 6, \"other\": 8}");
        assertThat(last.getResult().getMetadata().getFinishReason()).isEqualTo("tool_calls");
        assertThat(last.getMetadata().getUsage().getCompletionTokens()).isPositive();
        assertThat(early.stream()
                        .flatMap(chunk -> runs(chunk).stream())
                        .map(TextRun::text)
                        .collect(Collectors.joining()))
                .isEqualTo("I calculate.");
    }

    @Test
    void toolCallIdIsPopulated() {
        List<String> ids = List.of(model.call(asking(PRODUCT)), model.call(asking(PRODUCT))).stream()
                .flatMap(response -> response.getResult().getOutput().getToolCalls().stream())
                .map(ToolCall::id)
                .toList();

        assertThat(ids).hasSize(2).doesNotHaveDuplicates().allMatch(id -> id.matches("[a-zA-Z0-9]{9}"));
    }

    @Test
    void functionCallUsageTest() {
        Prompt prompt = asking(PRODUCT);
        ChatResponse first = model.call(prompt);
        ChatResponse second = model.call(executed(prompt, first));

        ChatResponse both = client().prompt(PRODUCT).call().chatResponse();

        assertThat(both.getMetadata().getUsage().getPromptTokens())
                .isEqualTo(first.getMetadata().getUsage().getPromptTokens()
                        + second.getMetadata().getUsage().getPromptTokens());
        assertThat(both.getMetadata().getUsage().getCompletionTokens())
                .isEqualTo(first.getMetadata().getUsage().getCompletionTokens()
                        + second.getMetadata().getUsage().getCompletionTokens());
    }

    @Test
    void defaultFunctionCallTest() {
        assertThat(client().prompt(PRODUCT).call().content()).isEqualTo("6 times 8 is 48.");
    }

    @Test
    void streamDefaultFunctionCallTest() {
        String streamed = client().prompt(PRODUCT).stream()
                .content()
                .collect(Collectors.joining())
                .block();

        assertThat(streamed).isEqualTo("I calculate.6 times 8 is 48.");
    }

    @Test
    void functionCallWithToolContext() {
        String answer = client().prompt("Who am I?")
                .toolContext(Map.of("user", "Ada"))
                .call()
                .content();

        assertThat(answer).isEqualTo("You must be Ada.");
        assertThat(calculator.heard).containsExactly("whoAmI");
    }

    @Test
    void methodNoParameters() {
        assertThat(client().prompt("What time is it?").call().content()).isEqualTo("Noon it is.");
        assertThat(calculator.heard).containsExactly("now");
    }

    @Test
    void methodTurnLightNoResponse() {
        assertThat(client().prompt("Turn the light on in the kitchen").call().content())
                .isEqualTo("The light is on now.");
        assertThat(calculator.heard).containsExactly("turnLight kitchen true");
    }

    @Test
    void chatMemoryWithTools() {
        ChatClient remembering = ChatClient.builder(model)
                .defaultTools(calculator)
                .defaultAdvisors(
                        MessageChatMemoryAdvisor.builder(
                                        MessageWindowChatMemory.builder().build())
                                .build(),
                        // memory sees what the user and the model say to one another
                        ToolCallingAdvisor.builder().build())
                .defaultAdvisors(advisors -> advisors.param(ChatMemory.CONVERSATION_ID, "one"))
                .build();

        assertThat(remembering.prompt(PRODUCT).call().content()).isEqualTo("6 times 8 is 48.");
        assertThat(remembering.prompt("What was the result?").call().content()).isEqualTo("I told you: 48!");
    }

    @Test
    void unknownToolNameStaysText() {
        String said = "So: <tool_call>{\"name\": \"divide\", \"arguments\": {\"one\": 1}}</tool_call>\n\nor not";

        ChatResponse response = model.call(asking("Talk nonsense"));
        List<ChatResponse> chunks =
                model.stream(asking("Talk nonsense")).collectList().block();

        assertThat(response.hasToolCalls()).isFalse();
        assertThat(text(response)).isEqualTo(said);
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
        assertThat(runs(response).stream().map(TextRun::text).collect(Collectors.joining()))
                .isEqualTo(said);
        assertThat(chunks.stream().map(HydraChatModelToolsTest::text).collect(Collectors.joining()))
                .isEqualTo(said);
    }

    @Test
    void aCallCutOffByTheBudgetStaysText() {
        for (int budget = 1; budget < 40; budget++) {
            HydraChatOptions brief = options().mutate().maxTokens(budget).build();
            ChatResponse response = model.call(new Prompt(PRODUCT, brief));
            String streamed = model.stream(new Prompt(PRODUCT, brief))
                    .map(HydraChatModelToolsTest::text)
                    .collect(Collectors.joining())
                    .block();

            assertThat(streamed).isEqualTo(text(response));
            if (!response.hasToolCalls()) {
                assertThat(
                                "I calculate.\n<tool_call>\n{\"name\": \"multiply\", \"arguments\": {\"one\": 6, \"other\": 8}}")
                        .startsWith(text(response));
                assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("length");
            }
        }
    }

    @Test
    void aCallCutOffByAStopSequenceStaysText() {
        HydraChatOptions stopping =
                options().mutate().stopSequences(List.of("other")).build();

        ChatResponse response = model.call(new Prompt(PRODUCT, stopping));

        assertThat(response.hasToolCalls()).isFalse();
        assertThat(text(response))
                .isEqualTo("I calculate.\n<tool_call>\n{\"name\": \"multiply\", \"arguments\": {\"one\": 6, \"");
        assertThat(response.getResult().getMetadata().getFinishReason()).isEqualTo("stop");
    }

    @Test
    void answersInWordsWhereToolsAreNotToBeCalled() {
        HydraChatOptions none = options().mutate().toolChoice(ToolChoice.NONE).build();

        ChatResponse response = model.call(new Prompt(PRODUCT, none));

        assertThat(text(response)).isEqualTo("Fifty, or so, I guess");
        assertThat(response.hasToolCalls()).isFalse();
    }

    @Test
    void readsCallsAndResultsAlsoWhereNoToolsAreOfferedAnyLonger() {
        Prompt prompt = asking(PRODUCT);
        List<Message> history = executed(prompt, model.call(prompt)).getInstructions();

        assertThat(text(model.call(new Prompt(history)))).isEqualTo("6 times 8 is 48.");
    }

    @Test
    void offersTheModelsOwnToolsWithEveryRequest() {
        HydraChatModel calculating =
                HydraChatModel.builder(hydra).options(options()).build();

        assertThat(calculating.call(new Prompt(PRODUCT)).hasToolCalls()).isTrue();
        assertThat(ChatClient.create(calculating).prompt(PRODUCT).call().content())
                .isEqualTo("6 times 8 is 48.");
    }

    @Test
    void asksTheManagerWhichToolsThereAre() {
        List<Object> asked = new ArrayList<>();
        ToolCallingManager own = ToolCallingManager.builder().build();
        HydraChatModel managed = HydraChatModel.builder(hydra)
                .toolCallingManager(new ToolCallingManager() {
                    @Override
                    public List<ToolDefinition> resolveToolDefinitions(ToolCallingChatOptions options) {
                        asked.add(options);
                        return own.resolveToolDefinitions(HydraChatModelToolsTest.this.options());
                    }

                    @Override
                    public ToolExecutionResult executeToolCalls(Prompt prompt, ChatResponse response) {
                        return own.executeToolCalls(prompt, response);
                    }
                })
                .build();

        assertThat(managed.call(new Prompt(PRODUCT)).hasToolCalls()).isTrue();
        assertThat(asked).hasSize(1);
    }

    @Test
    void readsAnotherFormatThanTheTemplatesIfToldTo() {
        HydraChatModel other =
                HydraChatModel.builder(hydra).toolFormat(ToolFormat.LLAMA).build();

        ChatResponse response = other.call(asking(PRODUCT));

        assertThat(response.hasToolCalls()).isFalse();
    }

    @Test
    void refusesToolsWhereTheAnswerHasToBeJson() {
        HydraChatOptions options = HydraChatOptions.builder()
                .toolCallbacks(ToolCallbacks.from(calculator))
                .responseFormat(ResponseFormat.JSON)
                .build();

        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.call(new Prompt(PRODUCT, options)))
                .withMessageStartingWith("the answer has to be JSON, so the model could call none of the tools [")
                .withMessageContaining("multiply")
                .withMessageEndingWith("set toolChoice to NONE");
    }

    @Test
    void refusesTwoToolsOfOneName() {
        ToolCallback one = FunctionToolCallback.builder("same", (String input) -> input)
                .description("Gives back what it is given")
                .inputType(String.class)
                .build();
        ToolCallback other = FunctionToolCallback.builder("same", (String input) -> input)
                .description("Likewise")
                .inputType(String.class)
                .build();
        Prompt prompt = new Prompt(
                "a", HydraChatOptions.builder().toolCallbacks(one, other).build());

        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.call(prompt))
                .withMessageContaining("two tools called 'same'");
    }

    @Test
    void refusesACallWhoseArgumentsAreNoObject() {
        Prompt called = new Prompt(List.of(
                new UserMessage("a"),
                AssistantMessage.builder()
                        .content("")
                        .toolCalls(List.of(new ToolCall("1", "function", "weatherOf", "[1]")))
                        .build(),
                ToolResponseMessage.builder()
                        .responses(List.of(new ToolResponseMessage.ToolResponse("1", "weatherOf", "rain")))
                        .build()));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> model.call(called))
                .withMessageContaining("call of tool 'weatherOf'")
                .withMessageContaining("no JSON object");
    }

    @Test
    void describesToolsInTheTemplatesWords() {
        List<Message> messages = List.of(new SystemMessage("be kind"), new UserMessage("What?"));
        OfferedTools tools =
                OfferedTools.of(ToolCallingManager.builder().build().resolveToolDefinitions(options()));

        List<Integer> prompt = new PromptReader(hydra, ToolFormat.AUTO)
                .read(messages, HydraChatOptions.builder().build(), tools)
                .request()
                .prompt();

        assertThat(hydra.tokenizer().decodeVerbatim(prompt))
                .startsWith("<|system|>{\"type\": \"function\", \"function\": {\"name\": ")
                .contains(
                        "{\"name\": \"multiply\", \"description\": \"Multiplies\", \"parameters\": {\"type\": \"object\"")
                .doesNotContain("$schema")
                .endsWith("<|system|>be kind<|user|>What?");
    }

    private ChatClient client() {
        return ChatClient.builder(model).defaultTools(calculator).build();
    }

    private HydraChatOptions options() {
        return HydraChatOptions.builder()
                .toolCallbacks(ToolCallbacks.from(calculator))
                .build();
    }

    private Prompt asking(String question) {
        return new Prompt(question, options());
    }

    private Prompt executed(Prompt prompt, ChatResponse response) {
        ToolExecutionResult result = ToolCallingManager.builder().build().executeToolCalls(prompt, response);
        return new Prompt(result.conversationHistory(), options());
    }

    private static String text(ChatResponse response) {
        return response.getResult().getOutput().getText();
    }

    private static List<TextRun> runs(ChatResponse response) {
        List<TextRun> runs = response.getMetadata().get(HydraChatModel.RUNS);
        return runs;
    }
}
