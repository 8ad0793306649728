package dev.hydra.hub;

import java.util.regex.Pattern;

/** What tells the hub who asks. Its text leaves this class in one request header and nowhere else. */
public final class HubToken {
    private static final Pattern VISIBLE = Pattern.compile("[\\x21-\\x7e]+");

    private final String text;

    private HubToken(String text) {
        this.text = text;
    }

    /**
     * A token.
     *
     * @param text white space around it does not count
     * @throws IllegalArgumentException if it has none, or characters that no token has; the message does not repeat it
     */
    public static HubToken of(String text) {
        String token = text.strip();
        if (!VISIBLE.matcher(token).matches()) {
            throw new IllegalArgumentException(
                    "the hub's token has %d characters, some of them spaces, line breaks or letters outside ASCII; expected the text behind 'hf_' as it was given, in one piece"
                            .formatted(token.length()));
        }
        return new HubToken(token);
    }

    /** The value of the header {@code Authorization}. */
    String authorization() {
        return "Bearer " + text;
    }

    /** Says nothing about the token. */
    @Override
    public String toString() {
        return "HubToken[hidden]";
    }
}
