package dev.hydra.training.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Questions whose answer says again what the question said. Nothing else teaches a small model as fast to look back for a name, and
 * without that the fox of a question becomes an owl in the story.
 */
final class Echo {
    private static final int FEWEST = 2;
    private static final int MORE = 5;

    private final List<String> words;
    private final List<String> names;
    private final List<String> heroes;
    private final List<String> adjectives;

    Echo() {
        Phrasebook stories = Phrasebook.read("stories.txt");
        names = Stream.of("names he", "names she")
                .flatMap(section -> stories.section(section).stream())
                .toList();
        // a hero may be followed by a pronoun
        heroes = stories.section("heroes").stream()
                .map(hero -> hero.replaceFirst(" s?he$", ""))
                .toList();
        adjectives = stories.section("adjectives");
        words = Stream.of(names, heroes, adjectives).flatMap(List::stream).toList();
    }

    Exchange ask(Dice dice) {
        return switch (dice.below(4)) {
            case 0 -> again(dice);
            case 1 -> next(dice);
            case 2 -> greeting(dice);
            default -> introduction(dice);
        };
    }

    private static Exchange exchange(String question, String answer) {
        return new Exchange(Split.of(question), question, answer);
    }

    private Exchange again(Dice dice) {
        String list = String.join(dice.pick(List.of(" ", ", ")), some(dice));
        return exchange(
                dice.pick(List.of(
                                "Repeat after me: %s",
                                "Say it again: %s", "Please repeat these words: %s", "Can you say this? %s"))
                        .formatted(list),
                dice.pick(List.of("You said: %s.", "Here you are: %s.", "Of course: %s."))
                        .formatted(list));
    }

    private Exchange next(Dice dice) {
        List<String> list = some(dice);
        int at = dice.below(list.size() - 1);
        String word = list.get(at);
        String following = list.get(at + 1);
        return exchange(
                dice.pick(List.of(
                                "What comes after %s in this list? %s",
                                "Which word follows %s? %s", "Tell me what stands behind %s here: %s"))
                        .formatted(word, String.join(" ", list)),
                dice.pick(List.of("After %s comes %s.", "Behind %s stands %s.", "The word after %s is %s."))
                        .formatted(word, following));
    }

    private Exchange greeting(Dice dice) {
        String name = dice.pick(names);
        return exchange(
                dice.pick(List.of("My name is %s.", "I am %s.", "Hello, I am %s.", "Call me %s."))
                        .formatted(name),
                dice.pick(List.of(
                                "Hello, %s! What can I do for you, %s?",
                                "Nice to meet you, %s. Shall I tell you a story, %s?",
                                "Welcome, %s! Ask me anything, %s."))
                        .formatted(name, name));
    }

    private Exchange introduction(Dice dice) {
        String name = dice.pick(names);
        String hero = dice.pick(adjectives) + " " + dice.pick(heroes);
        String introduced = Phrase.article(hero);
        return exchange(
                dice.pick(List.of("This is %s, %s.", "Meet %s, %s.", "Say hello to %s, %s."))
                        .formatted(name, introduced),
                dice.pick(List.of(
                                "Hello, %s! I have never met %s before. Good to see you, %s.",
                                "Good day, %s! What does %s like best? Tell me, %s.",
                                "Welcome, %s! Such %s is always welcome. Sit down, %s."))
                        .formatted(name, introduced, name));
    }

    /** Words that all differ, so that every one has one successor. */
    private List<String> some(Dice dice) {
        int count = FEWEST + dice.below(MORE);
        List<String> some = new ArrayList<>();
        while (some.size() < count) {
            String word = dice.pick(words);
            if (!some.contains(word)) {
                some.add(word);
            }
        }
        return some;
    }
}
