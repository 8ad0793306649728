package dev.hydra.sampling;

/*
 * Drawing a token by noise (Gumbel-max): to every token's score, divided by the temperature, Gumbel noise is added, and the
 * largest sum wins. Each token wins as often as softmax says.
 *
 * The noise is no stream of random numbers but a function of the seed, the token's place in the text, and the token. So whoever
 * chooses the token of a place, plain decoding or a walk through a draft tree, sees the same noise there, and, the scores being
 * the same, chooses the same token. That is what makes sampling exact and reproducible with any tree and any heads: a walk from
 * the root goes on to a child where the child carries the token that was drawn, and the first token drawn that no child carries is
 * the bonus. Nothing is rejected and drawn again; the acceptance probability is the most that a fixed set of drafts can have.
 */
/** The key on which the noise of a place in a text depends. The graph scrambles each token with its two halves. */
final class Noise {

    private Noise() {}

    /**
     * The key of a place.
     *
     * @param place of the token in the whole text, prompt included, counted from 0
     */
    static long key(long seed, int place) {
        // two rounds, so that neighbouring seeds do not share the keys of neighbouring places
        return mix(mix(seed) + place);
    }

    /** A bijection of 64 bits under which every bit depends on every other (SplitMix64's finaliser, by Stafford). */
    private static long mix(long bits) {
        long mixed = bits + 0x9e3779b97f4a7c15L;
        mixed = (mixed ^ (mixed >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
