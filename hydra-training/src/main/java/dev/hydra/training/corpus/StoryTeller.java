package dev.hydra.training.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/*
 * A story is a hero, a plot and what the plot is about: an object, a skill, a friend, a goal and so on. Hero and subject
 * together are the key by which a story belongs to the training or to the held-out part, so that a held-out request asks
 * for a pair that the training part never tells about, although it tells about each of the two.
 *
 * A request names only some of the values; the teller makes up the others: the name, which decides nothing but is repeated,
 * and details such as the weather, something to eat and something to wear. Much is told in several ways, so that what comes
 * next can often not be foreseen, and follows from what was chosen just before: real prose is like that, and so it takes a
 * drafter that knows what it has drafted to guess several tokens of it.
 */
/** Makes up short stories: hero, place, a small problem, a helper, a good end and a moral. */
final class StoryTeller {
    private static final double NAMED = 0.2;
    private static final double WITH_ADJECTIVE = 0.6;
    private static final double WITH_PLACE = 0.4;
    private static final double OPEN = 0.06;
    private static final double HERO_ONLY = 0.2;
    private static final double WITH_SCENE = 0.8;
    private static final double WITH_ENDING = 0.6;
    private static final int LONG = 620;
    private static final List<String> DETAILS = List.of("weathers", "treats", "wears", "looks");

    private final Phrasebook book = Phrasebook.read("stories.txt");
    private final Style style;

    StoryTeller(Style style) {
        this.style = style;
    }

    /** What happens in a story; the section of the phrasebook with the same name tells it. */
    enum Plot {
        FIND_STUCK("find stuck", "object", "objects"),
        FIND_OWNER("find owner", "object", "objects"),
        FIND_HELP("find help", "object", "objects"),
        FIND_SHARE("find share", "object", "objects"),
        LOSE("lose", "object", "objects"),
        LEARN("learn", "skill", "skills"),
        AFRAID("afraid", "fear", "fears"),
        MEET("meet", "helper", "helpers"),
        PROJECT("project", "project", "projects"),
        CONTEST("contest", "contest", "contests"),
        STORM("storm", "storm", "storms"),
        PRESENT("present", "helper", "helpers"),
        JOURNEY("journey", "goal", "goals"),
        MYSTERY("mystery", "noise", "noises"),
        WISH("wish", "wish", "wishes"),
        MISTAKE("mistake", "thing", "things"),
        GROW("grow", "plant", "plants");

        private final String section;
        private final String subject;
        private final String subjects;

        Plot(String section, String subject, String subjects) {
            this.section = section;
            this.subject = subject;
            this.subjects = subjects;
        }

        boolean finds() {
            return section.startsWith("find");
        }
    }

    private static final List<Plot> PLOTS = List.of(
            Plot.FIND_STUCK,
            Plot.FIND_OWNER,
            Plot.FIND_HELP,
            Plot.FIND_SHARE,
            Plot.LOSE,
            Plot.LOSE,
            Plot.LEARN,
            Plot.AFRAID,
            Plot.MEET,
            Plot.PROJECT,
            Plot.CONTEST,
            Plot.STORM,
            Plot.PRESENT,
            Plot.JOURNEY,
            Plot.MYSTERY,
            Plot.WISH,
            Plot.MISTAKE,
            Plot.GROW);

    /** Tells a story on request. */
    Story tell(Dice dice) {
        if (dice.chance(OPEN)) {
            return anything(dice.pick(book.section("open requests")), dice);
        }
        Plot plot = dice.pick(PLOTS);
        Map<String, String> slots = cast(plot, dice.pick(book.section("heroes")), dice);
        if (dice.chance(HERO_ONLY)) {
            return tell(plot, unasked(plot, slots, dice), request(subject(slots, dice), dice), dice);
        }
        return tell(plot, slots, request(subject(plot, slots, dice), dice), dice);
    }

    /** Tells some story, whatever the request. */
    Story anything(String request, Dice dice) {
        Plot plot = dice.pick(PLOTS);
        Map<String, String> slots = cast(plot, dice.pick(book.section("heroes")), dice);
        return tell(plot, unasked(plot, slots, dice), request, dice);
    }

