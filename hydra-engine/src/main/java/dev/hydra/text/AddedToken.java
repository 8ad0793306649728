package dev.hydra.text;

/**
 * A token that is found in a text before the rest of it is cut.
 *
 * @param special       whether it is no part of the text that is said
 * @param stripLeft     whether it takes the spaces in front of it along
 * @param stripRight    whether it takes the spaces behind it along
 * @param singleWord    whether it is found only where no letter or digit touches it
 */
record AddedToken(int id, String content, boolean special, boolean stripLeft, boolean stripRight, boolean singleWord) {
    AddedToken {
        if (id < 0) {
            throw new TokenizerException("token '%s' has id %d; expected 0 or more".formatted(content, id));
        }
        if (content.isEmpty()) {
            throw new TokenizerException("token %d is empty; expected at least one character".formatted(id));
        }
    }

    /** A token that is found anywhere and takes nothing along. */
    AddedToken(int id, String content, boolean special) {
        this(id, content, special, false, false, false);
    }

    AddedToken asSpecial() {
        return new AddedToken(id, content, true, stripLeft, stripRight, singleWord);
    }
}
