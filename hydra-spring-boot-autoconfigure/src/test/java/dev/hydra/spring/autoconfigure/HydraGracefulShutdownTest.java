package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeListener;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.SlowSteps;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** An application without a web server is shut down while the model answers. */
@Timeout(300)
@ExtendWith(OutputCaptureExtension.class)
class HydraGracefulShutdownTest {

    /** Tokens of 250 steps, five seconds at the least with what {@link SlowSteps} adds to a step. */
    private static final int LONG_ANSWER = 1000;

    @TempDir
    Path folder;

    private ConfigurableApplicationContext start(String... arguments) {
        return application().run(arguments);
    }

    private SpringApplicationBuilder application() {
        return new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .properties(
                        "spring.lifecycle.timeout-per-shutdown-phase=90s",
                        "hydra.device=cpu",
                        "hydra.model.location=" + Reciter.writeModel(folder),
                        "hydra.heads.location=" + Reciter.writeHeads(folder));
    }

    /** The whole answer of a stream that has begun. */
    private static CompletableFuture<ChatResponse> answer(ConfigurableApplicationContext context) throws Exception {
        var begun = new CountDownLatch(1);
        CompletableFuture<ChatResponse> last = context.getBean(HydraChatModel.class).stream(new Prompt(
                        "count: 0",
                        HydraChatOptions.builder().maxTokens(LONG_ANSWER).build()))
                .doOnNext(chunk -> begun.countDown())
                .last()
                .toFuture();
        begun.await();
        return last;
    }

    @Test
    void finishesWhatWasAskedForBeforeTheEngineIsClosed(CapturedOutput output) throws Exception {
        CompletableFuture<ChatResponse> answer;
        try (ConfigurableApplicationContext context = start()) {
            answer = answer(context);
            assertThat(answer).isNotDone();
        }

        ChatResponse last = answer.get();
        assertThat(last.getResult().getMetadata().getFinishReason()).isEqualTo("length");
        assertThat(last.getMetadata().getUsage().getCompletionTokens()).isEqualTo(LONG_ANSWER);
        assertThat(output).contains("waiting for 1 answers to be finished");
    }

    @Test
    void refusesNewRequestsWhileItWaits() throws Exception {
        ConfigurableApplicationContext context = start();
        HydraChatModel chat = context.getBean(HydraChatModel.class);
        CompletableFuture<ChatResponse> answer = answer(context);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(context::close);

        assertThatIllegalStateException()
                .isThrownBy(() -> {
                    while (!closing.isDone()) {
                        chat.call("say x");
                    }
                })
                .withMessage("the engine is about to be closed; it takes no more requests");
        assertThat(answer).isNotDone();
        closing.join();
        assertThat(answer.get().getResult().getMetadata().getFinishReason()).isEqualTo("length");
    }

    @Test
    void cancelsWhatTakesLongerThanThePhaseMay() throws Exception {
        CompletableFuture<ChatResponse> answer;
        long start;
        try (ConfigurableApplicationContext context = start("--spring.lifecycle.timeout-per-shutdown-phase=50ms")) {
            answer = answer(context);
            start = System.nanoTime();
        }

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(45));
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(answer::join)
                .withStackTraceContaining("the engine was closed after");
    }

    @Test
    void takesRequestsAgainWhenTheContextIsStartedAgain() {
        try (ConfigurableApplicationContext context = start()) {
            HydraChatModel chat = context.getBean(HydraChatModel.class);
            context.stop();
            assertThatIllegalStateException().isThrownBy(() -> chat.call("say x"));

            context.start();

            assertThat(chat.call("say x")).isEqualTo("yz");
        }
    }

    @Test
    void hasTheModelOpenBeforeTheApplicationIsReadyThoughBeansAreLazy() {
        try (ConfigurableApplicationContext context =
                application().lazyInitialization(true).run()) {
            assertThat(context.getBeanFactory().getSingletonNames()).contains("hydra");
            assertThat(context.getBean(Hydra.class).active()).isZero();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({
        LifecycleAutoConfiguration.class,
        HydraEngineAutoConfiguration.class,
        HydraLifecycleAutoConfiguration.class,
        HydraChatAutoConfiguration.class
    })
    static class Application {

        @Bean
        DecodeListener slow() {
            return new SlowSteps(Duration.ofMillis(20));
        }
    }
}
