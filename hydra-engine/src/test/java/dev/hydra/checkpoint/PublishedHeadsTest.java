package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Files of the names, shapes and sizes of the authors' Hydra++ heads for Vicuna, with holes for numbers. Those of 33B lie
 * beyond four gigabytes, which a zip file can say in its 64-bit records only.
 */
class PublishedHeadsTest {
    private static final long VOCABULARY = 32_000;
    private static final long HEAD_WIDTH = 128;
    private static final int HEADS = 4;
    private static final long PROBE_BYTES = 1L << 30;
    private static final long LARGEST_ALLOCATION = 8L << 20;
    private static final Duration LONGEST = Duration.ofSeconds(2);
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final double ROUNDED = 0.0005;

    @TempDir
    Path folder;

    @BeforeEach
    void needsHoles() throws IOException {
        long before = Files.getFileStore(folder).getUsableSpace();
        Path probe = folder.resolve("probe");
        try (SeekableByteChannel channel = Files.newByteChannel(
                probe, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE)) {
            channel.position(PROBE_BYTES).write(ByteBuffer.allocate(1));
        }
        long taken = before - Files.getFileStore(folder).getUsableSpace();
        Files.delete(probe);
        assumeThat(taken)
                .as("bytes taken by a hole of %d: this disk does not support sparse files", PROBE_BYTES)
                .isLessThan(PROBE_BYTES / 2);
    }

    @ParameterizedTest
    @CsvSource({"7B, 4096, 11008, 3.052", "13B, 5120, 13824, 4.279", "33B, 6656, 17920, 6.462"})
    void opensFilesOfThePublishedSizesAtTheCostOfTheirNames(
            String model, long width, long intermediate, double gigabytes) throws IOException {
        TorchFileWriter writer = heads(width, intermediate);
        assertThat(writer.storedBytes() / 1e9).isCloseTo(gigabytes, within(ROUNDED));
        Path file = writer.write(folder.resolve("hydra_lm_head.pt"));

        Duration begin = worked();
        long before = Allocation.soFar();
        try (TorchFile torch = TorchFile.open(file)) {
            assertThat(Allocation.soFar() - before).as(model).isLessThan(LARGEST_ALLOCATION);
            assertThat(worked().minus(begin)).as(model).isLessThan(LONGEST);
            assertThat(distinctBytes(torch)).isEqualTo(writer.storedBytes());
            for (String name : torch.tensors().keySet()) {
                ByteBuffer bytes = torch.tensor(name).bytes();
                assertThat((long) bytes.remaining())
                        .as(name)
                        .isEqualTo(torch.info(name).bytes());
                assertThat(bytes.get(bytes.limit() - 1)).as(name).isZero();
            }
            assertThat(Allocation.soFar() - before).as(model).isLessThan(LARGEST_ALLOCATION);
            assertThat(torch.tensor("hydra_mlp.3.7.linear.weight").shape()).containsExactly(width, width);
            assertThat(torch.info("hydra_mlp.3.7.linear.weight").isAliasOf(torch.info("hydra_mlp.3.3.linear.weight")))
                    .isTrue();
        }
        opensAsHeadsAtTheCostOfTheirNames(model, width, intermediate);
    }

    /** What this thread has worked, which a busy machine does not lengthen. */
    private static Duration worked() {
        return Duration.ofNanos(THREADS.getCurrentThreadCpuTime());
    }

    private void opensAsHeadsAtTheCostOfTheirNames(String model, long width, long intermediate) throws IOException {
        // the trap of some published configurations: counts that are not those of the file
        new HeadsConfig(HeadsKind.HYDRA_PLUS_PLUS, 2, 4, "vicuna").write(folder);
        Duration begin = worked();
        long before = Allocation.soFar();
        try (HeadsCheckpoint heads = HeadsCheckpoint.open(folder)) {
            assertThat(Allocation.soFar() - before).as(model).isLessThan(LARGEST_ALLOCATION);
            assertThat(worked().minus(begin)).as(model).isLessThan(LONGEST);
            assertThat(heads.config()).isEqualTo(new HeadsConfig(HeadsKind.HYDRA_PLUS_PLUS, HEADS, 4, "vicuna"));
            ModelConfig vicuna = ModelConfig.llama((int) VOCABULARY, (int) width, 32, (int) (width / HEAD_WIDTH))
                    .intermediate((int) intermediate)
                    .build();
            heads.requireFits(vicuna);
            assertThat(heads.head(3).scores().get(0).shape()).containsExactly(VOCABULARY, width);
            assertThat(Allocation.soFar() - before).as(model).isLessThan(LARGEST_ALLOCATION);
        }
    }

