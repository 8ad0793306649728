package dev.hydra.graph;

/**
 * A step between verify and commit: where the sequences stood, what was drafted, and what the base model says of it. The draft and
 * the verdict stay their makers'.
 *
 * @param frontier of B sequences
 * @param draft    their trees, (B, N)
 * @param verdict  scores (B, N, V)
 */
public record Standing(Frontier frontier, Draft draft, Verdict verdict) {

    /** Levels of the deepest tree below its root. */
    public int depth() {
        return draft.depth();
    }
}
