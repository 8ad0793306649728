package dev.hydra.training.cli;

import java.util.Map;

/** How much of what libraries log reaches standard error. */
final class Logging {
    private static final Map<String, String> QUIET = Map.of(
            "org.slf4j.simpleLogger.defaultLogLevel", "warn",
            // looks for a GPU again and again, and warns each time that there is none
            "org.slf4j.simpleLogger.log.ai.djl.util.cuda.CudaUtils", "error",
            "org.slf4j.simpleLogger.showThreadName", "false",
            "org.slf4j.simpleLogger.showShortLogName", "true");

    private Logging() {}

    /** Sets the levels; has to come before the first logger. What the user has set with {@code -D} stays. */
    static void configure(boolean verbose) {
        QUIET.forEach(Logging::setUnlessSet);
        if (verbose) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "info");
            setUnlessSet("org.slf4j.simpleLogger.log.dev.hydra", "debug");
        }
    }

    private static void setUnlessSet(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }
}
