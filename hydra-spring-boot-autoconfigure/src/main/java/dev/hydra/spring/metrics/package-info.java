/** What Hydra measures, as meters of Micrometer. Knows no names but its own: {@link dev.hydra.spring.metrics.HydraMeters}. */
@NullMarked
package dev.hydra.spring.metrics;

import org.jspecify.annotations.NullMarked;
