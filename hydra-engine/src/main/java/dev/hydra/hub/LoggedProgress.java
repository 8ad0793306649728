package dev.hydra.hub;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log how a download comes along. */
final class LoggedProgress implements HubListener {
    private static final Logger log = LoggerFactory.getLogger(Hub.class);
    private static final Duration INTERVAL = Duration.ofSeconds(5);

    private final Map<String, Long> positions = new HashMap<>();
    private @Nullable HubLocation location;
    private long total;
    private long started;
    /** When the last line was written, and how many bytes there were then. */
    private long said;

    private long saidWith;

    @Override
    public void started(HubLocation location, int files, long bytes) {
        this.location = location;
        total = bytes;
        started = System.nanoTime();
        said = started;
        saidWith = 0;
        positions.clear();
        log.info("downloading {}: {} in {} files", location, Bytes.text(bytes), files);
    }

    @Override
    public void reached(String file, long position, long size) {
        if (positions.put(file, position) == null) {
            // what earlier attempts left says nothing about the rate
            saidWith += position;
        }
        long now = System.nanoTime();
        if (now - said < INTERVAL.toNanos()) {
            return;
        }
        long all = sum();
        long rate = (long) (Math.max(0, all - saidWith) / ((now - said) / 1e9));
        said = now;
        saidWith = all;
        log.info(
                "downloading {}: {} {} of {}; all files {} of {}, {}/s, {} left",
                location,
                file,
                Bytes.text(position),
                Bytes.text(size),
                Bytes.text(all),
                Bytes.text(total),
                Bytes.text(rate),
                rate == 0 ? "?" : Bytes.time(Duration.ofSeconds((total - all) / rate)));
    }

    @Override
    public void ended() {
        long all = sum();
        log.info(
                "{} {}: {} of {} after {}",
                all == total ? "downloaded" : "stopped downloading",
                location,
                Bytes.text(all),
                Bytes.text(total),
                Bytes.time(Duration.ofNanos(System.nanoTime() - started)));
    }

    private long sum() {
        return positions.values().stream().mapToLong(Long::longValue).sum();
    }
}
