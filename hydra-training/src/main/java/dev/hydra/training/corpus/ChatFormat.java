package dev.hydra.training.corpus;

import dev.hydra.training.data.ChatTokens;
import dev.hydra.training.tokenizer.SpecialToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/**
 * How a chat is written as one text: {@code <|begin|>}, then per turn {@code <|role|>}, a line feed, what is said,
 * {@code <|end|>} and a line feed.
 */
public final class ChatFormat {
    private ChatFormat() {}

    /** The same format as a Jinja chat template, for {@code tokenizer_config.json}. */
    public static String template() {
        try (InputStream resource = ChatFormat.class.getResourceAsStream("chat_template.jinja")) {
            if (resource == null) {
                throw new IllegalStateException(
                        "resource chat_template.jinja is missing beside " + ChatFormat.class.getName());
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("chat_template.jinja", e);
        }
    }

    /** A chat as text. */
    public static String render(List<Turn> turns) {
        StringBuilder text = new StringBuilder(SpecialToken.BEGIN.text());
        for (Turn turn : turns) {
            text.append(mark(turn.role()).text()).append('\n').append(turn.text());
            text.append(SpecialToken.END.text()).append('\n');
        }
        return text.toString();
    }

    /** A chat as text, with the beginning of the assistant's next turn: what a model is asked to continue. */
    public static String renderPrompt(List<Turn> turns) {
        return render(turns) + SpecialToken.ASSISTANT.text() + "\n";
    }

    /**
     * A chat as tokens, with what is to be learned: the assistant's words and the {@code <|end|>} after them.
     *
     * @param conversation the chat
     * @param encode       gives the tokens of a text without adding any, as {@code BpeTokenizer::encode} does
     */
    public static ChatTokens tokens(Conversation conversation, Function<String, int[]> encode) {
        ChatTokens.Builder tokens = new ChatTokens.Builder();
        int[] lineFeed = encode.apply("\n");
        tokens.given(SpecialToken.BEGIN.id());
        for (Turn turn : conversation.turns()) {
            tokens.given(mark(turn.role()).id()).given(lineFeed);
            if (turn.role() == Role.ASSISTANT) {
                tokens.learned(encode.apply(turn.text())).learned(SpecialToken.END.id());
            } else {
                tokens.given(encode.apply(turn.text())).given(SpecialToken.END.id());
            }
            tokens.given(lineFeed);
        }
        return tokens.build();
    }

    private static SpecialToken mark(Role role) {
        return switch (role) {
            case SYSTEM -> SpecialToken.SYSTEM;
            case USER -> SpecialToken.USER;
            case ASSISTANT -> SpecialToken.ASSISTANT;
        };
    }
}
