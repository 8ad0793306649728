package dev.hydra.training.data;

import dev.hydra.training.console.Console;
import java.util.ArrayList;
import java.util.List;

/** The bad records so far. Too many end the reading: then it is the file that is bad, or not what it was taken for. */
final class Problems {
    private static final int REMEMBERED = 5;
    private static final int SHOWN = 100;

    private final int maximum;
    private final Console console;
    private final List<String> first = new ArrayList<>();
    private int count;

    /**
     * @param maximum bad records that are skipped
     * @param console hears of the first hundred
     */
    Problems(int maximum, Console console) {
        this.maximum = maximum;
        this.console = console;
    }

    /** Skips whatever is bad and says nothing: for files that were read before. */
    static Problems known() {
        return new Problems(Integer.MAX_VALUE, Console.silent());
    }

    /**
     * Counts and reports a bad record.
     *
     * @throws DataException if it is one too many
     */
    void add(Origin origin, BadRecordException problem) {
        String line = origin + ": " + problem.getMessage();
        count++;
        if (first.size() < REMEMBERED) {
            first.add(line);
        }
        if (count <= SHOWN) {
            console.say(line + "; skipped");
        }
        if (count > maximum) {
            throw new DataException(
                    "%d bad records; expected %d at most: mend the data or allow more. The first ones:\n  %s"
                            .formatted(count, maximum, String.join("\n  ", first)));
        }
    }

    int count() {
        return count;
    }
}
