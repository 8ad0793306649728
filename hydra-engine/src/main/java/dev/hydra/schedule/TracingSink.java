package dev.hydra.schedule;

import dev.hydra.decode.StepTrace;
import dev.hydra.schedule.StepReport.Token;
import dev.hydra.text.TextStream;
import dev.hydra.text.Tokenizer;

/** Tells of every step too, with the text of its tokens. Belongs to the decoding thread. */
final class TracingSink extends TextSink {

    private final StepListener listener;
    private final Tokenizer tokenizer;

    TracingSink(TextStream stream, StepListener listener, Tokenizer tokenizer) {
        super(stream, listener);
        this.listener = listener;
        this.tokenizer = tokenizer;
    }

    @Override
    public boolean isTracing() {
        return true;
    }

    @Override
    public void stepped(StepTrace step) {
        listener.stepped(new StepReport(
                step.shape(),
                step.tokens().stream().map(this::token).toList(),
                step.accepted(),
                step.bonus().map(this::token)));
    }

    private Token token(int id) {
        return new Token(id, tokenizer.text(id));
    }
}
