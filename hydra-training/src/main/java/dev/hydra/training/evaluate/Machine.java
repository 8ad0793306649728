package dev.hydra.training.evaluate;

import dev.hydra.Hydra;
import dev.hydra.graph.ModelGraph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.List;
import java.util.Optional;

/**
 * What a number was measured on, without which it is a rumour.
 *
 * @param version    of Hydra: the release, or the commit of a working copy, with a {@code +} where files were changed since; else
 *                   {@code unknown}
 * @param processor  its name
 * @param processors that the JVM sees
 * @param threads    that one operation of the graph uses
 * @param waiting    {@code OMP_WAIT_POLICY}, which says how these threads wait for one another
 * @param system     operating system and architecture
 * @param java       version of the JVM
 */
public record Machine(
        String version, String processor, int processors, int threads, String waiting, String system, String java) {

    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    /** This machine; loads libtorch to ask for its threads. */
    public static Machine read() {
        return new Machine(
                readVersion(),
                readProcessor(),
                Runtime.getRuntime().availableProcessors(),
                ModelGraph.threads(),
                Optional.ofNullable(System.getenv("OMP_WAIT_POLICY")).orElse("default"),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"),
                System.getProperty("java.version"));
    }

    private static String readVersion() {
        String release = Hydra.class.getPackage().getImplementationVersion();
        return release == null ? commit().orElse("unknown") : release;
    }

    /** Of the working copy that the classes were compiled in; a jar says nothing of where it came from. */
    private static Optional<String> commit() {
        CodeSource source = Machine.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            return Optional.empty();
        }
        Path classes;
        try {
            classes = Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            return Optional.empty();
        }
        if (!Files.isDirectory(classes)) {
            return Optional.empty();
        }
        boolean changed = output(List.of("git", "-C", classes.toString(), "status", "--porcelain"))
                .filter(text -> !text.isEmpty())
                .isPresent();
        return output(List.of("git", "-C", classes.toString(), "rev-parse", "HEAD"))
                .map(head -> changed ? head + "+" : head);
    }

    private static String readProcessor() {
        try {
            if (Files.isReadable(CPU_INFO)) {
                Optional<String> name = Files.readAllLines(CPU_INFO).stream()
                        .filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 1).strip())
                        .findFirst();
                if (name.isPresent()) {
                    return name.get();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return output(List.of("sysctl", "-n", "machdep.cpu.brand_string"))
                .or(() -> Optional.ofNullable(System.getenv("PROCESSOR_IDENTIFIER")))
                .orElse("unknown");
    }

    /** What a command prints; empty if it is not there or fails. */
    private static Optional<String> output(List<String> command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? Optional.of(text) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }
}
