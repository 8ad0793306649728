package dev.hydra.training.console;

/** Where a command reports to. Lines for people and progress go to standard error, results to standard output. */
public interface Console {

    /** Tells people something, on a line of its own. */
    void say(String line);

    /** Prints a part of the result: text for people, or one JSON document where {@code --json} was asked for. */
    void print(String text);

    /**
     * Begins to report progress.
     *
     * @param task what is being done, in a few words
     * @param total how much there is to do
     * @param unit what is counted, in the plural; for example steps
     */
    Progress progress(String task, long total, String unit);

    /** Says, prints and reports nothing. */
    static Console silent() {
        return new Console() {
            @Override
            public void say(String line) {}

            @Override
            public void print(String text) {}

            @Override
            public Progress progress(String task, long total, String unit) {
                return Progress.silent();
            }
        };
    }
}
