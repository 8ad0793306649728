package dev.hydra;

import java.util.OptionalLong;

/**
 * The memory of an engine's device, in bytes.
 *
 * @param weights   what the weights take, the draft heads' included
 * @param cache     what the cache takes, however many of its rows are in use
 * @param available what the device has left for whoever asks for it; nothing where that cannot be known
 */
public record MemoryUse(long weights, long cache, OptionalLong available) {}
