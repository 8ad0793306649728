package dev.hydra.training.cli;

import dev.hydra.hub.HubListener;
import dev.hydra.hub.HubLocation;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import java.util.HashMap;
import java.util.Map;

/** Shows a download as any other work. */
final class DownloadProgress implements HubListener {
    private static final long MEGABYTE = 1_000_000;

    private final Console console;
    private final Map<String, Long> positions = new HashMap<>();
    private Progress progress = Progress.silent();
    private long shown;

    DownloadProgress(Console console) {
        this.console = console;
    }

    @Override
    public void started(HubLocation location, int files, long bytes) {
        positions.clear();
        shown = 0;
        progress = console.progress("downloading " + location, (bytes + MEGABYTE - 1) / MEGABYTE, "MB");
    }

    @Override
    public void reached(String file, long position, long size) {
        positions.put(file, position);
        progress.remark(file);
        long all = positions.values().stream().mapToLong(Long::longValue).sum() / MEGABYTE;
        // a file that has to begin anew is not taken back
        if (all > shown) {
            progress.advance(all - shown);
            shown = all;
        }
    }

    @Override
    public void ended() {
        progress.close();
    }
}
