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
    private long startedWith;
    private boolean moving;
    private long said;

    @Override
    public void started(HubLocation location, int files, long bytes) {
        this.location = location;
        total = bytes;
        started = System.nanoTime();
        said = started;
        startedWith = 0;
        moving = false;
        positions.clear();
        log.info("downloading {}: {} in {} files", location, Bytes.text(bytes), files);
    }

    @Override
    public void reached(String file, long position, long size) {
        boolean first = positions.put(file, position) == null;
        if (first && !moving) {
            // what earlier attempts left says nothing about the rate
            startedWith += position;
        }
        moving |= !first;
        long now = System.nanoTime();
        if (now - said >= INTERVAL.toNanos()) {
            said = now;
            long all = sum();
            double rate = Math.max(0, all - startedWith) / ((now - started) / 1e9);
            log.info(
                    "downloading {}: {} {} of {}; all files {} of {}, {}/s, {} left",
                    location,
                    file,
                    Bytes.text(position),
                    Bytes.text(size),
                    Bytes.text(all),
                    Bytes.text(total),
                    Bytes.text((long) rate),
                    rate < 1 ? "?" : Bytes.time(Duration.ofSeconds((long) ((total - all) / rate))));
        }
    }

    @Override
    public void ended() {
        Duration taken = Duration.ofNanos(System.nanoTime() - started);
        log.info("downloaded {}: {} of {} in {}", location, Bytes.text(sum()), Bytes.text(total), Bytes.time(taken));
    }

    private long sum() {
        return positions.values().stream().mapToLong(Long::longValue).sum();
    }
}
