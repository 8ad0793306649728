package dev.hydra.spring.autoconfigure;

import java.util.List;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Where an application says that its model lies, for reports of what went wrong there.
 *
 * @param model as it is set, or {@code not set}
 * @param heads as they are set; empty if they are not
 */
record Locations(String model, List<String> heads) {
    private static final String NOT_SET = "not set";

    Locations {
        heads = List.copyOf(heads);
    }

    /** Those of an environment; a list need not be in one property of that name. */
    static Locations of(Environment environment) {
        return new Locations(
                environment.getProperty(HydraProperties.MODEL_LOCATION, NOT_SET),
                Binder.get(environment)
                        .bind(HydraProperties.HEADS_LOCATION, Bindable.listOf(String.class))
                        .orElse(List.of()));
    }

    /** A paragraph with both properties. */
    String text() {
        return "%n%n    %s: %s%n    %s: %s"
                .formatted(
                        HydraProperties.MODEL_LOCATION,
                        model,
                        HydraProperties.HEADS_LOCATION,
                        heads.isEmpty() ? NOT_SET : String.join(", ", heads));
    }
}
