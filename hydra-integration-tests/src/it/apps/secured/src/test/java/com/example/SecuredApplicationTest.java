package com.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;

@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
class SecuredApplicationTest {

    private final HttpClient browser = HttpClient.newHttpClient();

    @LocalServerPort
    private int port;

    @Test
    void showsStrangersWhetherItIsHealthyAndNothingElse() throws Exception {
        assertThat(get("/actuator/health", "").statusCode()).isEqualTo(200);
        assertThat(get("/actuator/hydra", "").statusCode()).isEqualTo(401);
        assertThat(get("/answer?question=Hello", "").statusCode()).isEqualTo(401);
    }

    @Test
    void answersReadersAndKeepsTheEndpointForOperators() throws Exception {
        assertThat(get("/answer?question=Hello", "reader").body()).isNotBlank();
        assertThat(get("/actuator/hydra", "reader").statusCode()).isEqualTo(403);
        assertThat(get("/actuator/hydra", "operator").body()).contains("\"acceptanceLength\"");
    }

    private HttpResponse<String> get(String path, String user) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://localhost:" + port + path));
        if (!user.isEmpty()) {
            // the password is the name
            byte[] login = (user + ":" + user).getBytes(StandardCharsets.UTF_8);
            request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(login));
        }
        return browser.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
