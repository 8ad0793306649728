package dev.hydra.decode;

import dev.hydra.draft.Drafter;
import dev.hydra.grammar.Guide;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.tree.TreeShape;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What to decode, and how.
 *
 * @param prompt        tokens, one at least
 * @param endTokens     tokens that end the answer
 * @param maximumTokens tokens to generate at most; 0 ends the sequence before it starts
 * @param drafter       gives the nodes of draft trees their tokens
 * @param tree          the draft tree where there is room for all of it; one that the drafter can draft
 * @param sampling      how tokens are chosen
 * @param rule          what is kept of a draft; at a temperature of 0 all rules are {@link Exact}
 * @param guide         through what the answer has to be; empty where it may be anything. With one, a cache row has to have room for the
 *                      maximum tokens, since it counts on them
 */
public record DecodePlan(
        List<Integer> prompt,
        Set<Integer> endTokens,
        int maximumTokens,
        Drafter drafter,
        TreeShape tree,
        SamplingOptions sampling,
        AcceptanceRule rule,
        Optional<Guide> guide) {

    /** Copies the collections. */
    public DecodePlan {
        prompt = List.copyOf(prompt);
        endTokens = Set.copyOf(endTokens);
        rule.requireFits(sampling);
        rule = sampling.temperature() == 0 ? new Exact() : rule;
        guide.ifPresent(through -> through.requireEnough(maximumTokens));
        assert !prompt.isEmpty() && maximumTokens >= 0 : "prompt=" + prompt + ", maximumTokens=" + maximumTokens;
    }

    /** An answer that may be anything. */
    public DecodePlan(
            List<Integer> prompt,
            Set<Integer> endTokens,
            int maximumTokens,
            Drafter drafter,
            TreeShape tree,
            SamplingOptions sampling,
            AcceptanceRule rule) {
        this(prompt, endTokens, maximumTokens, drafter, tree, sampling, rule, Optional.empty());
    }

    /** Greedy decoding with a drafter's own tree. */
    public static DecodePlan greedy(List<Integer> prompt, Set<Integer> endTokens, int maximumTokens, Drafter drafter) {
        return new DecodePlan(
                prompt, endTokens, maximumTokens, drafter, drafter.shape(), SamplingOptions.greedy(), new Exact());
    }

    /** The same with tokens chosen in another way. */
    public DecodePlan with(SamplingOptions sampling) {
        return new DecodePlan(prompt, endTokens, maximumTokens, drafter, tree, sampling, rule, guide);
    }

    /** The same with another rule for what is kept. */
    public DecodePlan with(AcceptanceRule rule) {
        return new DecodePlan(prompt, endTokens, maximumTokens, drafter, tree, sampling, rule, guide);
    }

    /** The same with an answer that a guide leads to a document. */
    public DecodePlan with(Guide guide) {
        return new DecodePlan(prompt, endTokens, maximumTokens, drafter, tree, sampling, rule, Optional.of(guide));
    }
}
