package dev.hydra.training.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Small things that a small model can know: opposites, colours, animals, short lists; and to say that it does not know. */
final class Skills {
    private static final List<String> NUMBER_WORDS = List.of("zero", "one", "two", "three", "four", "five");
    private static final List<String> COUNTS = List.of("two", "three", "three", "three", "four", "five");
    private static final List<String> SUBJECT_SLOTS =
            List.of("country", "subject", "food", "language", "invention", "tongue");
    private static final int NUMBERS = 100;

    private final Phrasebook book = Phrasebook.read("skills.txt");

    Exchange ask(Dice dice) {
        return switch (dice.below(11)) {
            case 0, 1 -> pair("opposites", "opposite", dice);
            case 2 -> colour(dice);
            case 3 -> pair("sounds", "sound", dice);
            case 4 -> pair("babies", "baby", dice);
            case 5 -> next(dice);
            case 6, 7 -> animal(dice);
            case 8 -> place(dice);
            default -> list(dice);
        };
    }

    /** A question outside the model's knowledge, answered politely. */
    Exchange askUnknown(Dice dice) {
        String question = dice.pick(book.section("unknown questions"));
        Map<String, String> slots = new HashMap<>();
        for (String slot : SUBJECT_SLOTS) {
            if (question.contains("{" + slot + "}")) {
                slots.put(slot, dice.pick(book.section(slot)));
            }
        }
        if (question.contains("{number}")) {
            slots.put("number", Integer.toString(dice.below(NUMBERS)));
            slots.put("number2", Integer.toString(dice.below(NUMBERS)));
        }
        String asked = Phrase.fill(question, slots, dice);
        Split split = slots.isEmpty() ? Split.TRAINING : Split.of(asked);
        return new Exchange(split, asked, Phrase.fill(dice.pick(book.section("unknown answers")), Map.of(), dice));
    }

    private Exchange pair(String section, String kind, Dice dice) {
        List<String> row = dice.pick(book.table(section));
        Map<String, String> slots = Map.of(
                "word", row.get(0),
                "a", Phrase.article(row.get(0)),
                "other", row.get(1),
                "another", Phrase.article(row.get(1)));
        return exchange(kind, slots, dice);
    }

    private Exchange colour(Dice dice) {
        List<String> row = dice.pick(book.table("colours"));
        return exchange("colour", Map.of("thing", row.get(0), "colour", row.get(1)), dice);
    }

    private Exchange next(Dice dice) {
        List<String> row = dice.pick(book.table("next"));
        Map<String, String> slots = Map.of("word", row.get(0), "next", row.get(1), "kind", row.get(2));
        return exchange("next", slots, dice);
    }

    private Exchange animal(Dice dice) {
        List<String> row = dice.pick(book.table("animals"));
        return described(Phrase.article(row.get(0)), row.get(1), dice);
    }

    private Exchange place(Dice dice) {
        List<String> row = dice.pick(book.table("places"));
        return described(row.get(0), row.get(1), dice);
    }

    private Exchange list(Dice dice) {
        List<String> row = dice.pick(book.table("lists"));
        List<String> items = List.of(row.get(1).split(", ", -1));
        String count = dice.pick(COUNTS);
        int wanted = Math.min(NUMBER_WORDS.indexOf(count), items.size());
        int start = dice.below(2);
        List<String> chosen = new ArrayList<>();
        for (int index = 0; index < wanted; index++) {
            chosen.add(items.get((start + index) % items.size()));
        }
        String last = chosen.remove(chosen.size() - 1);
        String named = String.join(", ", chosen) + " and " + last;
        String counted = NUMBER_WORDS.get(wanted);
        return exchange("list", Map.of("topic", row.get(0), "count", counted, "items", named), dice);
    }

    private Exchange described(String thing, String description, Dice dice) {
        String question = Phrase.fill(dice.pick(book.section("describe")), Map.of("a", thing), dice);
        return new Exchange(Split.of(question), question, description);
    }

    /** A question of a kind, and one of the ways to answer it. */
    private Exchange exchange(String kind, Map<String, String> slots, Dice dice) {
        String question = Phrase.fill(dice.pick(book.section(kind + " questions")), slots, dice);
        String answer = Phrase.fill(dice.pick(book.section(kind + " answers")), slots, dice);
        return new Exchange(Split.of(question), question, answer);
    }
}
