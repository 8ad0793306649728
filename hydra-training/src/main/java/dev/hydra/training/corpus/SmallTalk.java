package dev.hydra.training.corpus;

import java.util.List;
import java.util.Map;

/** Greetings, thanks, and questions about the model itself. All of it is training text. */
final class SmallTalk {
    private static final List<String> ALONE = List.of(
            "hello",
            "hello",
            "how are you",
            "thanks",
            "bye",
            "who",
            "who",
            "abilities",
            "abilities",
            "fine",
            "sad",
            "funny");

    private final Phrasebook book = Phrasebook.read("talk.txt");

    Exchange any(Dice dice) {
        return about(dice.pick(ALONE), dice);
    }

    Exchange hello(Dice dice) {
        return about(dice.pick(List.of("hello", "how are you")), dice);
    }

    Exchange thanks(Dice dice) {
        return about("thanks", dice);
    }

    Exchange bye(Dice dice) {
        return about("bye", dice);
    }

    Exchange no(Dice dice) {
        return about("no", dice);
    }

    String yes(Dice dice) {
        return dice.pick(book.section("yes"));
    }

    String system(Dice dice) {
        return dice.pick(book.section("system"));
    }

    private Exchange about(String topic, Dice dice) {
        String answer = Phrase.fill(dice.pick(book.section(topic + " answers")), Map.of(), dice);
        return new Exchange(Split.TRAINING, dice.pick(book.section(topic)), answer);
    }
}
