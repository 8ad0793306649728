package dev.hydra.graph;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import org.jspecify.annotations.Nullable;

/**
 * The data type that a model is opened in.
 *
 * @param type   of weights and activations
 * @param reason why it is this one, in words
 */
public record DataTypeChoice(DataType type, String reason) {
    /** Compute capability of the first GPUs that multiply bfloat16. */
    private static final int AMPERE = 80;

    /**
     * What was asked for, or what suits a device.
     *
     * @param asked  null to leave the choice to the device
     * @param device as {@link ModelGraph#device(String)} gives it
     */
    public static DataTypeChoice of(@Nullable DataType asked, String device) {
        if (asked != null) {
            return new DataTypeChoice(asked, "as asked");
        }
        if (device.equals("cpu")) {
            return new DataTypeChoice(DataType.FLOAT32, "auto: on a CPU, where it is exact");
        }
        return ofGpu(capability(device));
    }

    /** @param capability the GPU's compute capability without the point, for example 75; empty where it is not known */
    static DataTypeChoice ofGpu(String capability) {
        if (capability.matches("[0-9]{2,3}") && Integer.parseInt(capability) < AMPERE) {
            return new DataTypeChoice(
                    DataType.FLOAT16, "auto: on a GPU of compute capability %s, before bfloat16".formatted(capability));
        }
        return new DataTypeChoice(DataType.BFLOAT16, "auto: on a GPU, where memory's speed decides");
    }

    private static String capability(String device) {
        try {
            return CudaUtils.getComputeCapability(Device.fromName(device).getDeviceId());
        } catch (IllegalArgumentException | IllegalStateException e) {
            return "";
        }
    }
}
