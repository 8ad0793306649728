package dev.hydra.schedule;

import dev.hydra.draft.DecodingMode;
import dev.hydra.grammar.Grammar;
import dev.hydra.sampling.AcceptanceRule;
import dev.hydra.sampling.SamplingOptions;
import dev.hydra.tree.TreeShape;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What to generate.
 *
 * @param prompt        tokens, one at least
 * @param sampling      how the next token is chosen
 * @param stopStrings   texts at which the answer ends; the answer does not contain them
 * @param maximumTokens tokens to generate at most; 0 gives an empty answer
 * @param mode          how drafts are made; null for the model's own way
 * @param tree          the draft tree; null for the mode's own
 * @param acceptance    what is kept of a draft; null for the model's own rule
 * @param shownTokens   special tokens that the text shows as their tokenizer's file spells them; others have no text
 * @param grammar       what the answer has to be; null for any text. Stop strings, which might cut it short, do not go with it
 */
public record GenerationRequest(
        List<Integer> prompt,
        SamplingOptions sampling,
        List<String> stopStrings,
        int maximumTokens,
        @Nullable DecodingMode mode,
        @Nullable TreeShape tree,
        @Nullable AcceptanceRule acceptance,
        Set<Integer> shownTokens,
        @Nullable Grammar grammar) {

    /** Tokens that a request generates at most where it does not say. */
    public static final int DEFAULT_MAXIMUM_TOKENS = 1024;

    public GenerationRequest {
        prompt = List.copyOf(prompt);
        stopStrings = List.copyOf(stopStrings);
        shownTokens = Set.copyOf(shownTokens);
        if (prompt.isEmpty()) {
            throw new IllegalArgumentException(
                    "the prompt is empty; a generation needs one token at least to start from");
        }
        if (maximumTokens < 0) {
            throw new IllegalArgumentException("maximum tokens are %d; expected 0 or more".formatted(maximumTokens));
        }
        if (stopStrings.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("a stop string is empty; it would stop every answer before it starts");
        }
        if (acceptance != null) {
            acceptance.requireFits(sampling);
        }
        if (grammar != null && !stopStrings.isEmpty()) {
            throw new IllegalArgumentException(
                    "the answer has to fit a grammar, and stop strings %s might cut it short; leave them out: it ends by itself"
                            .formatted(stopStrings));
        }
    }

    /** Greedy decoding of a prompt, without stop strings, up to {@link #DEFAULT_MAXIMUM_TOKENS}, in the model's own way. */
    public static GenerationRequest of(List<Integer> prompt) {
        return new GenerationRequest(
                prompt, SamplingOptions.greedy(), List.of(), DEFAULT_MAXIMUM_TOKENS, null, null, null, Set.of(), null);
    }

    /** The same with another way to choose tokens. */
    public GenerationRequest withSampling(SamplingOptions sampling) {
        return new GenerationRequest(
                prompt, sampling, stopStrings, maximumTokens, mode, tree, acceptance, shownTokens, grammar);
    }

    /** The same with other stop strings. */
    public GenerationRequest withStopStrings(List<String> stopStrings) {
        return new GenerationRequest(
                prompt, sampling, stopStrings, maximumTokens, mode, tree, acceptance, shownTokens, grammar);
    }

    /** The same with another token budget. */
    public GenerationRequest withMaximumTokens(int maximumTokens) {
        return new GenerationRequest(
                prompt, sampling, stopStrings, maximumTokens, mode, tree, acceptance, shownTokens, grammar);
    }

    /** The same with drafts made in another way. */
    public GenerationRequest withMode(@Nullable DecodingMode mode) {
        return new GenerationRequest(
                prompt, sampling, stopStrings, maximumTokens, mode, tree, acceptance, shownTokens, grammar);
    }

    /** The same with another draft tree. */
    public GenerationRequest withTree(@Nullable TreeShape tree) {
        return new GenerationRequest(
                prompt, sampling, stopStrings, maximumTokens, mode, tree, acceptance, shownTokens, grammar);
    }

    /** The same with another rule for what is kept of a draft. */
    public GenerationRequest withAcceptance(@Nullable AcceptanceRule acceptance) {
        return new GenerationRequest(
                prompt, sampling, stopStrings, maximumTokens, mode, tree, acceptance, shownTokens, grammar);
    }

    /** The same with other special tokens that the text shows. */
    public GenerationRequest withShownTokens(Set<Integer> shownTokens) {
        return new GenerationRequest(
                prompt, sampling, stopStrings, maximumTokens, mode, tree, acceptance, shownTokens, grammar);
    }

    /** The same with an answer that fits a grammar. */
    public GenerationRequest withGrammar(@Nullable Grammar grammar) {
        return new GenerationRequest(
                prompt, sampling, stopStrings, maximumTokens, mode, tree, acceptance, shownTokens, grammar);
    }
}
