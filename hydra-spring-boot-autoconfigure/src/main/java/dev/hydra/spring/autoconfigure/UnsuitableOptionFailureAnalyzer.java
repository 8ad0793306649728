package dev.hydra.spring.autoconfigure;

import dev.hydra.UnsuitableOptionException;
import dev.hydra.UnsuitableOptionException.Subject;
import java.util.List;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.env.Environment;

/** Reports an option that does not suit the model or the machine, with the properties that it comes from. */
final class UnsuitableOptionFailureAnalyzer extends AbstractFailureAnalyzer<UnsuitableOptionException> {

    private final SetProperties set;

    UnsuitableOptionFailureAnalyzer(Environment environment) {
        this.set = new SetProperties(environment);
    }

    @Override
    protected FailureAnalysis analyze(Throwable root, UnsuitableOptionException cause) {
        return new FailureAnalysis(
                "Hydra cannot open its model: %s.%s"
                        .formatted(cause.getMessage(), set.paragraph(properties(cause.subject()))),
                action(cause.subject()),
                cause);
    }

    private static List<String> properties(Subject subject) {
        return switch (subject) {
            case HEADS -> List.of(HydraProperties.HEADS_LOCATION);
            case OWN_EMBEDDINGS -> List.of(HydraProperties.USE_OWN_EMBEDDINGS, HydraProperties.HEADS_LOCATION);
            case MODE -> List.of(HydraProperties.MODE, HydraProperties.HEADS_LOCATION);
            case TREE -> List.of(HydraProperties.TREE, HydraProperties.HEADS_LOCATION);
            case DEVICE -> List.of(HydraProperties.DEVICE);
            case MEMORY ->
                List.of(
                        HydraProperties.MODEL_LOCATION,
                        HydraProperties.HEADS_LOCATION,
                        HydraProperties.DATA_TYPE,
                        HydraProperties.ROWS,
                        HydraProperties.POSITIONS,
                        HydraProperties.DEVICE);
            case POSITIONS -> List.of(HydraProperties.POSITIONS, HydraProperties.MODEL_LOCATION);
        };
    }

    private static String action(Subject subject) {
        String action = switch (subject) {
            case HEADS -> "Leave one of the folders out of {heads}: there may be one set of heads for each mode.";
            case OWN_EMBEDDINGS ->
                "Set {embeddings} to false, or {heads} to one set of heads that comes with an embedding table.";
            case MODE ->
                "Set {mode} to one that the model decodes in, leave it out for the best of them, or add heads for it to"
                        + " {heads}.";
            case TREE ->
                "Set {tree} to a tree no deeper than there are heads, or leave it out for the heads' own or the shipped"
                        + " one.";
            case DEVICE ->
                "Set {device} to auto, cpu, gpu or a numbered one such as gpu1. Where a GPU is not seen, docs/models.md"
                        + " says what it needs.";
            case MEMORY ->
                "Set {type} to a smaller one (bfloat16), or {rows} or {positions} to less, choose a smaller model, or give the"
                        + " process more memory; where Java's heap or direct memory ended, with -Xmx or"
                        + " -XX:MaxDirectMemorySize.";
            case POSITIONS -> "Set {positions} to no more than the model knows, or to 0 for that.";
        };
        return action.replace("{heads}", HydraProperties.HEADS_LOCATION)
                .replace("{embeddings}", HydraProperties.USE_OWN_EMBEDDINGS)
                .replace("{mode}", HydraProperties.MODE)
                .replace("{tree}", HydraProperties.TREE)
                .replace("{device}", HydraProperties.DEVICE)
                .replace("{type}", HydraProperties.DATA_TYPE)
                .replace("{rows}", HydraProperties.ROWS)
                .replace("{positions}", HydraProperties.POSITIONS);
    }
}
