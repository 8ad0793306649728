package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import dev.hydra.spring.actuate.HydraEndpoint;
import dev.hydra.spring.actuate.HydraEndpointWebExtension;
import dev.hydra.spring.actuate.RecentDecoding;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.context.annotation.Bean;

/** The endpoint {@code hydra}, where it is exposed. */
@AutoConfiguration(after = HydraEngineAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(HydraEndpoint.class)
@ConditionalOnSingleCandidate(Hydra.class)
public class HydraEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    RecentDecoding hydraRecentDecoding() {
        return new RecentDecoding();
    }

    @Bean
    @ConditionalOnMissingBean
    HydraEndpoint hydraEndpoint(Hydra hydra, RecentDecoding recent) {
        return new HydraEndpoint(hydra, recent);
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnBean(HydraEndpoint.class)
    @ConditionalOnAvailableEndpoint(endpoint = HydraEndpoint.class, exposure = EndpointExposure.WEB)
    HydraEndpointWebExtension hydraEndpointWebExtension(HydraEndpoint endpoint) {
        return new HydraEndpointWebExtension(endpoint);
    }
}
