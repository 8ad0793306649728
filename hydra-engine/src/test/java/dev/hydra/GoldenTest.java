package dev.hydra;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;

/** The golden data are read whole: no file and no field is overlooked. */
class GoldenTest {
    private static final Set<String> OPTIONAL = Set.of("eosTokenId", "outputUntilEos", "prefixOutput");

    @Test
    void findsEveryFileOfTheIndex() throws IOException {
        try (Reader reader = Files.newBufferedReader(Golden.folder().resolve("index.json"))) {
            JsonArray cases = JsonParser.parseReader(reader).getAsJsonObject().getAsJsonArray("cases");
            assertThat(Golden.runs().map(Named::getName))
                    .containsExactlyInAnyOrderElementsOf(cases.asList().stream()
                            .map(element ->
                                    element.getAsJsonObject().get("case").getAsString())
                            .toList());
        }
        assertThat(Golden.baseForwards().map(named -> named.getPayload().base()))
                .containsAll(Golden.bases());
        assertThat(Golden.headForwards().map(named -> named.getPayload().heads()))
                .containsAll(Golden.heads());
        assertThat(Golden.trees()).isNotEmpty();
        assertThat(Golden.posteriors()).isNotEmpty();
    }

    @Test
    void readsEveryField() throws ReflectiveOperationException {
        List<? extends Named<? extends Record>> all = Stream.of(
                        Golden.runs(),
                        Golden.trees(),
                        Golden.baseForwards(),
                        Golden.headForwards(),
                        Golden.posteriors())
                .flatMap(stream -> stream)
                .toList();
        for (Named<? extends Record> named : all) {
            assertComplete(named.getName(), named.getPayload());
        }
    }

    private static void assertComplete(String file, Record record) throws ReflectiveOperationException {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Object value = component.getAccessor().invoke(record);
            if (!OPTIONAL.contains(component.getName())) {
                assertThat(value).as("%s: %s", file, component.getName()).isNotNull();
            }
            if (value instanceof Record inner) {
                assertComplete(file, inner);
            } else if (value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof Record first) {
                assertComplete(file, first);
            }
        }
    }
}
