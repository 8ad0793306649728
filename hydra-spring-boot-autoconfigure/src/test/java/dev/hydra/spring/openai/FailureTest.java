package dev.hydra.spring.openai;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.springframework.http.HttpStatus;
import org.springframework.web.server.ResponseStatusException;

class FailureTest {

    @Test
    void tellsNobodyWhatWentWrongInside() {
        Failure failure = Failure.of(new IllegalStateException("decoding failed: /home/ann/models/secret"));

        assertThat(failure.status()).isEqualTo(HttpStatus.INTERNAL_SERVER_ERROR);
        assertThat(Json.write(failure.error())).isEqualTo("""
                {"error":{"message":"the model failed to answer; the server's log says why",\
                "type":"server_error","param":null,"code":null}}""");
    }

    @Test
    void saysThatTheServerStops() {
        Failure failure = Failure.of(new CancellationException("the engine was closed after 3 tokens of the answer"));

        assertThat(failure.status()).isEqualTo(HttpStatus.SERVICE_UNAVAILABLE);
        assertThat(failure.error().error().code()).isEqualTo("shutting_down");
    }

    @Test
    void saysWhatTheModelRefuses() {
        Failure failure = Failure.of(new IllegalArgumentException("the prompt has token 7"));

        assertThat(failure.status()).isEqualTo(HttpStatus.BAD_REQUEST);
        assertThat(failure.error().error().message()).isEqualTo("the prompt has token 7");
        assertThat(failure.error().error().type()).isEqualTo("invalid_request_error");
    }

    @Test
    void keepsTheStatusOfTheServersOwnErrors() {
        assertThat(Failure.of(new ResponseStatusException(HttpStatus.CONTENT_TOO_LARGE, "too large"))
                        .status())
                .isEqualTo(HttpStatus.CONTENT_TOO_LARGE);
    }
}
