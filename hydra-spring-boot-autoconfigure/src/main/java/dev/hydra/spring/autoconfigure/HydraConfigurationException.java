package dev.hydra.spring.autoconfigure;

import java.util.List;

/** The application asks Hydra for something that is not there; says what was found and what to do. */
final class HydraConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;
    private final transient List<String> properties;

    /**
     * @param description what was found
     * @param action      what to do
     * @param properties  whose values, and where they were set, belong into the report
     */
    HydraConfigurationException(String description, String action, List<String> properties) {
        super(description);
        this.action = action;
        this.properties = List.copyOf(properties);
    }

    HydraConfigurationException causedBy(Throwable cause) {
        initCause(cause);
        return this;
    }

    String action() {
        return action;
    }

    List<String> properties() {
        return properties;
    }
}
