package dev.hydra.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One file of {@code torch.save}, {@code .pt} or {@code .bin}: a zip file with the pickle of a state dict and, stored as
 * they are, the numbers. Nothing in it is executed. Tensors that share their numbers have the same
 * {@link TensorInfo#offset() offset}; see {@link TensorInfo#isAliasOf}.
 *
 * <p>May be shared by threads.
 */
public final class TorchFile extends TensorFile {
    private static final String PICKLE = "data.pkl";
    private static final String BYTE_ORDER = "byteorder";
    private static final String LITTLE_ENDIAN = "little";
    /** The number that a file of the days before the zip format begins with, as a pickle of protocol 2 writes it. */
    private static final ByteBuffer LEGACY_MAGIC = ByteBuffer.wrap(new byte[] {
        (byte) 0x80,
        2,
        (byte) 0x8a,
        10,
        0x6c,
        (byte) 0xfc,
        (byte) 0x9c,
        0x46,
        (byte) 0xf9,
        0x20,
        0x6a,
        (byte) 0xa8,
        0x50,
        0x19
    });

    private TorchFile(Opened opened) {
        super(opened);
    }

    /**
     * Opens a file, reads its pickle and checks that every tensor lies in the file, row-major.
     *
     * @throws CheckpointException if the file cannot be read, is of another kind (before PyTorch 1.6, TorchScript), is
     *     damaged, holds anything but tensors, or asks for code to be run
     */
    public static TorchFile open(Path file) {
        return new TorchFile(Opened.open(file, "a file written by torch.save", TorchFile::readTensors));
    }

    private static List<TensorInfo> readTensors(String name, FileChannel channel) throws IOException {
        refuseLegacy(name, channel);
        Archive archive = Archive.of(name, channel);
        archive.requireLittleEndian();
        List<TensorInfo> infos = new ArrayList<>();
        for (Map.Entry<String, TorchPickle.View> view : TorchPickle.read(
                        name, archive.read(archive.root() + PICKLE, TorchPickle.LARGEST))
                .entrySet()) {
            requireRowMajor(name, view.getKey(), view.getValue());
            infos.add(archive.info(view.getKey(), view.getValue()));
        }
        return infos;
    }

    private static void refuseLegacy(String name, FileChannel channel) throws IOException {
        int length = LEGACY_MAGIC.remaining();
        if (channel.size() >= length && read(channel, 0, length).equals(LEGACY_MAGIC)) {
            throw new CheckpointException(
                    "%s: is in the format before PyTorch 1.6; expected a zip file: load it and save it again with a newer PyTorch"
                            .formatted(name));
        }
    }

    private static void requireRowMajor(String name, String tensor, TorchPickle.View view) {
        List<Long> shape = view.shape();
        if (shape.stream().anyMatch(length -> length < 0) || view.strides().size() != shape.size()) {
            throw new CheckpointException(
                    "%s: tensor '%s' has the shape %s and the strides %s; expected as many, and no negative size"
                            .formatted(name, tensor, Shapes.text(shape), Shapes.text(view.strides())));
        }
        if (shape.contains(0L)) {
            return;
        }
        long stride = 1;
        for (int dimension = shape.size() - 1; dimension >= 0; dimension--) {
            // nobody strides along a dimension of one place, and PyTorch does not keep its stride in order
            if (shape.get(dimension) != 1 && view.strides().get(dimension) != stride) {
                throw new CheckpointException(
                        "%s: tensor '%s' is not row-major: its shape %s has the strides %s; call contiguous() before saving"
                                .formatted(name, tensor, Shapes.text(shape), Shapes.text(view.strides())));
            }
            stride = Shapes.product(stride, shape.subList(dimension, dimension + 1));
        }
    }

    /**
     * The zip file.
     *
     * @param root   of all its entries' names, with the slash
     * @param places where the storages begin that were looked up before
     */
    private record Archive(
            String name, FileChannel channel, ZipDirectory zip, String root, Map<TorchPickle.Storage, Long> places) {
        static Archive of(String name, FileChannel channel) throws IOException {
            ZipDirectory zip = ZipDirectory.read(name, channel);
            List<String> pickles = new ArrayList<>();
            for (String entry : zip.entries().keySet()) {
                if (entry.endsWith("/constants.pkl") || entry.contains("/code/")) {
                    throw new CheckpointException(
                            "%s: is a TorchScript archive (%s); expected a state dict: save model.state_dict() with torch.save"
                                    .formatted(name, entry));
                }
                if (entry.endsWith("/" + PICKLE)) {
                    pickles.add(entry);
                }
            }
            if (pickles.size() != 1) {
                throw new CheckpointException(
                        "%s: is a zip file with %d entries '%s'; expected one, as torch.save writes it"
                                .formatted(name, pickles.size(), PICKLE));
            }
            String root = pickles.get(0).substring(0, pickles.get(0).length() - PICKLE.length());
            return new Archive(name, channel, zip, root, new HashMap<>());
        }

        void requireLittleEndian() throws IOException {
            if (!zip.entries().containsKey(root + BYTE_ORDER)) {
                return; // older files do not say, and are
            }
            String order = StandardCharsets.UTF_8
                    .decode(read(root + BYTE_ORDER, LITTLE_ENDIAN.length()))
                    .toString();
            if (!order.equals(LITTLE_ENDIAN)) {
                throw new CheckpointException("%s: its byte order is '%s'; expected '%s': save it on another machine"
                        .formatted(name, order, LITTLE_ENDIAN));
            }
        }

        ByteBuffer read(String entry, int largest) throws IOException {
            long length = zip.entry(entry).bytes();
            if (length > largest) {
                throw new CheckpointException(
                        "%s: entry '%s' has %d bytes; expected at most %d".formatted(name, entry, length, largest));
            }
            return TensorFile.read(channel, zip.offset(entry), (int) length);
        }

        TensorInfo info(String tensor, TorchPickle.View view) throws IOException {
            TorchPickle.Storage storage = view.storage();
            long numbers = Shapes.product(1, view.shape());
            if (view.offset() < 0 || view.offset() > storage.numbers() || numbers > storage.numbers() - view.offset()) {
                throw new CheckpointException(
                        "%s: tensor '%s' has %d numbers from number %d of storage '%s'; it has only %d: the file is damaged"
                                .formatted(name, tensor, numbers, view.offset(), storage.key(), storage.numbers()));
            }
            int each = storage.type().bytes();
            Long begin = places.get(storage);
            if (begin == null) {
                begin = place(tensor, storage);
                places.put(storage, begin);
            }
            return new TensorInfo(
                    tensor, storage.type().label(), view.shape(), begin + view.offset() * each, numbers * each);
        }

        private long place(String tensor, TorchPickle.Storage storage) throws IOException {
            String entry = root + "data/" + storage.key();
            long bytes = zip.entry(entry).bytes();
            if (storage.numbers() > bytes / storage.type().bytes()) {
                throw new CheckpointException(
                        "%s: tensor '%s' is in storage '%s' of %d numbers of type %s; the file has only %d bytes of it: copy it again"
                                .formatted(
                                        name,
                                        tensor,
                                        storage.key(),
                                        storage.numbers(),
                                        storage.type().label(),
                                        bytes));
            }
            return zip.offset(entry);
        }
    }
}
