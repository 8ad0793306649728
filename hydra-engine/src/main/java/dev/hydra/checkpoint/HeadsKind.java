package dev.hydra.checkpoint;

/** What a set of draft heads sees (arXiv 2402.05109, sections 3 and 4). */
public enum HeadsKind {
    /** Every head sees the last hidden row alone, so all draft at once (Medusa, arXiv 2401.10774). */
    MEDUSA("medusa", "mlp", false),
    /** A head also sees the tokens drafted before its own. */
    HYDRA("hydra", "mlp", true),
    /** As Hydra, on the output of a decoder layer of its own that runs over the hidden rows of the text (Hydra++). */
    HYDRA_PLUS_PLUS("hydra++", "prefix-mlp", true);

    private final String label;
    private final String architecture;
    private final boolean grounded;

    HeadsKind(String label, String architecture, boolean grounded) {
        this.label = label;
        this.architecture = architecture;
        this.grounded = grounded;
    }

    /** What people call it: {@code medusa}, {@code hydra} or {@code hydra++}. */
    public String label() {
        return label;
    }

    /** The authors' name of the architecture, {@code hydra_head_arch} in {@code config.json}. */
    public String architecture() {
        return architecture;
    }

    /** Whether a head sees the tokens drafted before its own: {@code grounded_heads} in {@code config.json}. */
    public boolean grounded() {
        return grounded;
    }

    /** Which of a head's blocks is stored once and runs for all that follow it: the first of Medusa's, else the second. */
    int sharedLayer() {
        return grounded ? 1 : 0;
    }
}
