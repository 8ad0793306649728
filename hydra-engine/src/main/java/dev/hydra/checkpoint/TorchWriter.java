package dev.hydra.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Writes a state dict as {@code torch.save} does, tensor by tensor: the bytes of one are asked for when its turn comes, so that
 * never more than one need be in memory. Tensors may share their numbers. The file appears whole or not at all.
 *
 * <p>Not for use by several threads.
 */
public final class TorchWriter {
    private static final String ZIP_VERSION = "3\n";

    private final Map<String, Integer> storageOf = new LinkedHashMap<>();
    private final List<WrittenTensor> storages = new ArrayList<>();

    /**
     * Adds a tensor with numbers of its own.
     *
     * @param name  not used yet
     * @param type  of the numbers in the buffer
     * @param shape sizes of its dimensions; empty for a single number
     * @param bytes gives the numbers, little-endian and row-major, from the buffer's position to its limit; called once,
     *     during {@link #write}
     * @throws IllegalArgumentException if the name is taken
     */
    public TorchWriter add(String name, StorageType type, List<Long> shape, Supplier<ByteBuffer> bytes) {
        requireFree(name);
        storageOf.put(name, storages.size());
        storages.add(new WrittenTensor(name, type, shape, bytes));
        return this;
    }

    /**
     * Adds a second name for a tensor that was added before.
     *
     * @throws IllegalArgumentException if the name is taken, or the other is not
     */
    public TorchWriter addAlias(String name, String of) {
        requireFree(name);
        Integer storage = storageOf.get(of);
        if (storage == null) {
            throw new IllegalArgumentException(
                    "tensor '%s' is to share the numbers of '%s', which is not added yet".formatted(name, of));
        }
        storageOf.put(name, storage);
        return this;
    }

    /**
     * Writes the file, replacing one of the same name. Its folder in the zip file is named like the file, as PyTorch has it.
     *
     * @throws IOException if that fails; nothing is left behind then
     * @throws IllegalArgumentException if a tensor's bytes are not as many as its shape and type ask for
     */
    public void write(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        String root = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : name;
        WholeFile.write(file, channel -> write(channel, root + "/"));
    }

    private void write(FileChannel channel, String root) throws IOException {
        ZipWriter zip = new ZipWriter(channel, false);
        zip.add(root + "data.pkl", ByteBuffer.wrap(pickle()));
        zip.add(root + "byteorder", text("little"));
        for (int key = 0; key < storages.size(); key++) {
            zip.add(root + "data/" + key, storages.get(key).checkedBytes());
        }
        zip.add(root + "version", text(ZIP_VERSION));
        zip.finish();
    }

    private byte[] pickle() {
        PickleWriter out = new PickleWriter().code(0x80).code(2).orderedDict().code('(');
        storageOf.forEach((name, key) -> {
            WrittenTensor tensor = storages.get(key);
            out.text(name).tensor(tensor.type(), tensor.shape(), String.valueOf(key));
        });
        return out.code('u').metadata().code('.').bytes();
    }

    private void requireFree(String name) {
        if (storageOf.containsKey(name)) {
            throw new IllegalArgumentException("tensor '%s' is added twice; expected every name once".formatted(name));
        }
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }
}
