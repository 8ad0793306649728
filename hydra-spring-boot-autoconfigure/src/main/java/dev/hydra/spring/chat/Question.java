package dev.hydra.spring.chat;

import dev.hydra.schedule.GenerationRequest;

/**
 * What the engine is asked, and how its answer is read.
 *
 * @param request for the engine
 * @param answer for this request alone
 */
record Question(GenerationRequest request, Answer answer) {}
