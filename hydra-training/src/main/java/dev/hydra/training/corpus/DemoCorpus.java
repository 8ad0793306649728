package dev.hydra.training.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/*
 * Each conversation has its own dice, seeded by the corpus' seed, the part and the conversation's number. So any of them
 * can be made without the others, on any thread, and the same seed gives the same text everywhere.
 *
 * A conversation belongs to the held-out part if its first question on a subject does; later questions are then free. A
 * training conversation holds no held-out question at all. What does not fit, or would be too long for a small model to
 * look back on, is thrown away and made anew.
 */
/**
 * An endless supply of short chats in plain English: stories on request, questions about Hydra, small skills, small talk.
 * The same seed and number always give the same conversation. Safe for use by several threads.
 */
public final class DemoCorpus {
    private static final double WITH_SYSTEM_TURN = 0.08;
    private static final double WITH_HELLO = 0.08;
    private static final double WITH_THANKS = 0.08;
    private static final double WITH_BYE = 0.3;
    private static final int LONGEST = 1250;

    private final long seed;
    private final StoryTeller stories;
    private final Facts facts = new Facts();
    private final Skills skills = new Skills();
    private final SmallTalk talk = new SmallTalk();
    private final Echo echo = new Echo();

    /**
     * Opens the corpus that a seed stands for, with rich stories.
     *
     * @param seed decides every choice
     */
    public DemoCorpus(long seed) {
        this(seed, Style.RICH);
    }

    /**
     * Opens the corpus that a seed stands for.
     *
     * @param seed  decides every choice
     * @param style how much its stories vary
     */
    public DemoCorpus(long seed, Style style) {
        this.seed = seed;
        stories = new StoryTeller(style);
    }

    /** All conversations of a part, without end; parallel streams are welcome. */
    public Stream<Conversation> stream(Split split) {
        return LongStream.range(0, Long.MAX_VALUE).mapToObj(number -> conversation(split, number));
    }

    /**
     * One conversation of a part.
     *
     * @param split  which part
     * @param number its number, from 0
     */
    public Conversation conversation(Split split, long number) {
        return rolled(split, number).conversation();
    }

    /** A conversation, its first question on a subject in careful spelling, and the random bits that it cost. */
    record Rolled(Conversation conversation, String opening, double bits) {}

    Rolled rolled(Split split, long number) {
        Dice dice = new Dice(mix(mix(seed) + 2 * number + (split == Split.TRAINING ? 0 : 1)));
        while (true) {
            double before = dice.bits();
            List<Exchange> exchanges = new ArrayList<>();
            if (addSubject(exchanges, dice) != split || !fits(exchanges, split)) {
                continue;
            }
            Conversation conversation = conversation(exchanges, dice);
            if (letters(conversation) <= LONGEST) {
                return new Rolled(conversation, exchanges.get(0).question(), dice.bits() - before);
            }
        }
    }

    /** Length in letters, of which a token holds more than three on average. */
    private static int letters(Conversation conversation) {
        return conversation.turns().stream()
                .mapToInt(turn -> turn.text().length())
                .sum();
    }

    private static boolean fits(List<Exchange> exchanges, Split split) {
        return split == Split.HELD_OUT || exchanges.stream().allMatch(exchange -> exchange.split() == Split.TRAINING);
    }

    /** Adds exchanges on some subject; returns the part that the first of them belongs to. */
    private Split addSubject(List<Exchange> exchanges, Dice dice) {
        int percent = dice.below(100);
        if (percent < 46) {
            return addStory(exchanges, stories.tell(dice), dice);
        }
        if (percent < 54) {
            exchanges.add(echo.ask(dice));
            if (dice.chance(0.5)) {
                exchanges.add(echo.ask(dice));
            }
        } else if (percent < 82) {
            exchanges.add(facts.ask(dice));
            if (dice.chance(0.2)) {
                exchanges.add(facts.ask(dice));
            }
        } else if (percent < 90) {
            exchanges.add(skills.ask(dice));
            if (dice.chance(0.2)) {
                exchanges.add(skills.ask(dice));
            }
        } else if (percent < 94) {
            exchanges.add(skills.askUnknown(dice));
            if (dice.chance(0.2)) {
                exchanges.add(facts.ask(dice));
            }
        } else {
            return addTalk(exchanges, dice);
        }
        return exchanges.get(0).split();
    }

    private Split addStory(List<Exchange> exchanges, Story story, Dice dice) {
        exchanges.add(story.exchange());
        if (dice.chance(0.15)) {
            exchanges.add(stories.askAbout(story, dice));
        }
        int next = dice.below(10);
        if (next == 0) {
            exchanges.add(stories.another(dice).exchange());
        } else if (next == 1) {
            exchanges.add(stories.retell(story, dice).exchange());
        } else if (next == 2) {
            exchanges.add(facts.ask(dice));
        }
        return story.split();
    }

    private Split addTalk(List<Exchange> exchanges, Dice dice) {
        Exchange first = talk.any(dice);
        exchanges.add(first);
        if (first.answer().contains("Would you like to hear a story?")) {
            int next = dice.below(4);
            if (next < 2) {
                exchanges.add(stories.anything(talk.yes(dice), dice).exchange());
            } else if (next == 2) {
                exchanges.add(talk.no(dice));
            }
        }
        return Split.TRAINING;
    }

    private Conversation conversation(List<Exchange> subject, Dice dice) {
        List<Exchange> exchanges = new ArrayList<>(subject);
        if (dice.chance(WITH_HELLO)) {
            exchanges.add(0, talk.hello(dice));
        }
        if (dice.chance(WITH_THANKS)) {
            exchanges.add(talk.thanks(dice));
            if (dice.chance(WITH_BYE)) {
                exchanges.add(talk.bye(dice));
            }
        }
        List<Turn> turns = new ArrayList<>();
        if (dice.chance(WITH_SYSTEM_TURN)) {
            turns.add(new Turn(Role.SYSTEM, talk.system(dice)));
        }
        for (Exchange exchange : exchanges) {
            turns.add(new Turn(Role.USER, Typing.vary(exchange.question(), dice)));
            turns.add(new Turn(Role.ASSISTANT, exchange.answer()));
        }
        return new Conversation(turns);
    }

    /** The finaliser of SplitMix64: near seeds give unrelated dice. */
    private static long mix(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
