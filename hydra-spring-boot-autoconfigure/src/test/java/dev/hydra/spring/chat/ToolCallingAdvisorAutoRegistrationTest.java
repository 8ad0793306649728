package dev.hydra.spring.chat;

import dev.hydra.Hydra;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.test.chat.client.advisor.AbstractToolCallingAdvisorAutoRegistrationIT;

/** Spring AI's own tests of tools behind the advisor that every client has, with models of every format. */
@ParameterizedClass
@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "AUTO")
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ToolCallingAdvisorAutoRegistrationTest extends AbstractToolCallingAdvisorAutoRegistrationIT {

    @Parameter
    ToolFormat format;

    @TempDir
    static Path folder;

    private static Hydra hydra;

    @BeforeParameterizedClassInvocation
    static void open(ToolFormat format) {
        hydra = Weather.script(format).open(folder.resolve(format.name()));
    }

    @AfterParameterizedClassInvocation
    static void close() {
        hydra.close();
    }

    @Override
    protected ChatModel getChatModel() {
        return HydraChatModel.builder(hydra).build();
    }
}