    @Test
    void wouldBeLargerIfEveryBlockHadItsOwnWeights() throws IOException {
        // so the published sizes, 4.28 and 6.46 GB, show that blocks are tied
        long width = 5120;
        long block = 2 * (width * width + width);
        long untied = heads(width, 13_824).storedBytes() + HEADS * 2 * block;
        assertThat(untied / 1e9).isCloseTo(4.70, within(10 * ROUNDED));
    }

    @Test
    void readsWhatLiesBeyondFourGigabytes() throws IOException {
        Path file = heads(6656, 17_920)
                .add("last", StorageType.FLOAT16, List.of(2L), StorageType.FLOAT16.encode(new float[] {3, 4}))
                .write(folder.resolve("hydra_lm_head.pt"));
        try (TorchFile torch = TorchFile.open(file)) {
            assertThat(torch.info("last").offset()).isGreaterThan(6_000_000_000L);
            assertThat(torch.tensor("last").floats()).containsExactly(3, 4);
        }
    }

    private static long distinctBytes(TorchFile torch) {
        Map<Long, Long> lengths = torch.tensors().values().stream()
                .collect(Collectors.toMap(TensorInfo::offset, TensorInfo::bytes, (one, same) -> one));
        assertThat(new TreeSet<>(lengths.keySet()))
                .hasSizeLessThan(torch.tensors().size());
        return lengths.values().stream().mapToLong(Long::longValue).sum();
    }

    // (V, H), with four blocks per head of which the last three are one
    private static TorchFileWriter heads(long width, long intermediate) {
        TorchFileWriter writer = new TorchFileWriter().root("hydra_lm_head");
        String prefix = "prefix_embeding_layer.";
        String layer = prefix + "layers.0.";
        add(writer, prefix + "embed_tokens.weight", VOCABULARY, width);
        for (String projection : List.of("q_proj", "k_proj", "v_proj", "o_proj")) {
            add(writer, layer + "self_attn." + projection + ".weight", width, width);
        }
        add(writer, layer + "self_attn.rotary_emb.inv_freq", HEAD_WIDTH / 2);
        add(writer, layer + "mlp.gate_proj.weight", intermediate, width);
        add(writer, layer + "mlp.up_proj.weight", intermediate, width);
        add(writer, layer + "mlp.down_proj.weight", width, intermediate);
        add(writer, layer + "input_layernorm.weight", width);
        add(writer, layer + "post_attention_layernorm.weight", width);
        add(writer, prefix + "norm.weight", width);
        add(writer, "input_embed_fn.weight", VOCABULARY, width);
        for (int head = 0; head < HEADS; head++) {
            String blocks = "hydra_mlp.%d.".formatted(head);
            addLinear(writer, blocks + "1.linear", width, (head + 2) * width);
            addLinear(writer, blocks + "1.res_connection", width, (head + 2) * width);
            addLinear(writer, blocks + "3.linear", width, width);
            for (int slot = 5; slot <= 7; slot += 2) {
                for (String part : List.of(".linear.weight", ".linear.bias")) {
                    writer.addAlias(blocks + slot + part, blocks + 3 + part);
                }
            }
            addLinear(writer, "hydra_lm_head.%d.1".formatted(head), VOCABULARY, width);
        }
        return writer;
    }

    private static void addLinear(TorchFileWriter writer, String name, long rows, long columns) {
        add(writer, name + ".weight", rows, columns);
        add(writer, name + ".bias", rows);
    }

    private static void add(TorchFileWriter writer, String name, long... shape) {
        writer.addHole(name, StorageType.BFLOAT16, TensorTable.shape(shape));
    }
}
