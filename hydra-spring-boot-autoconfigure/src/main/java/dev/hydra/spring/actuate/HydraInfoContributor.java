package dev.hydra.spring.actuate;

import dev.hydra.Hydra;
import dev.hydra.ModelDescription;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/** The block {@code hydra} of {@code /actuator/info}: what does not change while the application runs. */
public final class HydraInfoContributor implements InfoContributor {

    private static final String VERSION = "version.properties";

    private final Map<String, Object> details;

    /** @param hydra the engine to tell of */
    public HydraInfoContributor(Hydra hydra) {
        ModelDescription model = hydra.description();
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("version", version());
        told.put("model", model.name());
        told.put("family", model.family());
        told.put("parameters", model.parameters());
        told.put("device", model.device());
        told.put("dataType", model.dataType());
        told.put(
                "heads",
                model.drafters().stream()
                        .map(drafter -> new Heads(drafter.mode().label(), drafter.kind(), drafter.heads()))
                        .toList());
        details = Map.of("hydra", told);
    }

    @Override
    public void contribute(Info.Builder builder) {
        builder.withDetails(details);
    }

    private static String version() {
        Properties build = new Properties();
        try (InputStream resource = HydraInfoContributor.class.getResourceAsStream(VERSION)) {
            if (resource == null) {
                throw new IllegalStateException(
                        "resource dev/hydra/spring/actuate/%s is missing from the jar".formatted(VERSION));
            }
            build.load(resource);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return build.getProperty("version");
    }

    /**
     * A set of draft heads.
     *
     * @param mode in which they draft
     * @param kind medusa, hydra or hydra++
     * @param count how many there are
     */
    public record Heads(String mode, String kind, int count) {}
}
