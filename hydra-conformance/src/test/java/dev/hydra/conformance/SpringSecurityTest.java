package dev.hydra.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.test.context.ContextConfiguration;
import org.springframework.test.context.TestPropertySource;

/** The endpoint behind the configuration that docs/openai.md shows. */
@ContextConfiguration(classes = SpringSecurityTest.SecuredApplication.class)
@TestPropertySource(properties = "app.api-key=open sesame")
class SpringSecurityTest extends ServedReciter {

    private static final String STREAM = """
            {"messages": [{"role": "user", "content": "say x"}], "stream": true}""";

    @Test
    void letsNobodyInWithoutTheKey() throws Exception {
        HttpResponse<String> none = post(STREAM);
        HttpResponse<String> wrong = send(completion(STREAM).header("Authorization", "Bearer open barley"));

        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(wrong.statusCode()).isEqualTo(401);
        assertThat(get("/v1/models").statusCode()).isEqualTo(401);
    }

    @Test
    void answersAndStreamsToWhoHasTheKey() throws Exception {
        HttpResponse<String> whole =
                send(completion(STREAM.replace("true", "false")).header("Authorization", "Bearer open sesame"));
        HttpResponse<String> stream = send(completion(STREAM).header("Authorization", "Bearer open sesame"));

        assertThat(whole.statusCode()).isEqualTo(200);
        assertThat(JSON.readTree(whole.body()).at("/choices/0/message/content").stringValue())
                .isEqualTo("yz");
        assertThat(text(stream)).isEqualTo("yz");
        assertThat(events(stream)).endsWith("[DONE]");
    }

    @Test
    void saysWhyItRefusesBehindTheKeyToo() throws Exception {
        HttpResponse<String> response =
                send(completion("{\"messages\": []}").header("Authorization", "Bearer open sesame"));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(JSON.readTree(response.body()).at("/error/param").stringValue())
                .isEqualTo("messages");
    }

    @Test
    void isTheConfigurationThatTheDocumentationShows() throws IOException {
        String source = Files.readString(Path.of("src/test/java/dev/hydra/conformance/ApiKeySecurity.java"));

        assertThat(Files.readString(Path.of("../docs/openai.md")))
                .contains(source.substring(source.indexOf("@Configuration(")).strip());
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(ApiKeySecurity.class)
    static class SecuredApplication {}
}
