package dev.hydra.spring.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.spring.Reciter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code docs/metrics.md} says of the meters is what the meters are. */
class MetricsPageTest {

    private static final Path PAGE = Path.of("../docs/metrics.md");

    @TempDir
    static Path folder;

    private static final SimpleMeterRegistry REGISTRY = new SimpleMeterRegistry();
    private static Hydra hydra;

    @BeforeAll
    static void register() throws InterruptedException {
        hydra = Hydra.open(
                Reciter.options(folder).listener(new HydraMeters(REGISTRY)).build());
        HydraMeters.gauges(hydra).bindTo(REGISTRY);
        hydra.generate(GenerationRequest.of(hydra.tokenizer().encode("say abc")))
                .await();
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @Test
    void everyMeterIsOnThePageAndTheReverse() throws IOException {
        assertThat(page().keySet()).isEqualTo(registered().keySet());
    }

    @Test
    void thePageHasEachMetersKind() throws IOException {
        Map<String, String> kinds = new TreeMap<>();
        registered().forEach((name, meters) -> kinds.put(name, kind(meters.get(0))));

        assertThat(column(row -> row.kind)).isEqualTo(kinds);
    }

    @Test
    void thePageHasEachMetersTags() throws IOException {
        Map<String, String> tags = new TreeMap<>();
        registered()
                .forEach((name, meters) -> tags.put(
                        name,
                        meters.stream()
                                .flatMap(meter -> meter.getId().getTags().stream())
                                .map(Tag::getKey)
                                .sorted()
                                .distinct()
                                .map("`%s`"::formatted)
                                .collect(Collectors.joining(", "))));

        assertThat(column(row -> row.tags)).isEqualTo(tags);
    }

    @Test
    void thePageHasEachMetersUnit() throws IOException {
        Map<String, Row> page = page();
        registered().forEach((name, meters) -> {
            String unit = meters.get(0).getId().getBaseUnit();
            if (unit != null) {
                assertThat(page.get(name).unit).as(name).isEqualTo(unit);
            }
        });
        assertThat(page.values()).allSatisfy(row -> {
            assertThat(row.unit).isNotBlank();
            assertThat(row.meaning).isNotBlank();
        });
    }

    @Test
    void everyNameIsAConstantOfTheClass() throws IllegalAccessException {
        Set<String> constants = new TreeSet<>();
        for (Field field : HydraMeters.class.getFields()) {
            constants.add((String) field.get(null));
        }
        Set<String> tags = registered().values().stream()
                .flatMap(List::stream)
                .flatMap(meter -> meter.getId().getTags().stream())
                .map(Tag::getKey)
                .filter(key -> !key.startsWith("gen_ai."))
                .collect(Collectors.toCollection(TreeSet::new));
        tags.addAll(registered().keySet());

        assertThat(constants).isEqualTo(tags);
    }

    /** A row of the table of meters. */
    private record Row(String meter, String kind, String unit, String tags, String meaning) {

        static Row of(String line) {
            String[] cells = line.split("(?<!\\\\)\\|", -1);
            assertThat(cells).as(line).hasSize(8);
            return new Row(
                    cells[1].strip().replace("`", ""),
                    cells[3].strip(),
                    cells[4].strip(),
                    cells[5].strip(),
                    cells[6].strip());
        }
    }

    private static Map<String, String> column(Function<Row, String> cell) throws IOException {
        Map<String, String> column = new TreeMap<>();
        page().forEach((name, row) -> column.put(name, cell.apply(row)));
        return column;
    }

    private static Map<String, Row> page() throws IOException {
        String page = Files.readString(PAGE);
        String section = page.substring(page.indexOf("## Hydra's meters"), page.indexOf("## Spring AI's meters"));
        return Arrays.stream(section.split("\n", -1))
                .filter(line -> line.startsWith("| `hydra.") || line.startsWith("| `gen_ai."))
                .map(Row::of)
                .collect(Collectors.toMap(
                        Row::meter,
                        row -> row,
                        (one, other) -> {
                            throw new IllegalStateException(one + " is there twice");
                        },
                        TreeMap::new));
    }

    private static Map<String, List<Meter>> registered() {
        return REGISTRY.getMeters().stream()
                .filter(meter -> !meter.getId().getName().endsWith(".histogram"))
                .collect(Collectors.groupingBy(meter -> meter.getId().getName(), TreeMap::new, Collectors.toList()));
    }

    private static String kind(Meter meter) {
        Meter.Type type = meter.getId().getType();
        return type == Meter.Type.DISTRIBUTION_SUMMARY ? "summary" : type.name().toLowerCase(Locale.ROOT);
    }
}
