package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.gson.Gson;
import dev.hydra.Families;
import dev.hydra.Golden;
import dev.hydra.TinyHeads;
import dev.hydra.TinyLlama;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Opens ten thousand damaged files, and some that somebody made to do damage, and touches every tensor that they seem to
 * have. Each must open or end in a {@link CheckpointException}, in time, and take no more from the heap than
 * {@value #BASELINE} bytes and {@value #BYTES_PER_BYTE} times the size of the files.
 */
class HostileFilesTest {
    private static final long SEED = 20_240_607;
    private static final long BASELINE = 4 << 20;
    /** Objects are larger than what they are read from; most of this is only ever reached by files made for it. */
    private static final long BYTES_PER_BYTE = 48;

    private static final int SECONDS = 10;
    private static final int MEBIBYTE = 1 << 20;
    private static final TinyLlama SMALL = TinyLlama.seeded(1)
            .with(ModelConfig.llama(7, 8, 1, 2).intermediate(6).positions(16).build());

    @TempDir
    Path folder;

    private final ExecutorService executor = Executors.newSingleThreadExecutor();

    @AfterEach
    void stop() {
        executor.shutdownNow();
    }

    @Test
    void safetensorsFiles() throws Exception {
        ByteBuffer numbers = StorageType.FLOAT32.encode(new float[8]);
        new SafetensorsWriter()
                .add("a", StorageType.FLOAT32, List.of(2L, 4L), numbers::duplicate)
                .add("b", StorageType.BFLOAT16, List.of(16L), numbers::duplicate)
                .add("c.weight", StorageType.FLOAT16, List.of(4L, 2L, 2L), numbers::duplicate)
                .write(folder.resolve("x.safetensors"));
        assertWithstands(2_000, "x.safetensors", Mutation.JSON, file -> touch(SafetensorsFile.open(file)));
    }

    @Test
    void torchFiles() throws Exception {
        TorchFileWriter writer = new TorchFileWriter()
                .add("a", StorageType.FLOAT32, List.of(2L, 4L), StorageType.FLOAT32.encode(new float[8]))
                .add("b", StorageType.BFLOAT16, List.of(16L), StorageType.BFLOAT16.encode(new float[16]))
                .addAlias("c.weight", "b")
                .addEntry("byteorder", "little".getBytes(StandardCharsets.UTF_8));
        writer.write(folder.resolve("x.pt"));
        assertWithstands(1_000, "x.pt", Mutation.TORCH, file -> touch(TorchFile.open(file)));
        writer.zip64().write(folder.resolve("y.pt"));
        assertWithstands(1_000, "y.pt", Mutation.TORCH, file -> touch(TorchFile.open(file)));
    }

    // without a zip file around it, so that every damage reaches the reader of pickles
    @Test
    void picklesOfTorch() throws Exception {
        try (ZipFile zip = new ZipFile(
                Golden.headsFolder("base-a-hydrapp").resolve("hydra_lm_head.pt").toFile())) {
            Files.write(
                    folder.resolve("data.pkl"),
                    zip.getInputStream(zip.getEntry("hydra_lm_head/data.pkl")).readAllBytes());
        }
        assertWithstands(
                2_000, "data.pkl", Mutation.TORCH, file -> TorchPickle.read("x.pt", Json.bytes(file, Long.MAX_VALUE)));
    }

    @Test
    void indexes() throws Exception {
        for (String file : List.of("model-1.safetensors", "model-2.safetensors")) {
            Files.copy(SMALL.write(folder).resolve(Checkpoint.FILE), folder.resolve(file));
        }
        Files.delete(folder.resolve(Checkpoint.FILE));
        Map<String, String> shards = new TreeMap<>();
        SMALL.config()
                .tensorShapes()
                .keySet()
                .forEach(name -> shards.put(name, "model-%d.safetensors".formatted(1 + shards.size() % 2)));
        Files.writeString(
                folder.resolve(Checkpoint.FILE + ".index.json"),
                "{\"weight_map\": %s, \"metadata\": {\"note\": \"%s\"}}"
                        .formatted(new Gson().toJson(shards), "of no interest ".repeat(20)));
        assertWithstands(1_000, Checkpoint.FILE + ".index.json", Mutation.JSON, file -> touch(Checkpoint.open(folder)));
    }

    @Test
    void configurationsOfModels() throws Exception {
        SMALL.write(folder);
        assertWithstands(1_000, ModelConfig.FILE, Mutation.JSON, file -> touch(Checkpoint.open(folder)));
    }

    @Test
    void configurationsOfOtherFamilies() throws Exception {
        for (String model : Families.names("models")) {
            Path config = Families.folder().resolve("models").resolve(model).resolve(ModelConfig.FILE);
            Files.write(folder.resolve(ModelConfig.FILE), Files.readAllBytes(config));
            assertWithstands(200, ModelConfig.FILE, Mutation.JSON, file -> ModelConfig.read(folder));
        }
    }

    @Test
    void headsAndTheirConfigurations() throws Exception {
        TinyHeads.seeded(1, SMALL.config(), 2, 2).write(folder);
        assertWithstands(500, HeadsCheckpoint.FILE, Mutation.JSON, file -> touch(HeadsCheckpoint.open(folder)));
        assertWithstands(500, HeadsConfig.FILE, Mutation.JSON, file -> touch(HeadsCheckpoint.open(folder)));
    }

    @Test
    void headsOfTorchAndTheirConfigurations() throws Exception {
        TorchFileWriter writer = new TorchFileWriter();
        HeadsConfig config = new HeadsConfig(HeadsKind.HYDRA_PLUS_PLUS, 2, 2, "tiny");
        try (HeadsCheckpoint heads =
                HeadsCheckpoint.open(TinyHeads.seeded(1, SMALL.config(), config).write(folder))) {
            for (String name : heads.names()) {
                StoredTensor tensor = heads.tensor(name);
                writer.add(name, tensor.type(), tensor.shape(), tensor.bytes());
            }
        }
        Files.delete(folder.resolve(HeadsCheckpoint.FILE));
        writer.write(folder.resolve("hydra_lm_head.pt"));
        assertWithstands(500, "hydra_lm_head.pt", Mutation.TORCH, file -> touch(HeadsCheckpoint.open(folder)));
        assertWithstands(500, HeadsConfig.FILE, Mutation.JSON, file -> touch(HeadsCheckpoint.open(folder)));
    }

    static Stream<Named<byte[]>> picklesMadeToDoDamage() {
        String nested = "}q\0" + "}q\1X\1\0\0\0ah\0sX\1\0\0\0bh\0sq\0".repeat(200);
        return Stream.of(
                pickle("dicts", "}"),
                pickle("dicts beside something small", "}NN"),
                pickle("marks", "("),
                pickle("tuples in tuples", "N", "\u0085"),
                pickle("tuples beside something small", "NN\u0085"),
                pickle("tuples of marks", "(Nt"),
                pickle("memos", "NN\u0094"),
                pickle("memos at the ends", "Nr\u00ff\u00ff\u00ff\u00ffr\u00fe\u00ff\u00ff\u007f"),
                pickle("short texts", "\u008c\1a"),
                pickle("empty texts", "X\0\0\0\0"),
                pickle("texts of one kilobyte", "X\0\4\0\0" + "x".repeat(1024)),
                pickle("small numbers", "K\u00ff"),
                pickle("numbers", "M\u00ff\u00ff"),
                pickle("long numbers", "\u008a\t\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\1"),
                pickle("longer numbers", "\u008a\u00ff" + "\u007f".repeat(255)),
                pickle("fractions", "G" + "a".repeat(8)),
                pickle("names", "ctorch\nFloatStorage\n"),
                pickle("calls", "ccollections\nOrderedDict\nq\0", "h\0)R"),
                pickle("a tensor of a million dimensions", "(" + "K\1".repeat(MEBIBYTE) + "tq\0", "N"),
                pickle("a list that grows", "]q\0", "(K\1e"),
                pickle("dicts that hold themselves", "}q\0", "X\1\0\0\0ah\0s"),
                pickle("dicts in dicts", nested, "N"),
                pickle("keys that collide", colliding(), "h\1Ns"),
                pickle("a decimal number", "L" + "9".repeat(MEBIBYTE) + "L\n", "N"));
    }

    @ParameterizedTest
    @MethodSource("picklesMadeToDoDamage")
    void withstandsPicklesMadeToDoDamage(byte[] pickle) throws Exception {
        Path file = new TorchFileWriter().pickle(pickle).write(folder.resolve("x.pt"));
        assertWithstands("as it is", () -> touch(TorchFile.open(file)));
    }

    @Test
    void refusesPicklesThatAreNothingButObjects() throws IOException {
        Path file = new TorchFileWriter()
                .pickle("}".repeat(MEBIBYTE).getBytes(StandardCharsets.US_ASCII))
                .write(folder.resolve("x.pt"));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TorchFile.open(file))
                .withMessage("x.pt: its pickle makes an object of every 3 bytes; expected the state dict of a model");
    }

    @Test
    void refusesPicklesOfMoreThanEightMebibytes() throws Exception {
        Path file =
                new TorchFileWriter().pickle(new byte[TorchPickle.LARGEST + 1]).write(folder.resolve("x.pt"));
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TorchFile.open(file))
                .withMessage("x.pt: entry 'archive/data.pkl' has 8388609 bytes; expected at most 8388608");
    }

    @Test
    void withstandsZipDirectoriesMadeToDoDamage() throws Exception {
        TorchFileWriter writer = new TorchFileWriter();
        for (int entry = 0; entry < 60_000; entry++) {
            writer.addEntry(String.valueOf(entry), new byte[0]);
        }
        Path file = writer.write(folder.resolve("x.pt"));
        assertWithstands("sixty thousand entries", () -> touch(TorchFile.open(file)));
    }

    static Stream<Named<String>> jsonMadeToDoDamage() {
        return Stream.of(
                Named.of("lists", "{\"metadata\":[" + "[],".repeat(300_000) + "0]}"),
                Named.of("objects", "{\"metadata\":[" + "{},".repeat(300_000) + "0]}"),
                Named.of("objects with a name", "{\"metadata\":[" + "{\"\":0},".repeat(140_000) + "0]}"),
                Named.of("numbers", "{\"metadata\":[" + "0,".repeat(500_000) + "0]}"),
                Named.of("a number", "{\"hidden_size\":" + "9".repeat(1_000_000) + "}"),
                Named.of("a text", "{\"model_type\":\"" + "x".repeat(1_000_000) + "\"}"),
                Named.of("lists in lists", "[".repeat(1_000_000)),
                Named.of("lists in an object", "{\"metadata\":" + "[".repeat(1_000_000)),
                Named.of("objects in objects", "{\"\":".repeat(200_000)));
    }

    @ParameterizedTest
    @MethodSource("jsonMadeToDoDamage")
    void withstandsJsonMadeToDoDamage(String json) throws Exception {
        byte[] utf8 = json.getBytes(StandardCharsets.UTF_8);
        SMALL.write(folder);
        Files.write(folder.resolve(ModelConfig.FILE), utf8);
        assertWithstands("as a configuration", () -> touch(Checkpoint.open(folder)));
        SMALL.config().write(folder);
        Files.delete(folder.resolve(Checkpoint.FILE));
        Files.write(folder.resolve(Checkpoint.FILE + ".index.json"), utf8);
        assertWithstands("as an index", () -> touch(Checkpoint.open(folder)));
        Files.write(
                folder.resolve(Checkpoint.FILE),
                ByteBuffer.allocate(Long.BYTES + utf8.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(utf8.length)
                        .put(utf8)
                        .array());
        assertWithstands("as a header", () -> touch(Checkpoint.open(folder)));
    }

    @Test
    void withstandsHeadersOfManyTensors() throws Exception {
        String entry = ",\"%d\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
        String header = IntStream.range(0, 50_000).mapToObj(entry::formatted).collect(Collectors.joining());
        byte[] utf8 = ("{\"__metadata__\":{}" + header + "}").getBytes(StandardCharsets.UTF_8);
        Path file = Files.write(
                folder.resolve("x.safetensors"),
                ByteBuffer.allocate(Long.BYTES + utf8.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(utf8.length)
                        .put(utf8)
                        .array());
        assertWithstands("fifty thousand tensors", () -> touch(SafetensorsFile.open(file)));
    }

    private static Named<byte[]> pickle(String name, String repeated) {
        return pickle(name, "", repeated);
    }

    private static Named<byte[]> pickle(String name, String begin, String repeated) {
        int times = (2 * MEBIBYTE - begin.length()) / repeated.length();
        return Named.of(
                name, ("\u0080\4" + begin + repeated.repeat(Math.max(0, times))).getBytes(StandardCharsets.ISO_8859_1));
    }

    // texts of one kilobyte with the same hash: "Aa" and "BB" have
    private static String colliding() {
        StringBuilder pickle = new StringBuilder("}");
        for (int number = 0; number < 1024; number++) {
            String text = String.format("%10s", Integer.toBinaryString(number))
                    .replace(' ', '0')
                    .replace("0", "Aa")
                    .replace("1", "BB");
            pickle.append("X\0\4\0\0").append("x".repeat(1004)).append(text).append("q\1Ns");
        }
        return pickle.toString();
    }

    private void assertWithstands(int mutations, String name, List<byte[]> words, Consumer<Path> open)
            throws Exception {
        Path file = folder.resolve(name);
        byte[] original = Files.readAllBytes(file);
        open.accept(file);
        int opened = 0;
        for (int mutation = 0; mutation < mutations; mutation++) {
            Files.write(file, new Mutation(SEED + mutation, words).of(original));
            if (assertWithstands("seed " + (SEED + mutation), () -> open.accept(file))) {
                opened++;
            }
        }
        Files.write(file, original);
        // damage that is always noticed, or never, would test nothing
        assertThat(opened).as("files that could be opened nevertheless").isBetween(1, mutations - 1);
    }

    private boolean assertWithstands(String name, Runnable open) throws Exception {
        long limit = BASELINE + BYTES_PER_BYTE * size();
        Future<Boolean> attempt = executor.submit(() -> {
            long before = Allocation.soFar();
            boolean opened = attempt(open);
            long allocated = Allocation.soFar() - before;
            assertThat(allocated).as("%s: bytes taken from the heap", name).isLessThan(limit);
            return opened;
        });
        try {
            return attempt.get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("%s: takes longer than %d s".formatted(name, SECONDS), e);
        } catch (ExecutionException e) {
            throw new AssertionError("%s: %s".formatted(name, e.getCause()), e);
        }
    }

    private static boolean attempt(Runnable open) {
        try {
            open.run();
            return true;
        } catch (CheckpointException e) {
            return false;
        }
    }

    private long size() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum();
        }
    }

    private static void touch(TensorFile file) {
        try (file) {
            file.tensors().keySet().forEach(name -> touch(name, file::tensor));
        }
    }

    private static void touch(Checkpoint checkpoint) {
        try (checkpoint) {
            checkpoint.names().forEach(name -> touch(name, checkpoint::tensor));
        }
    }

    private static void touch(HeadsCheckpoint checkpoint) {
        try (checkpoint) {
            for (int head = 0; head < checkpoint.config().heads(); head++) {
                checkpoint.head(head);
            }
            checkpoint.names().forEach(name -> touch(name, checkpoint::tensor));
        }
    }

    private static void touch(String name, Function<String, StoredTensor> tensors) {
        try {
            ByteBuffer bytes = tensors.apply(name).bytes();
            while (bytes.hasRemaining()) {
                bytes.get();
            }
        } catch (CheckpointException e) {
            // a tensor of another type can be listed, but not read
            assertThat(e).hasMessageContaining("expected F32, F16 or BF16");
        }
    }
}
