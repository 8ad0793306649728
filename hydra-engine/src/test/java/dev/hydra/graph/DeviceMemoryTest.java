package dev.hydra.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceMemoryTest {
    private static final long MEBIBYTE = 1 << 20;

    @TempDir
    Path root;

    @Test
    void knowsSomethingOfThisComputer() {
        assertThat(DeviceMemory.available("cpu").orElseThrow()).isPositive();
    }

    @Test
    void readsWhatLinuxHasAvailable() throws IOException {
        put("proc/meminfo", "MemTotal:       16000 kB\nMemFree:         1000 kB\nMemAvailable:    9000 kB\n");
        put("proc/self/cgroup", "0::/\n");
        assertThat(DeviceMemory.host(root)).isEqualTo(OptionalLong.of(9000 * 1024));
    }

    @Test
    void takesTheSizeWhereNothingElseIsKnown() {
        assertThat(DeviceMemory.host(root).orElseThrow()).isGreaterThan(256 * MEBIBYTE);
    }

    @Test
    void countsWhatAGroupOfVersionTwoHasLeft() throws IOException {
        available(1000);
        put("proc/self/cgroup", "0::/system/app\n");
        group("sys/fs/cgroup/system/app", "max", 300);
        group("sys/fs/cgroup/system", String.valueOf(500 * MEBIBYTE), 400);
        // 500 - 400, and 50 that only hold files
        assertThat(DeviceMemory.host(root)).isEqualTo(OptionalLong.of(150 * MEBIBYTE));
    }

    @Test
    void findsTheContainersOwnGroupAtTheRoot() throws IOException {
        available(1000);
        put("proc/self/cgroup", "0::/docker/8f3a\n");
        group("sys/fs/cgroup", String.valueOf(256 * MEBIBYTE), 100);
        assertThat(DeviceMemory.host(root)).isEqualTo(OptionalLong.of(206 * MEBIBYTE));
    }

    @Test
    void countsWhatAGroupOfVersionOneHasLeft() throws IOException {
        available(1000);
        put("proc/self/cgroup", "5:cpu,cpuacct:/app\n4:memory:/app\n0::/\n");
        put("sys/fs/cgroup/memory/app/memory.limit_in_bytes", 200 * MEBIBYTE + "\n");
        put("sys/fs/cgroup/memory/app/memory.usage_in_bytes", 120 * MEBIBYTE + "\n");
        put("sys/fs/cgroup/memory/app/memory.stat", "inactive_file 1\ntotal_inactive_file " + 20 * MEBIBYTE + "\n");
        put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        put("sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
        assertThat(DeviceMemory.host(root)).isEqualTo(OptionalLong.of(100 * MEBIBYTE));
    }

    @Test
    void takesTheComputersFigureWhereAGroupAllowsMore() throws IOException {
        available(100);
        put("proc/self/cgroup", "0::/\n");
        group("sys/fs/cgroup", String.valueOf(4000 * MEBIBYTE), 100);
        assertThat(DeviceMemory.host(root)).isEqualTo(OptionalLong.of(100 * MEBIBYTE));
    }

    private void available(long mebibytes) throws IOException {
        put("proc/meminfo", "MemAvailable:  %d kB\n".formatted(mebibytes * 1024));
    }

    private void group(String folder, String limit, long used) throws IOException {
        put(folder + "/memory.max", limit + "\n");
        put(folder + "/memory.current", used * MEBIBYTE + "\n");
        put(folder + "/memory.stat", "anon 17\ninactive_file %d\n".formatted(50 * MEBIBYTE));
    }

    private void put(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }
}
