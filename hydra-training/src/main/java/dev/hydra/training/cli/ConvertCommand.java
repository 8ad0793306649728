package dev.hydra.training.cli;

import dev.hydra.checkpoint.Checkpoint;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsWriter;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.hub.HubLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Writes draft heads in another format. */
@Command(
        name = "convert",
        versionProvider = BuildVersion.class,
        mixinStandardHelpOptions = true,
        description = {
            "Writes draft heads in another file format.",
            "Reads heads in the layout of Hydra's authors or of Medusa's, .safetensors or .pt, and writes config.json, the"
                    + " tensors and, where there is one, tree.json. Blocks that share their weights are written once in"
                    + " safetensors, and under every name in .pt."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  hydra convert hydra-vicuna-7b-v1.3 heads",
            "  hydra convert heads authors --to torch --data-type float16 --base vicuna-7b-v1.3",
            "  hydra convert medusa-vicuna-7b-v1.3 heads --names authors"
        })
final class ConvertCommand implements Callable<Integer> {
    private static final String TREE = "tree.json";
    /** What a folder of heads may hold, all of which is replaced together. */
    private static final List<String> FILES = List.of(
            HeadsConfig.FILE,
            TREE,
            "hydra_lm_head.safetensors",
            "hydra_lm_head.pt",
            "medusa_lm_head.safetensors",
            "medusa_lm_head.pt");

    @Mixin
    private final ReportOptions report = new ReportOptions();

    @Mixin
    private final LocationOptions locations = new LocationOptions();

    @Parameters(index = "0", paramLabel = LocationOptions.LABEL, description = "the heads")
    private String location = "";

    @Parameters(index = "1", paramLabel = "OUT", description = "folder to write, new or empty")
    private Path out = Path.of("");

    @Option(
            names = "--to",
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
            defaultValue = "safetensors")
    private Format to = Format.SAFETENSORS;

    @Option(
            names = "--data-type",
            paramLabel = "TYPE",
            description = "round all numbers to float32, float16 or bfloat16 (default: as they are)")
    private @Nullable StorageType dataType;

    @Option(
            names = "--names",
            paramLabel = "WHOSE",
            description =
                    "what tensors are called, by Hydra's authors or by Medusa's: ${COMPLETION-CANDIDATES} (default:"
                            + " ${DEFAULT-VALUE})",
            defaultValue = "authors")
    private Names names = Names.AUTHORS;

    @Option(
            names = "--base",
            paramLabel = "FOLDER",
            description = "base model, whose embedding table is then written too, as the authors' files have it")
    private @Nullable String base;

    @Option(names = "--force", description = "replace heads that are in OUT already; other files stay")
    private boolean force;

    /** How tensors are stored. */
    enum Format {
        SAFETENSORS,
        TORCH;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whose names tensors have. */
    enum Names {
        AUTHORS,
        MEDUSA;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What was written, for programs. */
    private record Written(String folder, List<String> files, long bytes) {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        requireRoom();
        Path in = locations.heads(location, report.console());
        Path target = out.toAbsolutePath().normalize();
        Path part = target.resolveSibling(".%s.part%d"
                .formatted(target.getFileName(), ProcessHandle.current().pid()));
        Files.createDirectories(part);
        try {
            try (HeadsCheckpoint heads = HeadsCheckpoint.open(in)) {
                report.console().say("reading %s from %s".formatted(heads.file(), in));
                write(heads, part);
            }
            if (Files.exists(in.resolve(TREE))) {
                Files.copy(in.resolve(TREE), part.resolve(TREE));
            }
            List<Path> files = list(part);
            long bytes = 0;
            for (Path file : files) {
                bytes += Files.size(file);
            }
            move(part, files);
            List<String> written =
                    files.stream().map(file -> file.getFileName().toString()).toList();
            Written result = new Written(out.toString(), written, bytes);
            report.print(
                    result,
                    () -> "wrote %s to %s, %s"
                            .formatted(String.join(", ", written), out, Amount.bytes(result.bytes())));
            return ExitCode.DONE;
        } finally {
            if (Files.exists(part)) {
                for (Path file : list(part)) {
                    Files.delete(file);
                }
                Files.delete(part);
            }
        }
    }

    private void requireRoom() throws IOException {
        if (!HubLocation.isHub(location)
                && Files.isDirectory(Path.of(location))
                && Files.exists(out)
                && Files.isSameFile(Path.of(location), out)) {
            throw new IllegalArgumentException("%s: is both read and written; expected two folders".formatted(out));
        }
        if (Files.exists(out) && !Files.isDirectory(out)) {
            throw new IllegalArgumentException("%s: is a file; expected a folder, new or empty".formatted(out));
        }
        if (!force && Files.exists(out) && !list(out).isEmpty()) {
            throw new IllegalArgumentException(
                    "%s: is not empty; expected a new or empty folder: choose another, or replace what is there with --force"
                            .formatted(out));
        }
    }

    private void write(HeadsCheckpoint heads, Path folder) throws IOException, InterruptedException {
        HeadsWriter writer =
                names == Names.AUTHORS ? HeadsWriter.underAuthorsNames(heads) : HeadsWriter.underMedusasNames(heads);
        if (dataType != null) {
            writer.as(dataType);
        }
        if (base == null) {
            write(writer, folder);
            return;
        }
        try (Checkpoint model = Checkpoint.open(locations.model(base, report.console()))) {
            heads.requireFits(model.config());
            write(writer.completedBy(model), folder);
        }
    }

    private void write(HeadsWriter writer, Path folder) throws IOException {
        switch (to) {
            case SAFETENSORS -> writer.writeSafetensors(folder);
            case TORCH -> writer.writeTorch(folder);
        }
    }

    /** Moves the files to where they belong: as one folder where there is none yet, else one by one. */
    private void move(Path part, List<Path> files) throws IOException {
        if (!Files.exists(out) || list(out).isEmpty()) {
            Files.deleteIfExists(out);
            Files.move(part, out);
            return;
        }
        for (String stale : FILES) {
            Files.deleteIfExists(out.resolve(stale));
        }
        for (Path file : files) {
            Files.move(file, out.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** The entries of a folder, by name. */
    private static List<Path> list(Path folder) throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }
}
