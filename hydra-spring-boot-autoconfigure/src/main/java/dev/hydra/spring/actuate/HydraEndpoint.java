package dev.hydra.spring.actuate;

import dev.hydra.Hydra;
import dev.hydra.draft.DecodingDefaults;
import dev.hydra.draft.DecodingMode;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;

/**
 * {@code /actuator/hydra}: which model decodes here, on what, and how well its drafts are accepted. Tells nothing of prompts,
 * answers or files. Where {@code management.endpoint.hydra.access} is {@code unrestricted}, it also changes the mode and the tree of
 * requests that ask for none, and starts the window anew.
 */
@Endpoint(id = "hydra", defaultAccess = Access.READ_ONLY)
public final class HydraEndpoint {

    private final Hydra hydra;
    private final RecentDecoding recent;

    /**
     * @param hydra  the engine to tell of
     * @param recent one of its listeners
     */
    public HydraEndpoint(Hydra hydra, RecentDecoding recent) {
        this.hydra = hydra;
        this.recent = recent;
    }

    /** Everything. */
    @ReadOperation
    public HydraReport report() {
        return HydraReport.of(hydra, recent);
    }

    /**
     * A part of the {@link #report}.
     *
     * @param section what it is called there
     * @return null where there is no such part, or nothing in it yet
     */
    @ReadOperation
    public @Nullable Object section(@Selector String section) {
        return report().section(section);
    }

    /**
     * Changes what requests get that ask for no mode or no tree, from the next one on.
     *
     * @param mode plain, medusa or hydra; null leaves it
     * @param tree a shipped tree's name; or a number of nodes, the root included, to which the trees are cut that the model was
     *             opened with; or {@code none} to draft nothing; or {@code own} for the trees that the model was opened with; null
     *             leaves it
     * @return what holds now
     * @throws InvalidEndpointRequestException if there is no such mode or tree, or the model has no heads for it; nothing is
     *     changed then
     */
    @WriteOperation
    public HydraReport.Decoding configure(@Nullable String mode, @Nullable String tree) {
        if (mode == null && tree == null) {
            String reason = "nothing to change; expected mode, tree or both, as in {\"mode\": \"plain\"}";
            throw new InvalidEndpointRequestException(reason, reason);
        }
        try {
            hydra.reconfigure(present -> changed(present, mode, tree));
        } catch (IllegalArgumentException unsuitable) {
            String reason = String.valueOf(unsuitable.getMessage());
            throw new InvalidEndpointRequestException(reason, reason, unsuitable);
        }
        return HydraReport.Decoding.of(hydra);
    }

    /** Forgets the last minute and the latest answer, so that what comes next is seen alone. The lifetime stays. */
    @DeleteOperation
    public void reset() {
        recent.reset();
    }

    private DecodingDefaults changed(DecodingDefaults present, @Nullable String mode, @Nullable String tree) {
        DecodingDefaults changed = mode == null ? present : present.withMode(mode(mode));
        if (tree != null && present.trees().isEmpty()) {
            throw new IllegalArgumentException(
                    "tree is '%s'; this model has no draft heads, and so no trees: open it with heads".formatted(tree));
        }
        return tree == null ? changed : TreeChoice.parse(tree).apply(changed, hydra.openedWith());
    }

    private static DecodingMode mode(String label) {
        return Arrays.stream(DecodingMode.values())
                .filter(mode -> mode.label().equals(label.toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("mode is '%s'; expected one of %s"
                        .formatted(
                                label,
                                Arrays.stream(DecodingMode.values())
                                        .map(DecodingMode::label)
                                        .toList())));
    }
}
