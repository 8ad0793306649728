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

    private record Fact(List<String> questions, List<String> answers) {}

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
                default ->
                    throw new IllegalStateException("facts.txt: '%s' begins with none of T, P, Q, A".formatted(line));
            }
        }
        return List.copyOf(facts);
    }

    private static List<String> framed(List<String> frames, String topic) {
        return frames.stream().map(frame -> frame.replace("{topic}", topic)).toList();
    }

    int size() {
        return facts.size();
    }

    /** All questions of all facts. */
    List<String> questions() {
        return facts.stream().flatMap(fact -> fact.questions().stream()).toList();
    }

    Exchange ask(Dice dice) {
        Fact fact = dice.pick(facts);
        String question = dice.pick(fact.questions());
        Split split = Split.of(question);
        String asked =
                dice.chance(OPENED) ? Phrase.fill(dice.pick(before), Map.of("question", question), dice) : question;
        return new Exchange(split, asked, dice.pick(fact.answers()));
    }
}
