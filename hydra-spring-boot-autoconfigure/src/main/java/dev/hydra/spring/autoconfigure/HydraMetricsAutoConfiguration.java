package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.spring.metrics.HydraMeters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/**
 * The meters of {@link HydraMeters}, where the application has a registry. Where it has several engines, gauges cannot be of all; what
 * these count does go together, if they are opened with the meters as their listener.
 */
@AutoConfiguration(
        after = HydraEngineAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({Hydra.class, MeterRegistry.class})
public class HydraMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    HydraMeters hydraMeters(MeterRegistry registry) {
        return new HydraMeters(registry);
    }

    @Bean
    @ConditionalOnSingleCandidate(Hydra.class)
    @ConditionalOnMissingBean(name = "hydraGauges")
    MeterBinder hydraGauges(Hydra hydra) {
        return HydraMeters.gauges(hydra);
    }
}
