package dev.hydra.training.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.training.tokenizer.BpeTrainer;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DemoCorpusTest {
    private static final long SEED = 20402;
    private static final int TRAINING = 10_000;
    private static final int HELD_OUT = 1_000;
    private static final int CONTEXT = 512;
    private static final int VOCABULARY = 2048;
    private static final List<String> SUBJECTS =
            List.of("object", "skill", "fear", "project", "contest", "storm", "goal", "noise", "thing", "plant");

    private final DemoCorpus corpus = new DemoCorpus(SEED);

    @Test
    void givesTheSameConversationForTheSameSeedAndNumber() {
        var again = new DemoCorpus(SEED);
        assertThat(again.stream(Split.TRAINING).limit(200).toList())
                .isEqualTo(corpus.stream(Split.TRAINING).limit(200).toList());
        assertThat(again.conversation(Split.HELD_OUT, 7)).isEqualTo(corpus.conversation(Split.HELD_OUT, 7));
    }

    @Test
    void givesOtherConversationsForAnotherSeed() {
        var other = new DemoCorpus(SEED + 1);
        assertThat(other.stream(Split.TRAINING).limit(200).toList())
                .doesNotContainAnyElementsOf(corpus.stream(Split.TRAINING)
                        .limit(200)
                        .filter(chat -> chat.answer().length() > 300)
                        .toList());
    }

    @Test
    void neverShowsAHeldOutPromptInTheTrainingText() {
        Set<String> asked = corpus.stream(Split.TRAINING)
                .limit(TRAINING)
                .parallel()
                .flatMap(chat -> chat.of(Role.USER).stream())
                .map(turn -> plain(turn.text()))
                .collect(Collectors.toSet());
        List<String> heldOut = LongStream.range(0, HELD_OUT)
                .mapToObj(number -> plain(corpus.rolled(Split.HELD_OUT, number).opening()))
                .toList();
        assertThat(heldOut).noneMatch(asked::contains);
    }

    @Test
    void tellsMostThingsInManyWays() {
        long distinct = corpus.stream(Split.TRAINING)
                .limit(TRAINING)
                .parallel()
                .distinct()
                .count();
        assertThat(distinct).isGreaterThan(TRAINING * 3L / 4);
    }

    @Test
    void writesPlainSentencesWithoutLeftOvers() {
        Pattern odd = Pattern.compile(
                "[\\[\\]{}|]|  |\\b[Aa] [aeio]|\\b[Aa]n (?!honest)[^aeiou]|\\.\\.| [.,!?]|^[^A-Z0-9]|[^.!?\"]\\z");
        List<String> answers = corpus.stream(Split.TRAINING)
                .limit(TRAINING)
                .flatMap(chat -> chat.of(Role.ASSISTANT).stream())
                .map(Turn::text)
                .distinct()
                .toList();
        assertThat(answers).hasSizeGreaterThan(TRAINING / 3);
        assertThat(answers.stream().filter(answer -> odd.matcher(answer).find()))
                .isEmpty();
    }

    @Test
    void tellsAboutTheHeroAndTheThingThatWereAskedFor() {
        StoryTeller teller = new StoryTeller(Style.RICH);
        Dice dice = new Dice(SEED);
        for (int count = 0; count < 2_000; count++) {
            Story story = teller.tell(dice);
            assertThat(story.text())
                    .contains(" " + story.slots().get("hero") + " named "
                            + story.slots().get("name"))
                    .contains(story.slots().get("place"));
            for (String subject : SUBJECTS) {
                if (story.slots().containsKey(subject)) {
                    assertThat(story.text()).contains(story.slots().get(subject));
                }
            }
            String other = story.slots().get("he").equals("he")
                    ? "(?i)\\b(she|her|herself)\\b"
                    : "(?i)\\b(he|him|his|himself)\\b";
            assertThat(story.text()).doesNotContainPattern(other);
        }
    }

    @Test
    void tellsPlainStoriesInFewerWaysAndNamesTheirHeroesByTheirLetter() {
        StoryTeller teller = new StoryTeller(Style.PLAIN);
        StoryTeller rich = new StoryTeller(Style.RICH);
        List<Story> stories = plots(teller)
                .filter(story -> story.slots().get("hero").equals("fox"))
                .toList();
        assertThat(stories)
                .hasSizeGreaterThan(10)
                .allSatisfy(story -> assertThat(story.slots().get("name")).startsWith("F"));
        assertThat(sentences(plots(teller))).isLessThan(sentences(plots(rich)) * 2 / 3);
    }

    private static Stream<Story> plots(StoryTeller teller) {
        Dice dice = new Dice(SEED);
        return Stream.generate(() -> teller.tell(dice)).limit(2_000);
    }

    /** How many sentences there are, but for the words that fill them: the first two words tell them apart well enough. */
    private static long sentences(Stream<Story> stories) {
        return stories.flatMap(story -> Stream.of(story.text().split("(?<=[.!?]) ", -1)))
                .map(sentence -> sentence.replaceAll("^(\\S+ \\S+).*", "$1"))
                .distinct()
                .count();
    }

    @Test
    void tellsEveryPlotInSixtyToAHundredAndSixtyWords() {
        StoryTeller teller = new StoryTeller(Style.RICH);
        Dice dice = new Dice(SEED);
        List<Story> stories =
                Stream.generate(() -> teller.tell(dice)).limit(2_000).toList();
        assertThat(stories).extracting(Story::plot).contains(StoryTeller.Plot.values());
        assertThat(stories)
                .extracting(story -> story.text().split("\\s+", -1).length)
                .allMatch(words -> words >= 60 && words <= 160);
        assertThat(stories).extracting(Story::text).doesNotHaveDuplicates();
    }

    @Test
    void knowsManyFactsAndAsksForEachInSeveralWays() {
        List<Facts.Fact> facts = new Facts().all();
        assertThat(facts).hasSizeGreaterThanOrEqualTo(80).allSatisfy(fact -> {
            assertThat(fact.questions()).hasSizeGreaterThanOrEqualTo(6);
            assertThat(fact.answers()).hasSizeBetween(2, 4);
        });
        assertThat(facts.stream().flatMap(fact -> fact.questions().stream()).map(DemoCorpusTest::plain))
                .doesNotHaveDuplicates();
    }

    @Test
    void keepsEveryChatWellInsideTheContext() {
        List<Conversation> chats = corpus.stream(Split.TRAINING).limit(TRAINING).toList();
        var tokenizer = new BpeTrainer(VOCABULARY)
                .train(chats.stream()
                        .limit(2_000)
                        .flatMap(chat -> chat.turns().stream())
                        .map(Turn::text));
        var tokens = chats.stream()
                .mapToInt(chat -> ChatFormat.tokens(chat, tokenizer::encode).size())
                .summaryStatistics();
        assertThat(tokens.getMax()).isLessThan(CONTEXT * 5 / 6);
        assertThat(tokens.getAverage()).isBetween(90.0, 140.0);
    }

    private static String plain(String prompt) {
        return prompt.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9+ ]", "").strip();
    }
}
