package dev.hydra;

import dev.hydra.decode.TokenSink;

/** A sink for tokens of models without a tokenizer. */
public enum Discard implements TokenSink {
    INSTANCE;

    @Override
    public boolean append(int token, int depth) {
        return false;
    }

    @Override
    public void flush() {}

    @Override
    public String text() {
        return "";
    }
}
