package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.text.ChatTemplate;
import dev.hydra.tree.TreeShape;
import java.beans.BeanInfo;
import java.beans.IntrospectionException;
import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.convert.DurationStyle;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What docs/reference.md shows is what there is. Its table of properties is written anew by
 *
 * <p>{@code mvn test -pl hydra-spring-boot-autoconfigure -am -Dtest=ReferencePageTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dhydra.docs=write}
 */
class ReferencePageTest {

    private static final Path PAGE = Path.of("../docs/reference.md");
    private static final String BEGIN = "<!-- properties -->\n";
    private static final String END = "<!-- end of properties -->";

    /** Where the code lies that the page shows. */
    private static final List<Path> SOURCES =
            List.of(Path.of("src/test/java"), Path.of("../hydra-integration-tests/src/it/apps"));

    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

    @Test
    void listsThePropertiesOfTheMetadata() throws IOException {
        String page = Files.readString(PAGE);
        String before = page.substring(0, page.indexOf(BEGIN) + BEGIN.length());
        String after = page.substring(page.indexOf(END));
        String written = before + table() + after;
        if ("write".equals(System.getProperty("hydra.docs"))) {
            Files.writeString(PAGE, written);
        }

        assertThat(Files.readString(PAGE))
                .as("docs/reference.md is older than the properties; the Javadoc of this test says how to write it")
                .isEqualTo(written);
    }

    @Test
    void describesEveryPropertyAsSpringBootDoes() throws IOException {
        for (JsonNode property : properties()) {
            String name = property.get("name").asString();
            assertThat(property.has("description")).as(name).isTrue();
            assertThat(property.get("description").asString())
                    .as(name)
                    .matches("(?s)[A-Z0-9].*\\.")
                    .doesNotMatch("(?s)(The|A|An) .*");
            if (property.get("type").asString().equals("java.lang.Boolean")) {
                assertThat(property.get("description").asString()).as(name).startsWith("Whether ");
            }
        }
    }

    @Test
    void knowsEveryPropertyOfTheClass() throws Exception {
        assertThat(names(HydraProperties.class, HydraProperties.PREFIX))
                .containsExactlyInAnyOrderElementsOf(properties().stream()
                        .map(property -> property.get("name").asString())
                        // a record of its own
                        .filter(name -> !name.startsWith(HydraOpenAiProperties.PREFIX + "."))
                        .toList());
    }

    @Test
    void hintsAtTheValuesOfPropertiesThatHaveAFew() throws IOException {
        assertThat(hints("spring.ai.model.chat")).contains("hydra");
        assertThat(hints("hydra.model.location")).contains("demo");
        assertThat(hints("hydra.heads.location")).contains("none");
        assertThat(hints("hydra.device")).contains("auto", "cpu", "gpu");
        assertThat(hints("hydra.chat.template")).contains(ChatTemplate.AUTO).containsAll(ChatTemplate.builtIn());
        for (String tree : hints("hydra.decoding.tree")) {
            assertThat(TreeShape.named(tree).size()).isPositive();
        }
    }

    private static List<String> hints(String property) throws IOException {
        return StreamSupport.stream(metadata().get("hints").spliterator(), false)
                .filter(hint -> hint.get("name").asString().equals(property))
                .flatMap(hint -> hint.get("values").findValuesAsString("value").stream())
                .toList();
    }

    @Test
    void showsCodeThatIsCompiled() throws IOException {
        StringBuilder sources = new StringBuilder();
        for (Path root : SOURCES) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file :
                        files.filter(file -> file.toString().endsWith(".java")).toList()) {
                    sources.append(flat(Files.readString(file)));
                }
            }
        }
        Matcher snippets = JAVA.matcher(Files.readString(PAGE));
        List<String> shown = new ArrayList<>();
        while (snippets.find()) {
            // where the page leaves something out, what stands before and behind it is compared
            shown.addAll(List.of(snippets.group(1).split("…", -1)));
        }

        assertThat(shown).hasSizeGreaterThan(5);
        for (String snippet : shown) {
            assertThat(sources.indexOf(flat(snippet))).as(snippet).isNotNegative();
        }
    }

    private static String flat(String code) {
        return code.replaceAll("\\s+", "");
    }

    private static List<String> names(Class<?> type, String prefix) throws IntrospectionException {
        List<String> names = new ArrayList<>();
        BeanInfo bean = Introspector.getBeanInfo(type, Object.class);
        for (PropertyDescriptor property : bean.getPropertyDescriptors()) {
            String name = prefix + "." + dashed(property.getName());
            if (property.getPropertyType().getEnclosingClass() == HydraProperties.class
                    && !property.getPropertyType().isEnum()) {
                names.addAll(names(property.getPropertyType(), name));
            } else {
                names.add(name);
            }
        }
        return names;
    }

    private static String dashed(String name) {
        return ConfigurationPropertyName.adapt(name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT), '.')
                .toString();
    }

    private static String table() throws IOException {
        return "| Property | Description | Default |\n|---|---|---|\n"
                + properties().stream()
                        .map(property -> "| `%s` | %s | %s |\n"
                                .formatted(
                                        property.get("name").asString(),
                                        property.get("description").asString().replace("|", "\\|"),
                                        standard(property)))
                        .collect(Collectors.joining());
    }

    private static String standard(JsonNode property) {
        JsonNode value = property.get("defaultValue");
        if (value == null || value.isArray()) {
            return "";
        }
        String text = value.asString();
        if (property.get("type").asString().equals("java.time.Duration")) {
            text = DurationStyle.detectAndParse(text).toSeconds() + "s";
        }
        return "`%s`".formatted(text);
    }

    private static List<JsonNode> properties() throws IOException {
        return StreamSupport.stream(metadata().get("properties").spliterator(), false)
                .filter(property -> property.get("name").asString().startsWith("hydra."))
                .toList();
    }

    private static JsonNode metadata() throws IOException {
        try (InputStream metadata =
                HydraProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            return JsonMapper.shared().readTree(metadata);
        }
    }
}
