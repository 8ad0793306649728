package dev.hydra.training.console;

/** How far a piece of work has come. Belongs to one thread; closing it ends the report, whatever has been reached. */
public interface Progress extends AutoCloseable {

    /** Reports that more is done, in the units that the work was announced with. */
    void advance(long by);

    /** Shows a short remark beside the progress, in place of the last one; for example the latest loss. */
    void remark(String text);

    @Override
    void close();

    /** Reports nothing. */
    static Progress silent() {
        return new Progress() {
            @Override
            public void advance(long by) {}

            @Override
            public void remark(String text) {}

            @Override
            public void close() {}
        };
    }
}
