package com.example;

import static org.springframework.security.config.Customizer.withDefaults;

import org.springframework.ai.chat.client.ChatClient;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.security.autoconfigure.actuate.web.servlet.EndpointRequest;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@SpringBootApplication
public class SecuredApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(SecuredApplication.class, arguments);
    }

    @Bean
    @Order(1)
    SecurityFilterChain operators(HttpSecurity http) {
        return http.securityMatcher(EndpointRequest.toAnyEndpoint().excluding("health"))
                .authorizeHttpRequests(requests -> requests.anyRequest().hasRole("OPERATOR"))
                .csrf(csrf -> csrf.disable())
                .httpBasic(withDefaults())
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain everybodyElse(HttpSecurity http) {
        return http.authorizeHttpRequests(requests -> requests.requestMatchers(EndpointRequest.to("health"))
                        .permitAll()
                        .anyRequest()
                        .authenticated())
                .httpBasic(withDefaults())
                .build();
    }

    @Bean
    UserDetailsService users() {
        return new InMemoryUserDetailsManager(
                User.withUsername("reader")
                        .password("{noop}reader")
                        .roles("READER")
                        .build(),
                User.withUsername("operator")
                        .password("{noop}operator")
                        .roles("OPERATOR")
                        .build());
    }

    @RestController
    static class AnswerController {

        private final ChatClient chat;

        AnswerController(ChatClient.Builder chat) {
            this.chat = chat.build();
        }

        @GetMapping("/answer")
        String answer(@RequestParam String question) {
            return chat.prompt(question).call().content();
        }
    }
}
