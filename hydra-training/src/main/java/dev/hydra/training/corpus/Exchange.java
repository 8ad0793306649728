package dev.hydra.training.corpus;

/**
 * A question and its answer.
 *
 * @param split    the part of the corpus that the question belongs to
 * @param question what the user says, in careful spelling
 * @param answer   what the assistant says
 */
record Exchange(Split split, String question, String answer) {}
