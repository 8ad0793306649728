package dev.hydra.spring.autoconfigure;

import dev.hydra.hub.Hub;
import dev.hydra.hub.HubContent;
import dev.hydra.hub.HubListener;
import dev.hydra.hub.HubLocation;
import dev.hydra.hub.HubOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.util.StringUtils;

/**
 * The folders that locations on the hub stand for. What {@code hydra.hub.*} leaves open is looked for in the variables that
 * Hugging Face's own tools read.
 */
record HubFolders(HydraProperties.Hub properties, Environment environment) {

    /**
     * The folder of what is on the hub, after it was downloaded where it is not in the cache.
     *
     * @param location {@code hf://owner/name} or {@code hf://owner/name@revision}, with its property
     * @throws dev.hydra.hub.HubException if it cannot be had
     */
    Path fetch(Setting<String> location, HubContent content) {
        HubLocation repository = location.as(HubLocation::parse);
        try {
            return new Hub(options(), HubListener.logging()).fetch(repository, content);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new HydraConfigurationException(
                            "The download of %s was interrupted.".formatted(repository),
                            "Start again: it goes on where it stopped.",
                            List.of(location.property()))
                    .causedBy(e);
        }
    }

    private HubOptions options() {
        HubOptions.Builder options = fromEnvironment();
        set("endpoint", properties.getEndpoint(), options::endpoint);
        set("token", properties.getToken(), options::token);
        set("cache", properties.getCache(), cache -> options.cache(Path.of(cache)));
        Boolean offline = properties.getOffline();
        if (offline != null) {
            options.offline(offline);
        }
        return options.downloads(new Setting<>(HydraProperties.HUB + ".downloads", properties.getDownloads())
                        .as(Setting.atLeast(1)))
                .connectTimeout(new Setting<>(HydraProperties.HUB + ".connect-timeout", properties.getConnectTimeout())
                        .as(HubFolders::positive))
                .readTimeout(new Setting<>(HydraProperties.HUB + ".read-timeout", properties.getReadTimeout())
                        .as(HubFolders::positive))
                .build();
    }

    private static Duration positive(Duration time) {
        if (time.isNegative() || time.isZero()) {
            throw new IllegalArgumentException("expected a time above 0, such as 30s");
        }
        return time;
    }

    private HubOptions.Builder fromEnvironment() {
        try {
            return HubOptions.fromEnvironment(environment::getProperty, Path.of(System.getProperty("user.home")));
        } catch (IllegalArgumentException unsuitable) {
            throw unsuitable("HF_ENDPOINT, HF_TOKEN or another variable of Hugging Face's tools", unsuitable);
        }
    }

    /** How an option takes a text. */
    private interface Option {
        void accept(String text);
    }

    private static void set(String name, @Nullable String text, Option option) {
        if (StringUtils.hasText(text)) {
            try {
                option.accept(text);
            } catch (IllegalArgumentException unsuitable) {
                throw unsuitable(HydraProperties.HUB + "." + name, unsuitable);
            }
        }
    }

    // not with the value, as elsewhere: it may be a token
    private static HydraConfigurationException unsuitable(String what, IllegalArgumentException cause) {
        return new HydraConfigurationException(
                        "%s is unsuitable: %s.".formatted(what, cause.getMessage()),
                        "Change %s.".formatted(what),
                        List.of())
                .causedBy(cause);
    }
}
