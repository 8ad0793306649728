package dev.hydra.training.console;

/**
 * A piece of work whose progress is reported.
 *
 * @param task  what is being done, in a few words
 * @param total how much there is to do; 0 or less where nobody knows
 * @param unit  what is counted, in the plural
 */
record Work(String task, long total, String unit) {}
