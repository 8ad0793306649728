package dev.hydra.spring.autoconfigure;

/** The application asks Hydra for something that is not there; says what was found and what to do. */
final class HydraConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String action;

    HydraConfigurationException(String description, String action) {
        super(description);
        this.action = action;
    }

    HydraConfigurationException(String description, String action, Throwable cause) {
        super(description, cause);
        this.action = action;
    }

    String action() {
        return action;
    }
}
