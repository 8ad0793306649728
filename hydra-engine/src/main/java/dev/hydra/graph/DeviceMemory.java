package dev.hydra.graph;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * On Linux, MemAvailable is what can be had without swapping, and a control group may allow less: its limit, less what its processes
 * use; what it holds of files that nobody has used for a while counts as free, since the kernel drops that first. Version 1 and 2 have
 * other names for the same three figures. A group's ancestors limit it too. A container sees its own group as the root of the file
 * system whatever path /proc/self/cgroup gives, so directories that are not there are passed over, up to the root.
 *
 * Elsewhere what systems call free leaves out what they would give back at once, so only the size of the memory is relied upon.
 */
/** How much memory a device has to offer. */
public final class DeviceMemory {
    private static final Logger log = LoggerFactory.getLogger(DeviceMemory.class);

    private DeviceMemory() {}

    /**
     * Bytes that can be had on a device now.
     *
     * @param device {@code cpu}, or a GPU as {@link ModelGraph#device(String)} gives it
     * @return nothing where that cannot be known
     */
    public static OptionalLong available(String device) {
        return device.equals("cpu") ? host(Path.of("/")) : gpu(Device.fromName(device));
    }

    private static OptionalLong gpu(Device device) {
        try {
            MemoryUsage usage = CudaUtils.getGpuMemory(device);
            return OptionalLong.of(usage.getMax() - usage.getCommitted());
        } catch (IllegalArgumentException | IllegalStateException e) {
            log.debug("cannot tell how much memory {} has", device, e);
            return OptionalLong.empty();
        }
    }

    /** Of the computer itself, whose files begin at a root. */
    static OptionalLong host(Path root) {
        List<Long> limits = new ArrayList<>();
        lines(root.resolve("proc/meminfo"))
                .filter(line -> line.startsWith("MemAvailable:"))
                .findFirst()
                .ifPresent(line -> limits.add(1024 * Long.parseLong(line.replaceAll("[^0-9]", ""))));
        lines(root.resolve("proc/self/cgroup")).forEach(line -> {
            List<String> fields = List.of(line.split(":", 3));
            if (fields.size() == 3 && fields.get(1).isEmpty()) {
                groups(root.resolve("sys/fs/cgroup"), fields.get(2), Names.SECOND, limits);
            } else if (fields.size() == 3 && List.of(fields.get(1).split(",")).contains("memory")) {
                groups(root.resolve("sys/fs/cgroup/memory"), fields.get(2), Names.FIRST, limits);
            }
        });
        if (!limits.isEmpty()) {
            return OptionalLong.of(Collections.min(limits));
        }
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? OptionalLong.of(system.getTotalMemorySize())
                : OptionalLong.empty();
    }

    private static void groups(Path top, String path, Names names, List<Long> limits) {
        Path own = top.resolve(path.substring(Math.min(1, path.length()))).normalize();
        for (Path group = own; group != null && group.startsWith(top); group = group.getParent()) {
            left(group, names).ifPresent(limits::add);
        }
    }

    /** What a group has left, if it has a limit. */
    private static OptionalLong left(Path group, Names names) {
        OptionalLong limit = number(lines(group.resolve(names.limit)));
        OptionalLong used = number(lines(group.resolve(names.used)));
        if (limit.isEmpty() || used.isEmpty()) {
            return OptionalLong.empty();
        }
        OptionalLong idle = number(lines(group.resolve("memory.stat"))
                .filter(line -> line.startsWith(names.idle + " "))
                .map(line -> line.substring(names.idle.length() + 1)));
        return OptionalLong.of(Math.max(0, limit.getAsLong() - used.getAsLong() + idle.orElse(0)));
    }

    /** The first line's number; version 2 has the word max for none. */
    private static OptionalLong number(Stream<String> lines) {
        return lines.limit(1)
                .map(String::strip)
                .filter(line -> line.matches("[0-9]{1,18}"))
                .mapToLong(Long::parseLong)
                .findFirst();
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.isReadable(file) ? Files.readAllLines(file).stream() : Stream.empty();
        } catch (IOException e) {
            log.debug("cannot read {}", file, e);
            return Stream.empty();
        }
    }

    /** What the files and figures of a control group are called. */
    private enum Names {
        FIRST("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        SECOND("memory.max", "memory.current", "inactive_file");

        private final String limit;
        private final String used;
        private final String idle;

        Names(String limit, String used, String idle) {
            this.limit = limit;
            this.used = used;
            this.idle = idle;
        }
    }
}
