package com.example;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/** Answers on the web. */
@SpringBootApplication
public class WebApplication {

    public static void main(String[] arguments) {
        SpringApplication.run(WebApplication.class, arguments);
    }
}
