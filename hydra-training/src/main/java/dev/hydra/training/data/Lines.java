package dev.hydra.training.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/** The lines of a file as bytes, so that one that is no UTF-8 does not stand in the way of the next. For one thread. */
final class Lines {
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private int at;
    private int end;
    private long start;
    private long next;
    private boolean terminated;

    /** @param in at the begin of a line; the caller closes it */
    Lines(InputStream in) {
        this.in = in;
    }

    /** Goes to the next line; false if there is none. The last one may lack its line feed. */
    boolean advance() throws IOException {
        line.reset();
        start = next;
        terminated = false;
        while (fill()) {
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            line.write(buffer, from, at - from);
            next += at - from;
            if (at < end) {
                at++;
                next++;
                terminated = true;
                return true;
            }
        }
        return line.size() > 0;
    }

    private boolean fill() throws IOException {
        if (at == end) {
            at = 0;
            end = Math.max(0, in.read(buffer));
        }
        return end > 0;
    }

    /** Where the line begins, in bytes from where this began. */
    long start() {
        return start;
    }

    /** Whether a line feed ends the line. */
    boolean terminated() {
        return terminated;
    }

    /**
     * The line without its line feed.
     *
     * @throws BadRecordException if it is no UTF-8
     */
    String text() {
        return decode(line.toByteArray());
    }

    /** Bytes as text, without a byte order mark. */
    static String decode(byte[] bytes) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new BadRecordException("the bytes are not UTF-8; expected UTF-8");
        }
    }
}
