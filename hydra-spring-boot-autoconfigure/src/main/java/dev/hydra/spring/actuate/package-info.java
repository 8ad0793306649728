/**
 * What an operator may see of Hydra: the endpoint, its records, the health. Knows no prompts, no answers and no paths.
 * Start at {@link dev.hydra.spring.actuate.HydraEndpoint}.
 */
@NullMarked
package dev.hydra.spring.actuate;

import org.jspecify.annotations.NullMarked;
