package dev.hydra.spring.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.schedule.Generation;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.SlowSteps;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

@Timeout(300)
class HydraHealthIndicatorTest {

    @TempDir
    static Path folder;

    @Test
    void isUpAndSaysWhatDecodes() {
        try (Hydra hydra = Hydra.open(Reciter.options(folder).rows(3).build())) {
            Health health = new HydraHealthIndicator(hydra).health();

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails())
                    .containsEntry("model", Reciter.NAME)
                    .containsEntry("device", "cpu")
                    .containsEntry("dataType", "float32")
                    .containsEntry("mode", "hydra")
                    .containsEntry("acceptance", "exact")
                    .containsEntry("draftHeads", Reciter.HEADS)
                    .containsEntry("cacheRows", 3)
                    .containsEntry("active", 0)
                    .containsEntry("queued", 0)
                    .containsEntry("queueCapacity", 64)
                    .hasSize(10);
        }
    }

    @Test
    void isUpWhileTheQueueIsFull() throws InterruptedException {
        try (Hydra hydra = Hydra.open(Reciter.options(folder)
                .rows(1)
                .queue(1)
                .listener(new SlowSteps(Duration.ofMillis(10)))
                .build())) {
            GenerationRequest endless =
                    GenerationRequest.of(hydra.tokenizer().encode("count: 0")).withMaximumTokens(4000);
            Generation first = hydra.generate(endless);
            while (hydra.active() == 0) {
                Thread.sleep(1);
            }
            Generation second = hydra.generate(endless);

            Health health = new HydraHealthIndicator(hydra).health();

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails()).containsEntry("queued", 1).containsEntry("queueCapacity", 1);
            List.of(first, second).forEach(Generation::cancel);
        }
    }

    @Test
    void isOutOfServiceOnceTheEngineIsClosed() {
        Hydra hydra = Reciter.open(folder);
        hydra.close();

        Health health = new HydraHealthIndicator(hydra).health();

        assertThat(health.getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
        assertThat(health.getDetails()).containsEntry("model", Reciter.NAME).doesNotContainKey("failure");
    }

    @Test
    void isDownOnceTheEngineHasBrokenDownAndQuotesNothing() {
        try (Hydra hydra =
                Hydra.open(Reciter.options(folder).listener(new Breaking()).build())) {
            Generation broken =
                    hydra.generate(GenerationRequest.of(hydra.tokenizer().encode("say abc")));
            assertThatIllegalStateException().isThrownBy(broken::await);

            Health health = new HydraHealthIndicator(hydra).health();

            assertThat(health.getStatus()).isEqualTo(Status.DOWN);
            assertThat(health.getDetails())
                    .containsEntry("failure", "java.io.IOException")
                    .containsEntry("active", 0);
            assertThat(health.toString()).doesNotContain("/secret/prompts");
        }
    }

    /** Throws what no signature declares, as other languages do; the decoding thread does not survive that. */
    private static final class Breaking implements DecodeListener {

        @Override
        public void measured(DecodeStatistics delta) {
            Breaking.<RuntimeException>throwUndeclared(new IOException("/secret/prompts/abc is full"));
        }

        @SuppressWarnings("unchecked") // which is the point: the compiler does not know of it
        private static <T extends Throwable> void throwUndeclared(Throwable error) throws T {
            throw (T) error;
        }
    }
}
