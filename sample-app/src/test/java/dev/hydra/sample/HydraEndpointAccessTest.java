package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code /actuator/hydra} over HTTP, with each access that an application may give. */
@Timeout(300)
class HydraEndpointAccessTest {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String ENDPOINT = "/actuator/hydra";

    @TempDir
    static Path folder;

    @Test
    void onlyReadsUnlessMoreIsAllowed() throws Exception {
        try (RunningSample sample = new RunningSample(folder)) {
            assertThat(sample.get(ENDPOINT).statusCode()).isEqualTo(200);
            assertThat(sample.get(ENDPOINT + "/decoding").statusCode()).isEqualTo(200);

            assertThat(sample.post(ENDPOINT, "{\"mode\": \"plain\"}").statusCode())
                    .isEqualTo(405);
            assertThat(sample.delete(ENDPOINT).statusCode()).isEqualTo(405);
            assertThat(sample.hydra().description().mode().label()).isEqualTo("hydra");
        }
    }

    @Test
    void isNotThereWithoutAccess() throws Exception {
        try (RunningSample sample = new RunningSample(folder, "management.endpoint.hydra.access=none")) {
            assertThat(sample.get(ENDPOINT).statusCode()).isEqualTo(404);
            assertThat(sample.get(ENDPOINT + "/decoding").statusCode()).isEqualTo(404);
            assertThat(sample.post(ENDPOINT, "{\"mode\": \"plain\"}").statusCode())
                    .isEqualTo(404);
            assertThat(sample.delete(ENDPOINT).statusCode()).isEqualTo(404);
            assertThat(sample.get("/actuator/health").statusCode()).isEqualTo(200);
            assertThat(JSON.readTree(sample.get("/actuator/info").body())
                            .at("/hydra/model")
                            .asString())
                    .isEqualTo("reciter");
        }
    }

    @Test
    void changesAndResetsWhereThatIsAllowed() throws Exception {
        try (RunningSample sample = new RunningSample(folder, "management.endpoint.hydra.access=unrestricted")) {
            sample.ask("say abc");
            assertThat(lastMinute(sample).get("steps").asLong()).isPositive();

            assertThat(sample.delete(ENDPOINT).statusCode()).isEqualTo(204);
            assertThat(lastMinute(sample).get("steps").asLong()).isZero();
            assertThat(sample.get(ENDPOINT + "/latestAnswer").statusCode()).isEqualTo(404);

            HttpResponse<String> changed = sample.post(ENDPOINT, "{\"mode\": \"plain\", \"tree\": 5}");
            assertThat(changed.statusCode()).isEqualTo(200);
            assertThat(JSON.readTree(changed.body()))
                    .isEqualTo(JSON.readTree(sample.get(ENDPOINT + "/decoding").body()));
            assertThat(JSON.readTree(changed.body()).get("mode").asString()).isEqualTo("plain");
            assertThat(JSON.readTree(changed.body()).findValuesAsString("treeNodes"))
                    .containsExactly("5", "5");
            sample.ask("say abc");
            assertThat(lastMinute(sample).get("acceptanceLength").asDouble()).isEqualTo(1);
            assertThat(sample.get("/actuator/prometheus").body()).contains("hydra_tree_nodes 1.0");

            assertThat(sample.post(ENDPOINT, "{\"mode\": \"hydra\", \"tree\": \"own\"}")
                            .statusCode())
                    .isEqualTo(200);
            sample.delete(ENDPOINT);
            sample.ask("say abc");
            assertThat(lastMinute(sample).get("acceptanceLength").asDouble()).isGreaterThan(2);
        }
    }

    @Test
    void saysWhyItRefuses() throws Exception {
        try (RunningSample sample = new RunningSample(folder, "management.endpoint.hydra.access=unrestricted")) {
            for (String bad : List.of(
                    "{\"mode\": \"sideways\"}",
                    "{\"tree\": \"oak\"}",
                    "{\"tree\": 0}",
                    "{\"mode\": \"plain\", \"tree\": \"chain-4\"}",
                    "{}")) {
                HttpResponse<String> refused = sample.post(ENDPOINT, bad);
                assertThat(refused.statusCode()).as(bad).isEqualTo(400);
                assertThat(JSON.readTree(refused.body()).get("reason").asString())
                        .as(bad)
                        .isNotBlank();
            }
            assertThat(JSON.readTree(sample.post(ENDPOINT, "{\"mode\": \"sideways\"}")
                                    .body())
                            .get("reason")
                            .asString())
                    .isEqualTo("mode is 'sideways'; expected one of [plain, medusa, hydra]");
            assertThat(sample.post(ENDPOINT, "{\"mode\": [1, 2]}").statusCode()).isEqualTo(400);
            assertThat(sample.post(ENDPOINT, "not json").statusCode()).isEqualTo(400);
            assertThat(sample.hydra().defaults()).isEqualTo(sample.hydra().openedWith());
        }
    }

    @Test
    void isUnavailableOnceTheEngineIsClosed() throws Exception {
        try (RunningSample sample = new RunningSample(folder)) {
            sample.hydra().close();

            HttpResponse<String> health = sample.get("/actuator/health/hydra");

            assertThat(health.statusCode()).isEqualTo(503);
            assertThat(JSON.readTree(health.body()).get("status").asString()).isEqualTo("OUT_OF_SERVICE");
            assertThat(sample.get(ENDPOINT).statusCode()).isEqualTo(200);
            assertThat(sample.get("/actuator/prometheus").statusCode()).isEqualTo(200);
        }
    }

    private static JsonNode lastMinute(RunningSample sample) throws Exception {
        return JSON.readTree(sample.get(ENDPOINT + "/lastMinute").body());
    }
}
