package dev.hydra.training.corpus;

import java.util.Map;

/**
 * A story and what it is made of, so that one can ask about it.
 *
 * @param plot     what happens
 * @param split    the part of the corpus that its pair of hero and plot belongs to
 * @param question the request for it
 * @param text     the story with its moral
 * @param slots    hero, name, he, him, his, himself, place, moral, and what the plot adds: object, helper, skill, ...
 */
record Story(StoryTeller.Plot plot, Split split, String question, String text, Map<String, String> slots) {
    Exchange exchange() {
        return new Exchange(split, question, text);
    }
}
