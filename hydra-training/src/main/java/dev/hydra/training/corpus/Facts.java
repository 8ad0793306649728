package dev.hydra.training.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Questions about Hydra and speculative decoding, each asked in many ways, and their answers. */
final class Facts {
    private static final double OPENED = 0.12;

    private final List<Fact> facts;
    private final List<String> before;

    Facts() {
        Phrasebook frames = Phrasebook.read("facts-frames.txt");
        before = frames.section("before");
        facts = read(Phrasebook.lines("facts.txt"), frames);
    }

    /** What can be asked about one thing, and the ways to answer, all of which say the same. */
    record Fact(List<String> questions, List<String> answers) {}

    private static List<Fact> read(List<String> lines, Phrasebook frames) {
        List<Fact> facts = new ArrayList<>();
        for (String line : lines) {
            if (line.startsWith("= ")) {
                facts.add(new Fact(new ArrayList<>(), new ArrayList<>()));
                continue;
            }
            Fact fact = facts.get(facts.size() - 1);
            String text = line.substring(2);
            switch (line.charAt(0)) {
                case 'T' -> fact.questions().addAll(framed(frames.section("topic"), text));
                case 'P' -> fact.questions().addAll(framed(frames.section("topics"), text));
                case 'Q' -> fact.questions().add(text);
                case 'A' -> fact.answers().add(text);
                case '+' ->
                    fact.answers().add(fact.answers().remove(fact.answers().size() - 1) + " " + text);
                default ->
                    throw new IllegalStateException(
                            "facts.txt: '%s' begins with none of T, P, Q, A, +".formatted(line));
            }
        }
        return List.copyOf(facts);
    }

    private static List<String> framed(List<String> frames, String topic) {
        return frames.stream().map(frame -> frame.replace("{topic}", topic)).toList();
    }

    List<Fact> all() {
        return facts;
    }

    Exchange ask(Dice dice) {
        Fact fact = dice.pick(facts);
        String question = dice.pick(fact.questions());
        Split split = Split.of(question);
        String asked =
                dice.chance(OPENED) ? Phrase.fill(dice.pick(before), Map.of("question", question), dice) : question;
        return new Exchange(split, asked, Phrase.fill(dice.pick(fact.answers()), Map.of(), dice));
    }
}
