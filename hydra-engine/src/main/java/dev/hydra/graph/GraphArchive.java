package dev.hydra.graph;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/*
 * torch::jit::load reads a zip with four records of interest:
 *
 *   version             "3"
 *   constants.pkl       a pickled tuple of the tensors that the code refers to as CONSTANTS.c0, ...: here none
 *   data.pkl            the pickled module object: its class and its attributes
 *   code/__torch__.py   the classes and functions, in the subset of Python that the TorchScript importer parses
 *
 * The importer parses ordinary Python: comments, four spaces, free functions, named tuples. So the model's source is a
 * resource that people can read, and no Python is installed anywhere. What the importer wants is that types and functions
 * are named with their module, __torch__.
 */
/**
 * Packs readable TorchScript sources into the archive that libtorch loads.
 *
 * <p>Attributes of the module are scalars and empty lists; weights and caches are handed over later, by the module's own
 * {@code bind} methods. Not safe for use by several threads.
 */
public final class GraphArchive {

    private final String module;
    private final List<String> sources = new ArrayList<>();
    private final Map<String, Attribute> attributes = new LinkedHashMap<>();

    /** @param module the name of the module's class in the sources */
    public GraphArchive(String module) {
        this.module = module;
    }

    /**
     * Appends a source file.
     *
     * @param owner a class in the package that holds the resource
     * @param resource the resource's name, relative to the owner's package
     * @throws IllegalArgumentException if there is no such resource
     */
    public GraphArchive source(Class<?> owner, String resource) {
        try (InputStream in = owner.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalArgumentException("no resource '%s' beside %s".formatted(resource, owner.getName()));
            }
            sources.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /** Declares an attribute that holds an integer. */
    public GraphArchive integer(String name) {
        attributes.put(name, pickle -> pickle.integer(0));
        return this;
    }

    /** Declares an attribute that holds a float. */
    public GraphArchive real(String name) {
        attributes.put(name, pickle -> pickle.real(0));
        return this;
    }

    /** Declares an attribute that holds a bool. */
    public GraphArchive bool(String name) {
        attributes.put(name, pickle -> pickle.bool(false));
        return this;
    }

    /** Declares an attribute that holds a {@code List[Tensor]}, empty until it is bound. */
    public GraphArchive tensors(String name) {
        attributes.put(name, Pickle::emptyTensorList);
        return this;
    }

    /**
     * Declares an attribute that holds a list, empty until it is bound.
     *
     * @param elementType the type of its elements as the source writes it, for example {@code __torch__.Layer}
     */
    public GraphArchive list(String name, String elementType) {
        attributes.put(name, pickle -> pickle.emptyList("List[" + elementType + "]"));
        return this;
    }

    /** The archive's bytes. */
    public byte[] pack() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            store(zip, "version", "3\n".getBytes(StandardCharsets.US_ASCII));
            store(zip, "data.pkl", new Pickle().object(module, attributes));
            store(zip, "constants.pkl", new Pickle().emptyTuple());
            store(zip, "code/__torch__.py", String.join("\n", sources).getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** Adds an uncompressed entry: libtorch's reader wants them stored. */
    private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
        ZipEntry entry = new ZipEntry("hydra/" + name);
        CRC32 checksum = new CRC32();
        checksum.update(content);
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(content.length);
        entry.setCompressedSize(content.length);
        entry.setCrc(checksum.getValue());
        entry.setTime(0);
        zip.putNextEntry(entry);
        zip.write(content);
        zip.closeEntry();
    }

    /** Writes the value that an attribute has before it is bound. */
    @FunctionalInterface
    private interface Attribute {
        void write(Pickle pickle);
    }

    /** The few opcodes of pickle protocol 2 that a module object needs. */
    private static final class Pickle {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        byte[] object(String type, Map<String, Attribute> attributes) {
            protocol();
            global("__torch__", type);
            out.write(')'); // EMPTY_TUPLE
            out.write(0x81); // NEWOBJ
            out.write('}'); // EMPTY_DICT
            out.write('('); // MARK
            string("training");
            bool(false);
            attributes.forEach((name, attribute) -> {
                string(name);
                attribute.write(this);
            });
            out.write('u'); // SETITEMS
            out.write('b'); // BUILD
            return stop();
        }

        byte[] emptyTuple() {
            protocol();
            out.write(')');
            return stop();
        }

        void integer(int value) {
            out.write('J'); // BININT
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(value >>> shift);
            }
        }

        void real(double value) {
            long bits = Double.doubleToLongBits(value);
            out.write('G'); // BINFLOAT, big-endian
            for (int shift = 56; shift >= 0; shift -= 8) {
                out.write((int) (bits >>> shift));
            }
        }

        void bool(boolean value) {
            out.write(value ? 0x88 : 0x89); // NEWTRUE, NEWFALSE
        }

        void emptyTensorList() {
            global("torch.jit._pickle", "build_tensorlist");
            out.write('('); // MARK
            out.write(']'); // EMPTY_LIST
            out.write('t'); // TUPLE
            out.write('R'); // REDUCE
        }

        void emptyList(String type) {
            global("torch.jit._pickle", "restore_type_tag");
            out.write('(');
            out.write(']');
            string(type);
            out.write('t');
            out.write('R');
        }

        private void protocol() {
            out.write(0x80);
            out.write(2);
        }

        private void global(String namespace, String name) {
            out.write('c');
            out.writeBytes((namespace + "\n" + name + "\n").getBytes(StandardCharsets.US_ASCII));
        }

        private void string(String value) {
            byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
            out.write('X'); // BINUNICODE
            for (int shift = 0; shift < 32; shift += 8) {
                out.write(utf8.length >>> shift);
            }
            out.writeBytes(utf8);
        }

        private byte[] stop() {
            out.write('.');
            return out.toByteArray();
        }
    }
}
