package dev.hydra.training.evaluate;

import dev.hydra.draft.DecodingMode;

/**
 * One of the ways to decode that are compared.
 *
 * @param label     for people: {@code plain}, or the kind of the heads, with their folder where two are of one kind
 * @param engine    which of the engines, opened one after another, it ran in, from 1; only modes of one engine compare
 * @param decoding  how the engine drafts
 * @param treeNodes nodes of the draft tree, the root included
 * @param treeDepth levels of the draft tree below the root
 */
public record Mode(String label, int engine, DecodingMode decoding, int treeNodes, int treeDepth) {}
