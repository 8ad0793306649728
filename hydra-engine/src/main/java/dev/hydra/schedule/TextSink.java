package dev.hydra.schedule;

import dev.hydra.decode.TokenSink;
import dev.hydra.text.TextRun;
import dev.hydra.text.TextStream;
import java.util.List;

/** Turns one generation's tokens into text, step by step. Belongs to the decoding thread. */
class TextSink implements TokenSink {

    private final TextStream stream;
    private final GenerationListener listener;

    TextSink(TextStream stream, GenerationListener listener) {
        this.stream = stream;
        this.listener = listener;
    }

    GenerationListener listener() {
        return listener;
    }

    @Override
    public boolean append(int token, int depth) {
        return stream.append(token, depth);
    }

    @Override
    public void flush() {
        List<TextRun> runs = stream.drain();
        if (!runs.isEmpty()) {
            listener.text(runs);
        }
    }

    void finish() {
        stream.finish();
        flush();
    }

    @Override
    public String text() {
        return stream.text();
    }
}
