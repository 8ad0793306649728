package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.spring.actuate.HydraHealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** The health component {@code hydra}. */
@AutoConfiguration(after = HydraEngineAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnEnabledHealthIndicator("hydra")
@ConditionalOnSingleCandidate(Hydra.class)
public class HydraHealthAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(
            value = HydraHealthIndicator.class,
            name = {"hydraHealthIndicator", "hydraHealthContributor"})
    HydraHealthIndicator hydraHealthIndicator(Hydra hydra) {
        return new HydraHealthIndicator(hydra);
    }
}
