package dev.hydra.training.data;

import dev.hydra.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/*
 * A model that answers has read the prompt's tokens, all encoded at once, and says tokens of its own behind them. So a border
 * between what is given and what is learned is always a border between tokens here, whatever merges across it an encoder of the
 * finished text would find; and what is given is encoded together with everything before it as long as that leaves the tokens
 * before it as they are.
 */
/** A chat's text and tokens as it goes on. For one thread. */
final class Transcript {
    private final Tokenizer tokenizer;
    private final Continuation continuation;
    private final ChatTokens.Builder chat = new ChatTokens.Builder();
    private final List<Integer> tokens = new ArrayList<>();
    private String text = "";

    Transcript(Tokenizer tokenizer, Continuation continuation) {
        this.tokenizer = tokenizer;
        this.continuation = continuation;
    }

    /** All that was said. */
    String text() {
        return text;
    }

    /** Goes on with what a model is given. */
    void give(String more) {
        List<Integer> ids = next(more);
        ids.forEach(chat::given);
        take(ids, more);
    }

    /** Goes on with what a model has to say. */
    void learn(String more) {
        List<Integer> ids = next(more);
        ids.forEach(chat::learned);
        take(ids, more);
    }

    /** Goes on with what a model said in these tokens; as text it is written so. */
    void learn(List<Integer> ids, String more) {
        ids.forEach(chat::learned);
        take(ids, more);
    }

    private List<Integer> next(String more) {
        List<Integer> whole = Continuation.rest(tokenizer.encode(text + more), tokens);
        return whole.isEmpty() ? continuation.encode(more) : List.copyOf(whole);
    }

    private void take(List<Integer> ids, String more) {
        tokens.addAll(ids);
        text += more;
    }

    /** The chat so far. */
    ChatTokens tokens() {
        return chat.build();
    }
}
