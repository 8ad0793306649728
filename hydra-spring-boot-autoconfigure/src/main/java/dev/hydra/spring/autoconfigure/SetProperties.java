package dev.hydra.spring.autoconfigure;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.origin.Origin;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/** Properties as an application has set them, and where it did: for reports of what went wrong with them. */
record SetProperties(Environment environment) {

    /** Every property with its value and its origin, or {@code not set}; a paragraph of its own. */
    String paragraph(List<String> properties) {
        return properties.stream()
                .map(property -> "%n    %s: %s".formatted(property, text(property)))
                .collect(Collectors.joining("", System.lineSeparator(), ""));
    }

    /** Those of the properties that are set. */
    List<String> among(List<String> properties) {
        return properties.stream().filter(property -> !find(property).isEmpty()).toList();
    }

    private String text(String property) {
        List<ConfigurationProperty> found = find(property);
        if (found.isEmpty()) {
            return "not set";
        }
        String value = found.stream()
                .map(part -> environment.resolvePlaceholders(String.valueOf(part.getValue())))
                .collect(Collectors.joining(", "));
        Origin origin = found.get(0).getOrigin();
        return origin == null ? value : "%s (from %s)".formatted(value, origin);
    }

    /** The property in the first source that has it, whole or, if it is a list, element by element. */
    private List<ConfigurationProperty> find(String property) {
        if (environment instanceof ConfigurableEnvironment configurable) {
            ConfigurationPropertyName name = ConfigurationPropertyName.of(property);
            for (ConfigurationPropertySource source :
                    ConfigurationPropertySources.from(configurable.getPropertySources())) {
                List<ConfigurationProperty> found = find(name, source);
                if (!found.isEmpty()) {
                    return found;
                }
            }
        }
        return List.of();
    }

    private static List<ConfigurationProperty> find(
            ConfigurationPropertyName name, ConfigurationPropertySource source) {
        ConfigurationProperty whole = source.getConfigurationProperty(name);
        if (whole != null) {
            return List.of(whole);
        }
        List<ConfigurationProperty> elements = new ArrayList<>();
        for (ConfigurationProperty element = element(name, 0, source);
                element != null;
                element = element(name, elements.size(), source)) {
            elements.add(element);
        }
        return elements;
    }

    private static @Nullable ConfigurationProperty element(
            ConfigurationPropertyName name, int index, ConfigurationPropertySource source) {
        return source.getConfigurationProperty(name.append("[%d]".formatted(index)));
    }
}
