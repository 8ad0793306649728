package dev.hydra.sample;

import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * What the page offers.
 *
 * @param suggestions first questions to click on
 */
@ConfigurationProperties("sample")
record SampleProperties(@DefaultValue List<String> suggestions) {

    SampleProperties {
        suggestions = List.copyOf(suggestions);
    }
}
