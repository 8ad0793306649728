package dev.hydra.training.demo;

import dev.hydra.checkpoint.SafetensorsFile;
import dev.hydra.checkpoint.SafetensorsWriter;
import dev.hydra.checkpoint.StorageType;
import dev.hydra.checkpoint.StoredTensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * Rounds bfloat16 weights to five of their seven mantissa bits, so that a jar packs them into two thirds of their bytes and not into four
 * fifths. Draft heads bear it: what they get wrong is not kept.
 */
final class CoarseWeights {

    private static final int DROPPED_BITS = 2;
    private static final int HALF = 1 << (DROPPED_BITS - 1);
    private static final int KEPT = 0xFFFF & -(1 << DROPPED_BITS);
    private static final int INFINITE = 0x7F80;

    private CoarseWeights() {}

    /** Rounds the tensors of a safetensors file that are in bfloat16, in place. */
    static void round(Path file) throws IOException {
        // the file is mapped while it is read, and is replaced by a new one
        try (SafetensorsFile weights = SafetensorsFile.open(file)) {
            SafetensorsWriter writer = new SafetensorsWriter();
            for (String name : weights.tensors().keySet()) {
                StoredTensor tensor = weights.tensor(name);
                writer.add(
                        name,
                        tensor.type(),
                        tensor.shape(),
                        () -> tensor.type() == StorageType.BFLOAT16 ? rounded(tensor.bytes()) : tensor.bytes());
            }
            writer.write(file);
        }
    }

    private static ByteBuffer rounded(ByteBuffer bytes) {
        ByteBuffer all = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer coarse = ByteBuffer.allocate(all.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        while (all.hasRemaining()) {
            coarse.putShort(rounded(all.getShort()));
        }
        return coarse.flip();
    }

    /** To the nearest number of fewer bits; ties away from zero. */
    static short rounded(short number) {
        boolean finite = (number & INFINITE) != INFINITE;
        return (short) (finite ? (number + HALF) & KEPT : number);
    }
}
