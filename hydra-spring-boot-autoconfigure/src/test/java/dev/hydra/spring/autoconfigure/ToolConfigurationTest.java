package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.HydraOptions;
import dev.hydra.spring.Script;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.model.tool.DefaultToolCallingManager;
import org.springframework.ai.model.tool.ToolCallingChatOptions;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.model.tool.ToolExecutionResult;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.definition.ToolDefinition;
import org.springframework.ai.tool.function.FunctionToolCallback;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Tools in an application: the manager that says which there are, and the format in which they are called. */
class ToolConfigurationTest {

    private static final ToolCallback TOOL = FunctionToolCallback.builder("now", () -> "noon")
            .description("Says what time it is")
            .build();
    private static final Prompt QUESTION = new Prompt(
            "What time is it?", HydraChatOptions.builder().toolCallbacks(TOOL).build());

    @TempDir
    Path folder;

    private ApplicationContextRunner application() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        HydraEngineAutoConfiguration.class,
                        HydraChatAutoConfiguration.class,
                        ToolCallingAutoConfiguration.class))
                .withBean(
                        HydraOptions.class,
                        () -> Script.in("{{ messages[-1].content }}")
                                .when("'time' in last.content", "{\"name\": \"now\", \"arguments\": {}}")
                                .options(folder)
                                .build());
    }

    @ParameterizedTest
    @CsvSource({"auto, true", "json, true", "llama, true", "hermes, false", "MISTRAL, false"})
    void readsCallsInTheFormatOfTheProperty(String format, boolean called) {
        application().withPropertyValues("hydra.chat.tool-format=" + format).run(context -> {
            ChatResponse response = context.getBean(HydraChatModel.class).call(QUESTION);

            assertThat(response.hasToolCalls()).isEqualTo(called);
        });
    }

    @Test
    void asksTheApplicationsManagerWhichToolsThereAre() {
        List<ToolCallingChatOptions> asked = new ArrayList<>();
        ToolCallingManager manager = new ToolCallingManager() {
            private final ToolCallingManager own =
                    DefaultToolCallingManager.builder().build();

            @Override
            public List<ToolDefinition> resolveToolDefinitions(ToolCallingChatOptions options) {
                asked.add(options);
                return own.resolveToolDefinitions(options);
            }

            @Override
            public ToolExecutionResult executeToolCalls(Prompt prompt, ChatResponse response) {
                return own.executeToolCalls(prompt, response);
            }
        };

        application().withBean(ToolCallingManager.class, () -> manager).run(context -> {
            assertThat(context.getBean(HydraChatModel.class).call(QUESTION).hasToolCalls())
                    .isTrue();
            assertThat(asked).hasSize(1);
        });
    }
}
