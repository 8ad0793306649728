package dev.hydra.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/** The PromQL of {@code docs/metrics.md} and of the Grafana dashboard. */
final class Queries {

    static final Path PAGE = Path.of("../docs/metrics.md");
    static final Path DASHBOARD = Path.of("../docs/grafana-dashboard.json");

    private static final Pattern BLOCK = Pattern.compile("```promql\n(.*?)\n```", Pattern.DOTALL);
    private static final Pattern ROW = Pattern.compile("^\\| `[a-z_.]+` \\| `([a-z_]+)` \\|", Pattern.MULTILINE);
    private static final Pattern NAME = Pattern.compile("\\b[a-z_]+\\b(?!\\s*\\()");
    private static final Set<String> WORDS = Set.of("by", "on", "ignoring", "without", "m", "h", "s");

    private Queries() {}

    /** A query and where it is from. */
    record Query(String source, String text) {

        /** The metrics that it asks for. */
        Set<String> metrics() {
            String bare = text.replaceAll("[{][^}]*[}]", "")
                    .replaceAll("\\[[^\\]]*\\]", "")
                    .replaceAll("\\b(by|on|ignoring|without)\\s*\\([^)]*\\)", "");
            Set<String> metrics = new TreeSet<>();
            Matcher names = NAME.matcher(bare);
            while (names.find()) {
                metrics.add(names.group());
            }
            metrics.removeAll(WORDS);
            return metrics;
        }

        /** The query as Prometheus gets it, with a value for every variable of Grafana. */
        String promql() {
            return text.replace("$instance", ".*").replace("$__rate_interval", "1m");
        }
    }

    static List<Query> all() throws IOException {
        List<Query> queries = new ArrayList<>();
        Matcher blocks = BLOCK.matcher(Files.readString(PAGE));
        while (blocks.find()) {
            queries.add(new Query("docs/metrics.md", blocks.group(1)));
        }
        JsonMapper.shared().readTree(Files.readString(DASHBOARD)).get("panels").forEach(panel -> {
            if (panel.has("targets")) {
                panel.get("targets")
                        .forEach(target -> queries.add(new Query(
                                "panel " + panel.get("title").asString(),
                                target.get("expr").asString())));
            }
        });
        return queries;
    }

    /** The names under which the page says that Prometheus has the meters. */
    static Set<String> namesOfThePage() throws IOException {
        Set<String> names = new TreeSet<>();
        Matcher rows = ROW.matcher(Files.readString(PAGE));
        while (rows.find()) {
            names.add(rows.group(1));
        }
        return names;
    }
}
