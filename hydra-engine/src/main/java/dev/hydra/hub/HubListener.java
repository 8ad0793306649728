package dev.hydra.hub;

/** Hears how a download comes along. Called by several threads, but never by two at once. */
public interface HubListener {

    /**
     * Files are about to be downloaded. Not called where the cache has them all.
     *
     * @param files how many
     * @param bytes of all of them, those included that an earlier attempt has left
     */
    void started(HubLocation location, int files, long bytes);

    /**
     * A file has grown, or has to begin anew.
     *
     * @param position bytes that are there
     * @param size     bytes that the file will have
     */
    void reached(String file, long position, long size);

    /** The download that was started is over, well or not. */
    void ended();

    /** Hears nothing. */
    static HubListener silent() {
        return new HubListener() {
            @Override
            public void started(HubLocation location, int files, long bytes) {}

            @Override
            public void reached(String file, long position, long size) {}

            @Override
            public void ended() {}
        };
    }

    /** Writes a line to the log every few seconds: file, bytes, rate and the time that is left. */
    static HubListener logging() {
        return new LoggedProgress();
    }
}
