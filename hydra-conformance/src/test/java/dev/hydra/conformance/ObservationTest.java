package dev.hydra.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationView;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ContextConfiguration;

/** A request's trace goes on into the model. */
@ContextConfiguration(classes = ObservationTest.ObservedApplication.class)
class ObservationTest extends ServedReciter {

    @Autowired
    private Parents parents;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(300)
    void isOneOfTheRequestThatAsked(boolean stream) throws Exception {
        post("""
                {"messages": [{"role": "user", "content": "say x"}], "stream": %s}""".formatted(stream));
        // a stream's observation ends a moment after its last event has left
        while (parents.names.isEmpty()) {
            Thread.sleep(5);
        }

        assertThat(parents.names.remove()).isEqualTo("http.server.requests");
    }

    @Configuration(proxyBeanMethods = false)
    @Import(OpenApplication.class)
    static class ObservedApplication {

        @Bean
        Parents parents() {
            return new Parents();
        }
    }

    /** Hears whose child each observation of the model is. */
    static final class Parents implements ObservationHandler<ChatModelObservationContext> {

        private final Queue<String> names = new ConcurrentLinkedQueue<>();

        @Override
        public void onStop(ChatModelObservationContext context) {
            ObservationView parent = context.getParentObservation();
            names.add(
                    parent == null
                            ? "nobody"
                            : String.valueOf(parent.getContextView().getName()));
        }

        @Override
        public boolean supportsContext(Observation.Context context) {
            return context instanceof ChatModelObservationContext;
        }
    }
}
