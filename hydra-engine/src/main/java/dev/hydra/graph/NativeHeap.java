package dev.hydra.graph;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/*
 * glibc serves every thread from one of several heaps, and keeps what is freed in the middle of one. What opens a model is a new thread
 * each time, and gets now this heap, now that one; so each of them grows to what a model leaves behind, and then goes on growing by what
 * aligned allocations of libtorch leave between one another, about a megabyte each time. All of that is free, and malloc_trim gives the
 * pages back. Other C libraries do so on their own, or cannot be asked.
 */
/** The memory that the C library keeps after it was freed. */
final class NativeHeap {
    private static final Logger log = LoggerFactory.getLogger(NativeHeap.class);

    private NativeHeap() {}

    /** Gives it back to the system. Takes some milliseconds; other threads may go on. */
    static void release() {
        if (Trim.FUNCTION != null) {
            Trim.FUNCTION.invokeInt(new Object[] {new NativeLong(0)});
        }
    }

    /** Looked up when it is needed first, not when a model is opened. */
    private static final class Trim {
        private static final @Nullable Function FUNCTION = find();

        private static @Nullable Function find() {
            if (!Platform.isLinux()) {
                return null;
            }
            try {
                return NativeLibrary.getProcess().getFunction("malloc_trim");
            } catch (LinkageError e) {
                log.debug("this C library cannot be asked to give memory back", e);
                return null;
            }
        }
    }
}
