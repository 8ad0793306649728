/**
 * Sets Hydra up in a Spring Boot application: one auto-configuration per concern, one tree of properties. Knows nothing
 * of decoding. Start at {@link dev.hydra.spring.autoconfigure.HydraProperties}.
 */
@NullMarked
package dev.hydra.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
