package dev.hydra.spring.chat;

/**
 * A call of a tool, as a model wrote it.
 *
 * @param name of a tool that the request offers
 * @param arguments a JSON object, verbatim
 */
record Call(String name, String arguments) {}