    /** Tells one more story after another one. */
    Story another(Dice dice) {
        return anything(dice.pick(book.section("more requests")), dice);
    }

    /** Tells a story again with another hero, whom the request names. */
    Story retell(Story story, Dice dice) {
        Map<String, String> slots;
        do {
            String hero = other(value(story.slots(), "helper"), book.section("heroes"), dice);
            slots = new HashMap<>(story.slots());
            slots.putAll(hero(hero, dice));
        } while (Split.of(key(story.plot(), slots)) == Split.HELD_OUT);
        String subject = subject(slots, dice);
        String request = Phrase.fill(dice.pick(book.section("change hero requests")), Map.of("subject", subject), dice);
        return tell(story.plot(), slots, request, dice);
    }

    /** Asks about a story that has been told. */
    Exchange askAbout(Story story, Dice dice) {
        String kind = dice.pick(
                story.slots().containsKey("helper")
                        ? List.of("moral", "name", "helper", "place")
                        : List.of("moral", "name", "place"));
        return new Exchange(
                story.split(),
                Phrase.fill(dice.pick(book.section(kind + " questions")), story.slots(), dice),
                Phrase.fill(dice.pick(book.section(kind + " answers")), story.slots(), dice));
    }

    private Story tell(Plot plot, Map<String, String> slots, String request, Dice dice) {
        StringBuilder text = new StringBuilder();
        append(text, dice.pick(book.section(plot.finds() ? "openings" : "openings place")), slots, dice);
        boolean rich = style == Style.RICH;
        if (rich && dice.chance(WITH_SCENE)) {
            append(text, dice.pick(book.section(dice.below(2) == 0 ? "traits" : "scenes")), slots, dice);
        }
        if (plot.finds()) {
            appendEvents(text, "find", slots, dice);
        }
        appendEvents(text, plot.section, slots, dice);
        if (rich && plot != Plot.MYSTERY && text.length() < LONG && dice.chance(WITH_ENDING)) {
            append(text, ending(text.toString(), slots, dice), slots, dice);
        }
        String moral = Phrase.fill(dice.pick(book.section("moral " + plot.section)), slots, dice);
        slots.put("moral", moral);
        return new Story(plot, Split.of(key(plot, slots)), request, text + "\n\nMoral: " + moral, Map.copyOf(slots));
    }

    /** A last sentence that does not tell again of the evening or of how the food was. */
    private String ending(String text, Map<String, String> slots, Dice dice) {
        return dice.pick(book.section("endings").stream()
                .filter(ending -> List.of("evening", "taste").stream()
                        .noneMatch(slot -> ending.contains("{" + slot + "}") && text.contains(value(slots, slot))))
                .toList());
    }

    private void appendEvents(StringBuilder text, String section, Map<String, String> slots, Dice dice) {
        List<List<String>> events = new ArrayList<>();
        for (String line : book.section(section)) {
            if (line.startsWith("| ")) {
                events.get(events.size() - 1).add(line.substring(2));
            } else {
                events.add(new ArrayList<>(List.of(line)));
            }
        }
        for (List<String> event : events) {
            boolean optional = event.get(0).startsWith("? ");
            if (optional) {
                event.set(0, event.get(0).substring(2));
            }
            if (!optional || dice.below(2) == 0) {
                append(text, style == Style.RICH ? dice.pick(event) : event.get(0), slots, dice);
            }
        }
    }

    private static void append(StringBuilder text, String sentence, Map<String, String> slots, Dice dice) {
        text.append(text.isEmpty() ? "" : " ").append(Phrase.fill(sentence, slots, dice));
    }

    private Map<String, String> cast(Plot plot, String heroEntry, Dice dice) {
        Map<String, String> slots = hero(heroEntry, dice);
        slots.put("place", dice.pick(book.section("places")));
        DETAILS.forEach(detail -> castRow(slots, detail, dice));
        castHelper(slots, other(value(slots, "hero"), book.section("helpers"), dice), dice);
        castSubject(plot, slots, dice);
        return slots;
    }

