package dev.hydra.sample;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** All that the actuator serves, when everything is exposed: what must be in it, and what must not. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MonitoringTest {

    private static final String FOLDER = "folder-that-nobody-shall-see";
    private static final String TOKEN = "hf_tokenThatNobodyShallSee";
    private static final String PROMPT = "prompt that nobody shall see: abc";
    private static final String ANSWER = "defghijklmnopqrstuvwxyz";
    private static final String REFUSED = "refused that nobody shall see";

    /** Endpoints that are more than text: a memory image of the process, which Boot gives no access to by itself. */
    private static final Set<String> IMAGES = Set.of("heapdump");

    @TempDir
    static Path temporary;

    private static List<String> secretive;
    private static RunningSample sample;

    @BeforeAll
    static void answer() throws Exception {
        Path folder = Files.createDirectory(temporary.resolve(FOLDER));
        Path template = Files.writeString(
                folder.resolve("template.jinja"), "{% for message in messages %}{{ message.content }}{% endfor %}");
        secretive = Stream.of(
                        "management.endpoints.web.exposure.include=*",
                        "management.endpoint.hydra.access=unrestricted",
                        "management.endpoint.health.show-details=always",
                        "hydra.chat.template=" + template,
                        "hydra.hub.cache=" + folder.resolve("cache"),
                        "hydra.hub.token=" + TOKEN,
                        "hydra.chat.max-tokens=300")
                .toList();
        sample = new RunningSample(folder, secretive.toArray(String[]::new));
        assertThat(sample.ask(PROMPT).body()).contains("event:done");
        sample.post("/api/chat", "{\"message\": \"%s\", \"temperature\": -1}".formatted(REFUSED));
        sample.ask(REFUSED + "a".repeat(5000));
        sample.post("/actuator/hydra", "{\"mode\": \"medusa\"}");
        sample.ask(PROMPT);
        sample.post("/actuator/hydra", "{\"mode\": \"hydra\"}");
        // the observation of a stream ends a moment after its last event has left
        while (!sample.get("/actuator/prometheus").body().contains("gen_ai_client_token_usage_total{")) {
            Thread.sleep(5);
        }
    }

    @AfterAll
    static void close() {
        sample.close();
    }

    @Test
    void tellsNothingOfPromptsAnswersPathsAndTokens() throws Exception {
        Map<String, String> bodies = everything();

        // what is looked for was there to be found
        assertThat(bodies.keySet())
                .anyMatch(path -> path.endsWith("/actuator/hydra"))
                .anyMatch(path -> path.endsWith("/actuator/prometheus"))
                .anyMatch(path -> path.endsWith("/actuator/health"))
                .anyMatch(path -> path.endsWith("/actuator/info"))
                .anyMatch(path -> path.endsWith("/actuator/env"))
                .anyMatch(path -> path.endsWith("/actuator/configprops"))
                .anyMatch(path -> path.contains("/actuator/metrics/hydra."))
                .anyMatch(path -> path.endsWith("/actuator/hydra/latestAnswer"));
        assertThat(bodies.get("/actuator/configprops")).contains("hydra-dev.hydra");
        assertThat(bodies)
                .allSatisfy((path, body) -> assertThat(body)
                        .as(path)
                        .doesNotContain("nobody shall see")
                        .doesNotContain("nobody-shall-see")
                        .doesNotContain("NobodyShallSee")
                        .doesNotContain(ANSWER)
                        .doesNotContain(temporary.toString()));
    }

    @Test
    void wouldFindThemWhereAnApplicationShowsItsValues() throws Exception {
        String[] talkative = Stream.concat(
                        secretive.stream(),
                        Stream.of(
                                "management.endpoint.env.show-values=always",
                                "management.endpoint.configprops.show-values=always"))
                .toArray(String[]::new);
        try (RunningSample other = new RunningSample(temporary.resolve(FOLDER), talkative)) {
            assertThat(other.get("/actuator/env").body()).contains(FOLDER).contains(TOKEN);
            assertThat(other.get("/actuator/configprops").body())
                    .contains(FOLDER)
                    .contains(TOKEN);
        }
    }

    @Test
    void everyQueryOfTheDashboardAndThePageAsksForWhatThereIs() throws Exception {
        Set<String> served = served();

        List<Queries.Query> queries = Queries.all();
        assertThat(queries).hasSizeGreaterThan(40);
        assertThat(queries)
                .allSatisfy(query -> assertThat(query.metrics())
                        .as(query.toString())
                        .isNotEmpty()
                        .allSatisfy(metric -> assertThat(served).contains(metric)));
    }

    @Test
    void everyPrometheusNameOfThePageIsServed() throws Exception {
        Set<String> served = served();

        assertThat(Queries.namesOfThePage())
                .hasSizeGreaterThan(20)
                .allSatisfy(name ->
                        assertThat(served).as(name).anyMatch(one -> one.equals(name) || one.equals(name + "_count")));
    }

    @Test
    void everyMeterThatIsServedIsOnThePage() throws Exception {
        Set<String> page = Queries.namesOfThePage();

        assertThat(served())
                .filteredOn(name -> name.startsWith("hydra_") || name.startsWith("gen_ai_"))
                .allSatisfy(name -> assertThat(page).contains(name.replaceAll("_(bucket|count|sum|max)$", "")));
    }

    @Test
    void noTagHasManyValues() throws Exception {
        Map<String, Set<String>> values = new TreeMap<>();
        Pattern tag = Pattern.compile("([a-z_]+)=\"([^\"]*)\"");
        sample.get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith("hydra_") || line.startsWith("gen_ai_"))
                .forEach(line -> tag.matcher(line)
                        .results()
                        .forEach(found -> values.computeIfAbsent(found.group(1), name -> new TreeSet<>())
                                .add(found.group(2))));
        values.remove("le");

        assertThat(values.keySet())
                .containsExactlyInAnyOrder(
                        "depth",
                        "error",
                        "gen_ai_operation_name",
                        "gen_ai_request_model",
                        "gen_ai_response_model",
                        "gen_ai_system",
                        "gen_ai_token_type",
                        "outcome",
                        "phase",
                        "state");
        assertThat(values).allSatisfy((name, of) -> assertThat(of).as(name).hasSizeLessThanOrEqualTo(8));
    }

    @Test
    void theDashboardIsOneThatGrafanaImports() throws Exception {
        JsonNode dashboard = JsonMapper.shared().readTree(Files.readString(Queries.DASHBOARD));

        assertThat(dashboard.get("title").asString()).isEqualTo("Hydra");
        assertThat(dashboard.get("id").isNull()).isTrue();
        assertThat(dashboard.get("schemaVersion").asInt()).isGreaterThanOrEqualTo(39);
        assertThat(dashboard.at("/templating/list").findValuesAsString("name"))
                .containsExactly("datasource", "instance");
        assertThat(dashboard.at("/templating/list/0/type").asString()).isEqualTo("datasource");
        Map<Integer, String> ids = new HashMap<>();
        Set<String> cells = new TreeSet<>();
        dashboard.get("panels").forEach(panel -> {
            assertThat(ids.put(panel.get("id").asInt(), panel.get("title").asString()))
                    .isNull();
            JsonNode place = panel.get("gridPos");
            assertThat(place.get("x").asInt() + place.get("w").asInt()).isLessThanOrEqualTo(24);
            for (int x = place.get("x").asInt();
                    x < place.get("x").asInt() + place.get("w").asInt();
                    x++) {
                for (int y = place.get("y").asInt();
                        y < place.get("y").asInt() + place.get("h").asInt();
                        y++) {
                    assertThat(cells.add(x + "," + y))
                            .as(panel.get("title").asString())
                            .isTrue();
                }
            }
            if (!panel.get("type").asString().equals("row")) {
                assertThat(panel.get("description").asString()).isNotBlank();
                assertThat(panel.get("targets").size()).isPositive();
                panel.get("targets")
                        .forEach(target -> assertThat(
                                        target.at("/datasource/uid").asString())
                                .isEqualTo("${datasource}"));
            }
        });
        assertThat(ids).hasSizeGreaterThan(15);
    }

    /** The names of the samples that Prometheus is given. */
    private static Set<String> served() throws IOException, InterruptedException {
        return sample.get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]", 2)[0])
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Every body below {@code /actuator}, by its path: what links lead to, every meter, every section, every property. */
    private static Map<String, String> everything() throws IOException, InterruptedException {
        Map<String, String> bodies = new TreeMap<>();
        Deque<String> open = new ArrayDeque<>(List.of("/actuator"));
        JsonNode meters =
                JsonMapper.shared().readTree(sample.get("/actuator/metrics").body());
        meters.get("names").forEach(name -> open.add("/actuator/metrics/" + name.asString()));
        JsonMapper.shared()
                .readTree(sample.get("/actuator/hydra").body())
                .propertyNames()
                .forEach(section -> open.add("/actuator/hydra/" + section));
        for (String property : List.of("hydra.model.location", "hydra.hub.token", "hydra.chat.template")) {
            open.add("/actuator/env/" + property);
        }
        open.add("/actuator/configprops/hydra");
        open.add("/actuator/health/hydra");
        while (!open.isEmpty()) {
            String path = open.remove();
            String body = sample.get(path).body();
            bodies.put(path, body);
            if (path.equals("/actuator")) {
                JsonMapper.shared().readTree(body).get("_links").forEach(link -> {
                    String next = URI.create(link.get("href").asString().replaceAll("[{].*", ""))
                            .getPath();
                    if (!bodies.containsKey(next)
                            && !open.contains(next)
                            && IMAGES.stream().noneMatch(next::endsWith)) {
                        open.add(next);
                    }
                });
            }
        }
        return bodies;
    }
}
