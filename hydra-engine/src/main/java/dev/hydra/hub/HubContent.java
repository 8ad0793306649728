package dev.hydra.hub;

/** What of a repository is needed. */
public enum HubContent {
    /** A base model: configuration, tokenizer, chat template, and weights in one format. */
    MODEL,
    /** Draft heads: configuration, tree, and their tensors, which may be among those of a base model. */
    HEADS
}