    /** The slots that belong to the hero: noun, pronouns and name. */
    private Map<String, String> hero(String heroEntry, Dice dice) {
        String[] entry = heroEntry.split(" ", -1);
        String hero = entry[0];
        String he = entry.length > 1 ? entry[1] : dice.pick(List.of("he", "she"));
        boolean male = he.equals("he");
        Map<String, String> slots = new HashMap<>();
        slots.put("hero", hero);
        slots.put("he", he);
        slots.put("him", male ? "him" : "her");
        slots.put("his", male ? "his" : "her");
        slots.put("himself", male ? "himself" : "herself");
        slots.put("name", name(hero, book.section("names " + he), dice));
        slots.put("ahero", Phrase.article(dice.pick(book.section("adjectives")) + " " + hero));
        return slots;
    }

    private String name(String hero, List<String> names, Dice dice) {
        List<String> alike = names.stream()
                .filter(name -> Character.toLowerCase(name.charAt(0)) == hero.charAt(0))
                .toList();
        return dice.pick(style == Style.RICH || alike.isEmpty() ? names : alike);
    }

    private void castHelper(Map<String, String> slots, String helper, Dice dice) {
        slots.put("helper", helper);
        slots.put("ahelper", Phrase.article(dice.pick(book.section("helper adjectives")) + " " + helper));
    }

    private void castSubject(Plot plot, Map<String, String> slots, Dice dice) {
        if (!plot.subject.equals("helper")) {
            castRow(slots, plot.subjects, dice);
        } else if (plot == Plot.MEET && dice.below(2) == 0) {
            String friend = other(value(slots, "hero"), book.section("heroes"), dice);
            castHelper(slots, friend.split(" ", -1)[0], dice);
        }
    }

    /** Puts the values of a row of a table into their slots, each by one of its alternatives, which then stays the same. */
    private void castRow(Map<String, String> slots, String table, Dice dice) {
        for (Map.Entry<String, String> value : dice.pick(book.rows(table)).entrySet()) {
            slots.put(value.getKey(), Phrase.choose(value.getValue(), dice));
        }
    }

    /** The slots with a subject of the training part: for requests that leave the subject open. */
    private Map<String, String> unasked(Plot plot, Map<String, String> slots, Dice dice) {
        while (Split.of(key(plot, slots)) == Split.HELD_OUT) {
            castSubject(plot, slots, dice);
            if (plot.subject.equals("helper")) {
                castHelper(slots, other(value(slots, "hero"), book.section("helpers"), dice), dice);
            }
        }
        return slots;
    }

    private static String key(Plot plot, Map<String, String> slots) {
        return value(slots, "hero") + "/" + plot.subject + "/" + value(slots, plot.subject);
    }

    private String request(String subject, Dice dice) {
        return Phrase.fill(dice.pick(book.section("requests")), Map.of("subject", subject), dice);
    }

    /** The hero as a request names it, nothing else. */
    private static String subject(Map<String, String> slots, Dice dice) {
        String hero = named(slots, dice);
        return dice.chance(WITH_PLACE / 2) ? hero + " " + value(slots, "place") : hero;
    }

    /** The hero and what happens, as a request names them. */
    private String subject(Plot plot, Map<String, String> slots, Dice dice) {
        String event =
                Phrase.fill(dice.pick(book.section("ask " + (plot.finds() ? "find" : plot.section))), slots, dice);
        String hero = named(slots, dice);
        if (!dice.chance(WITH_PLACE)) {
            return hero + " " + event;
        }
        boolean placeLast = plot.finds() || plot == Plot.MEET;
        return placeLast
                ? hero + " " + event + " " + value(slots, "place")
                : hero + " " + value(slots, "place") + " " + event;
    }

    private static String named(Map<String, String> slots, Dice dice) {
        String hero = dice.chance(WITH_ADJECTIVE) ? value(slots, "ahero") : Phrase.article(value(slots, "hero"));
        return dice.chance(NAMED) ? hero + dice.pick(List.of(" named ", " called ")) + value(slots, "name") : hero;
    }

    /** An entry that is not about the hero itself. */
    private static String other(String hero, List<String> entries, Dice dice) {
        String entry = dice.pick(entries);
        while (List.of(entry.split(" ", -1)).contains(hero)) {
            entry = dice.pick(entries);
        }
        return entry;
    }

    private static String value(Map<String, String> slots, String slot) {
        return Objects.requireNonNull(slots.get(slot), slot);
    }
}
