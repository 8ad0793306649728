package dev.hydra.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hydra.Golden;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchFileTest {
    private static final float[] NUMBERS = {1, -2, 0.5f, 4, 5, 6};

    @TempDir
    Path folder;

    static List<String> golden() {
        return Golden.heads();
    }

    @ParameterizedTest
    @MethodSource("golden")
    void readsTheBytesOfTheSafetensorsTwin(String heads) {
        Path golden = Golden.headsFolder(heads);
        try (TorchFile torch = TorchFile.open(golden.resolve("hydra_lm_head.pt"));
                SafetensorsFile safetensors = SafetensorsFile.open(golden.resolve("hydra_lm_head.safetensors"))) {
            assertThat(torch.tensors().keySet())
                    .containsExactlyInAnyOrderElementsOf(safetensors.tensors().keySet());
            for (String name : torch.tensors().keySet()) {
                assertThat(torch.tensor(name)).as(name).isEqualTo(safetensors.tensor(name));
            }
        }
    }

    @Test
    void tellsWhichTensorsShareTheirBytes() {
        try (TorchFile torch =
                TorchFile.open(Golden.headsFolder("base-a-hydrapp").resolve("hydra_lm_head.pt"))) {
            TensorInfo shared = torch.info("hydra_mlp.0.3.linear.weight");
            assertThat(torch.info("hydra_mlp.0.5.linear.weight").isAliasOf(shared))
                    .isTrue();
            assertThat(torch.info("hydra_mlp.0.7.linear.weight").isAliasOf(shared))
                    .isTrue();
            assertThat(torch.info("hydra_mlp.1.3.linear.weight").isAliasOf(shared))
                    .isFalse();
            assertThat(torch.info("hydra_mlp.0.3.linear.bias").isAliasOf(shared))
                    .isFalse();
            try (TensorTable table = TensorTable.of(torch)) {
                assertThat(table.areAliases("hydra_mlp.0.3.linear.bias", "hydra_mlp.0.7.linear.bias"))
                        .isTrue();
                assertThat(table.areAliases("hydra_mlp.0.3.linear.bias", "hydra_mlp.1.7.linear.bias"))
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(StorageType.class)
    void readsEveryStorageInBothKindsOfZipFile(StorageType type) throws IOException {
        for (UnaryOperator<TorchFileWriter> kind :
                List.<UnaryOperator<TorchFileWriter>>of(UnaryOperator.identity(), TorchFileWriter::zip64)) {
            Path file = kind.apply(new TorchFileWriter()
                            .add("a", type, List.of(2L, 3L), type.encode(NUMBERS))
                            .addAlias("b", "a")
                            .add("one", type, List.of(), type.encode(new float[] {7}))
                            .add("none", type, List.of(0L, 5L), ByteBuffer.allocate(0)))
                    .write(folder.resolve("x.pt"));
            ByteBuffer kept;
            try (TorchFile torch = TorchFile.open(file)) {
                assertThat(torch.name()).isEqualTo("x.pt");
                assertThat(torch.tensors().keySet()).containsExactly("a", "b", "one", "none");
                assertThat(torch.info("b").isAliasOf(torch.info("a"))).isTrue();
                assertThat(torch.tensor("one").floats()).containsExactly(7);
                assertThat(torch.tensor("none").floats()).isEmpty();
                StoredTensor tensor = torch.tensor("a");
                assertThat(tensor.type()).isEqualTo(type);
                assertThat(tensor.floats()).isEqualTo(NUMBERS);
                assertThat(tensor.shape()).containsExactly(2L, 3L);
                kept = tensor.bytes();
            }
            assertThat(type.decode(kept)).isEqualTo(NUMBERS);
            assertThat(kept.isDirect()).isTrue();
            assertThat(kept.isReadOnly()).isTrue();
            assertThat(kept.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
        }
    }

    // the tests' own writer and the reader could be wrong in the same way
    @Test
    void agreesWithAnotherReaderOfZipFilesOnWhatTestsWrite() throws IOException {
        for (TorchFileWriter writer : List.of(writer(), writer().zip64())) {
            Path file = writer.write(folder.resolve("x.pt"));
            try (ZipFile zip = new ZipFile(file.toFile());
                    TorchFile torch = TorchFile.open(file)) {
                assertThat(zip.stream().map(ZipEntry::getName))
                        .containsExactly("archive/data.pkl", "archive/data/0", "archive/version");
                assertThat(zip.getInputStream(zip.getEntry("archive/data/0")).readAllBytes())
                        .isEqualTo(StorageType.FLOAT32
                                .encode(torch.tensor("x").floats())
                                .array());
            }
        }
    }

    @Test
    void readsTensorsThatLookAtAPartOfAStorage() throws IOException {
        try (TorchFile torch = TorchFile.open(write(tensor("Float", 6, 2, List.of(1L, 2L), List.of(9L, 1L))))) {
            assertThat(torch.tensor("x").floats()).containsExactly(0.5f, 4);
            assertThat(torch.tensor("x").shape()).containsExactly(1L, 2L);
        }
    }

    @Test
    void readsParametersAndDictsThatAreNotOrdered() throws IOException {
        PickleWriter pickle = new PickleWriter().code('}').text("x").global("torch._utils", "_rebuild_parameter");
        rebuilt(pickle.code('('), "Float", 6, 0, List.of(6L), List.of(1L))
                .code(0x88)
                .code('}')
                .code('t');
        try (TorchFile torch = TorchFile.open(write(pickle.code('R').code('s').code('.')))) {
            assertThat(torch.tensor("x").floats()).isEqualTo(NUMBERS);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Long, I64, 3",
        "Double, F64, 3",
        "Int, I32, 6",
        "Short, I16, 12",
        "Byte, U8, 24",
        "Char, I8, 24",
        "Bool, BOOL, 24",
        "ComplexFloat, C64, 3",
        "QInt32, QI32, 6"
    })
    void refusesOtherNumberTypesOnlyWhenAskedForThem(String storage, String label, long numbers) throws IOException {
        try (TorchFile torch = TorchFile.open(write(tensor(storage, numbers, 0, List.of(numbers), List.of(1L))))) {
            assertThat(torch.info("x").type()).isEqualTo(label);
            assertThat(torch.info("x").bytes()).isEqualTo(24);
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> torch.tensor("x"))
                    .withMessage("x.pt: tensor 'x' is of type %s; expected F32, F16 or BF16", label);
        }
    }

    @Test
    void listsQuantisedTensors() throws IOException {
        PickleWriter pickle = new PickleWriter()
                .code('}')
                .text("x")
                .global("torch._utils", "_rebuild_qtensor")
                .code('(');
        pickle.storage("QInt8", "0", 24).number(0).tuple(List.of(24L)).tuple(List.of(1L));
        pickle.code('(')
                .global("torch", "per_tensor_affine")
                .code('G')
                .raw("?\0\0\0\0\0\0\0")
                .number(0)
                .code('t');
        pickle.code(0x89).code('}').code('t').code('R').code('s').code('.');
        try (TorchFile torch = TorchFile.open(write(pickle))) {
            assertThat(torch.info("x").type()).isEqualTo("QI8");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "6 | 0 | 2, 3 | 1, 2 | tensor 'x' is not row-major: its shape (2, 3) has the strides (1, 2); call contiguous() before saving",
                "6 | 0 | 2, 3 | 0, 1 | tensor 'x' is not row-major: its shape (2, 3) has the strides (0, 1); call contiguous() before saving",
                "6 | 0 | 2, 3 | 1    | tensor 'x' has the shape (2, 3) and the strides (1); expected as many, and no negative size",
                "6 | 0 | -2   | 1    | tensor 'x' has the shape (-2) and the strides (1); expected as many, and no negative size",
                "6 | 1 | 6    | 1    | tensor 'x' has 6 numbers from number 1 of storage '0'; it has only 6: the file is damaged",
                "6 | -1 | 6   | 1    | tensor 'x' has 6 numbers from number -1 of storage '0'; it has only 6: the file is damaged",
                "6 | 9223372036854775807 | 1 | 1 | tensor 'x' has 1 numbers from number 9223372036854775807 of storage '0'; it has only 6: the file is damaged",
                "6 | 0 | 4611686018427387904, 4 | 4, 1 | tensor 'x' has 9223372036854775807 numbers from number 0 of storage '0'; it has only 6: the file is damaged",
                "7 | 0 | 6    | 1    | tensor 'x' is in storage '0' of 7 numbers of type F32; the file has only 24 bytes of it: copy it again",
                "9223372036854775807 | 0 | 9223372036854775807 | 1 | tensor 'x' is in storage '0' of 9223372036854775807 numbers of type F32; the file has only 24 bytes of it: copy it again",
            })
    void namesTensorFoundAndExpectedWhenPickleAndBytesDisagree(
            long stored, long offset, String shape, String strides, String message) throws IOException {
        assertFails(write(tensor("Float", stored, offset, longs(shape), longs(strides))), "x.pt: " + message);
    }

    @Test
    void namesTheStorageThatIsMissing() throws IOException {
        PickleWriter pickle = new PickleWriter()
                .code('}')
                .text("x")
                .global("torch._utils", "_rebuild_tensor_v2")
                .code('(');
        pickle.storage("Float", "../7", 1).number(0).tuple(List.of()).tuple(List.of());
        pickle.code(0x89).code('}').code('t').code('R').code('s').code('.');
        assertFails(write(pickle), "x.pt: has no entry 'archive/data/../7'; there are 3 others: copy the file again");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "os.system",
                "posix.system",
                "nt.system",
                "subprocess.Popen",
                "builtins.eval",
                "builtins.exec",
                "builtins.getattr",
                "builtins.complex",
                "builtins.bytearray",
                "builtins.set",
                "builtins.ValueError",
                "__builtin__.eval",
                "__builtin__.getattr",
                "__builtin__.file",
                "exceptions.Exception",
                "copy_reg._reconstructor",
                "copyreg._reconstructor",
                "operator.attrgetter",
                "_codecs.encode",
                "array.array",
                "datetime.datetime",
                "decimal.Decimal",
                "pytz.timezone",
                "numpy.core.multiarray._reconstruct",
                "numpy.dtype",
                "torch.storage._load_from_bytes",
                "torch._utils._rebuild_tensor_v3",
                "torch.nn.modules.linear.Linear",
                "transformers.training_args.TrainingArguments",
                "java.lang.Runtime",
                "collections.OrderedDict.fromkeys",
            })
    void refusesEveryOtherGlobalByName(String global) throws IOException {
        String module = global.substring(0, global.lastIndexOf('.'));
        String name = global.substring(global.lastIndexOf('.') + 1);
        String message = "x.pt: its pickle asks for '%s'; expected nothing but tensors: save model.state_dict(),"
                        .formatted(global)
                + " and beware of loading this file with Python";
        assertFails(
                write(new PickleWriter()
                        .global(module, name)
                        .text("id")
                        .code(0x85)
                        .code('R')
                        .code('.')),
                message);
        assertFails(
                write(new PickleWriter()
                        .text(module)
                        .text(name)
                        .code(0x93)
                        .code(')')
                        .code('R')
                        .code('.')),
                message);
        assertFails(
                write(new PickleWriter().code('(').text("id").code('i').raw(module + "\n" + name + "\n.")), message);
    }

    @ParameterizedTest
    @CsvSource({
        "a list, ]",
        "a list of items, (l",
        "an object, (o",
        "a new object, )\u0081",
        "a number as text, I7\n",
        "a long number as text, L7L\n",
        "a text of protocol 0, S'a'\n",
        "an extension, \u0082\u0001",
        "a set, \u008f",
        "bytes, C\u0001a",
        "a buffer, \u0097",
        "a persistent text, Pa\n",
        "nothing at all, \u00ff"
    })
    void refusesInstructionsThatStateDictsDoNotNeed(String kind, String instruction) throws IOException {
        assertThatExceptionOfType(CheckpointException.class)
                .as(kind)
                .isThrownBy(() -> TorchFile.open(write(
                        new PickleWriter().raw(instruction.replace("\\n", "\n")).code('.'))))
                .withMessageStartingWith("x.pt: its pickle has instruction 0x")
                .withMessageEndingWith("; expected only those of a state dict: save model.state_dict()");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "N.       | holds something else; expected a dict of tensors: save model.state_dict()",
                "K\u0007. | holds a number; expected a dict of tensors: save model.state_dict()",
                "(K\u0001K\u0002t. | holds a tuple; expected a dict of tensors: save model.state_dict()",
                "}X\u0005\0\0\0epochK\u0001s. | 'epoch' is a number; expected a tensor: save model.state_dict()",
                "}X\u0005\0\0\0model}s. | 'model' is a dict; expected a tensor: save model.state_dict()",
                "}K\u0001K\u0001s. | its pickle has a dict with a number as a key; expected texts",
                "})K\u0001s. | its pickle has a dict with a tuple as a key; expected texts",
                "}}}s. | its pickle has a dict with a dict as a key; expected texts",
                "})b. | its pickle sets the state of an object; expected attributes of a dict only",
                "ctorch\\nFloatStorage\\n)R. | its pickle is damaged; expected the state dict of a model: copy the file again",
                "s. | its pickle is damaged; expected the state dict of a model: copy the file again",
                "t. | its pickle is damaged; expected the state dict of a model: copy the file again",
                "}h\u0007. | its pickle is damaged; expected the state dict of a model: copy the file again",
                "} | its pickle is damaged; expected the state dict of a model: copy the file again",
                "\u0080\u0009N. | its pickle is damaged; expected the state dict of a model: copy the file again",
                "X\u0000\u0000\u0000\u0080. | its pickle has a text of 2147483648 bytes; expected at most 1024",
                "X\u00ff\u00ff\u00ff\u00ff. | its pickle has a text of 4294967295 bytes; expected at most 1024",
                "X\u0009\u0000\u0000\u0000. | its pickle is damaged; expected the state dict of a model: copy the file again",
                "\u008a | its pickle is damaged; expected the state dict of a model: copy the file again",
                "X\u0001\0\0\0aQ. | its pickle is damaged; expected the state dict of a model: copy the file again",
                "NNNN(ttQ. | its pickle is damaged; expected the state dict of a model: copy the file again",
            })
    void saysSoWhenThePickleIsNoStateDict(String pickle, String message) throws IOException {
        assertFails(
                write(new PickleWriter().raw(pickle.replace("\\n", "\n").replace("\\0", "\0"))), "x.pt: " + message);
    }

    @Test
    void refusesFilesOfAnotherByteOrder() throws IOException {
        TorchFileWriter writer = writer();
        assertFails(
                writer.addEntry("byteorder", "big".getBytes(StandardCharsets.UTF_8))
                        .write(folder.resolve("x.pt")),
                "x.pt: its byte order is 'big'; expected 'little': save it on another machine");
        TorchFile.open(writer.addEntry("byteorder", "little".getBytes(StandardCharsets.UTF_8))
                        .write(folder.resolve("x.pt")))
                .close();
    }

    @Test
    void saysWhatAFileIsThatIsNoZipFileOfTorch() throws IOException {
        Path file = folder.resolve("x.pt");
        assertFails(file, file + ": not found; expected a file written by torch.save");
        Files.write(
                file,
                new PickleWriter()
                        .raw("\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.")
                        .bytes());
        assertFails(
                file,
                "x.pt: is in the format before PyTorch 1.6; expected a zip file: load it and save it again with a newer PyTorch");
        Files.writeString(file, "<html>");
        assertFails(file, "x.pt: is no zip file, or a truncated one; expected a file written by torch.save");
        assertFails(
                writer().addEntry("constants.pkl", new byte[2]).write(file),
                "x.pt: is a TorchScript archive (archive/constants.pkl); expected a state dict: save model.state_dict() with torch.save");
        assertFails(
                writer().addEntry("code/__torch__.py", new byte[2]).write(file),
                "x.pt: is a TorchScript archive (archive/code/__torch__.py); expected a state dict: save model.state_dict() with torch.save");
        assertFails(
                writer().addEntry("b/data.pkl", new byte[2]).write(file),
                "x.pt: is a zip file with 2 entries 'data.pkl'; expected one, as torch.save writes it");
        deflate(file, "picture.png");
        assertFails(file, "x.pt: is a zip file with 0 entries 'data.pkl'; expected one, as torch.save writes it");
        deflate(file, "archive/data.pkl");
        assertFails(
                file,
                "x.pt: entry 'archive/data.pkl' is compressed or encrypted; expected stored bytes, as torch.save writes them");
    }

    @Test
    void saysSoWheneverAFileIsCutShort() throws IOException {
        Path file = writer().zip64().write(folder.resolve("x.pt"));
        byte[] all = Files.readAllBytes(file);
        for (int length = 0; length < all.length; length++) {
            Files.write(file, Arrays.copyOf(all, length));
            assertThatExceptionOfType(CheckpointException.class)
                    .isThrownBy(() -> TorchFile.open(file))
                    .withMessageStartingWith("x.pt: ");
        }
    }

    @Test
    void ignoresACommentBehindTheZipFile() throws IOException {
        Path file = writer().write(folder.resolve("x.pt"));
        byte[] all = Files.readAllBytes(file);
        byte[] commented = Arrays.copyOf(all, all.length + 3);
        commented[all.length - 2] = 3;
        Files.write(file, commented);
        TorchFile.open(file).close();
    }

    private static TorchFileWriter writer() {
        return new TorchFileWriter().add("x", StorageType.FLOAT32, List.of(6L), StorageType.FLOAT32.encode(NUMBERS));
    }

    private Path write(PickleWriter pickle) throws IOException {
        return writer().pickle(pickle.bytes()).write(folder.resolve("x.pt"));
    }

    private static PickleWriter tensor(String type, long stored, long offset, List<Long> shape, List<Long> strides) {
        return rebuilt(new PickleWriter().code('}').text("x"), type, stored, offset, shape, strides)
                .code('s')
                .code('.');
    }

    private static PickleWriter rebuilt(
            PickleWriter pickle, String type, long stored, long offset, List<Long> shape, List<Long> strides) {
        pickle.global("torch._utils", "_rebuild_tensor_v2").code('(');
        pickle.storage(type, "0", stored).number(offset).tuple(shape).tuple(strides);
        return pickle.code(0x89).code('}').code('t').code('R');
    }

    private static void deflate(Path file, String entry) throws IOException {
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.putNextEntry(new ZipEntry(entry));
            zip.write(new byte[1000]);
        }
    }

    private static List<Long> longs(String text) {
        return Arrays.stream(text.split(", ")).map(Long::valueOf).toList();
    }

    private static void assertFails(Path file, String message) {
        assertThatExceptionOfType(CheckpointException.class)
                .isThrownBy(() -> TorchFile.open(file))
                .withMessage("%s", message);
    }
}
