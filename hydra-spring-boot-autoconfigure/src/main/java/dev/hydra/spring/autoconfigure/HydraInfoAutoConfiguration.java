package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.spring.actuate.HydraInfoContributor;
import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** The block {@code hydra} of {@code /actuator/info}. */
@AutoConfiguration(after = HydraEngineAutoConfiguration.class)
@ConditionalOnClass({InfoContributor.class, ConditionalOnEnabledInfoContributor.class})
@ConditionalOnEnabledInfoContributor("hydra")
@ConditionalOnSingleCandidate(Hydra.class)
public class HydraInfoAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    HydraInfoContributor hydraInfoContributor(Hydra hydra) {
        return new HydraInfoContributor(hydra);
    }
}
