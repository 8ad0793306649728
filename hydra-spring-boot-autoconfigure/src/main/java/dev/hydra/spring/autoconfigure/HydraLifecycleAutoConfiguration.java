package dev.hydra.spring.autoconfigure;

import dev.hydra.Hydra;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Lets answers be finished before the engines are closed, those that an application has opened itself included. */
@AutoConfiguration(after = HydraEngineAutoConfiguration.class)
@ConditionalOnBean(Hydra.class)
public class HydraLifecycleAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    HydraGracefulShutdown hydraGracefulShutdown(ObjectProvider<Hydra> engines) {
        return new HydraGracefulShutdown(engines.stream().toList());
    }
}
