package dev.hydra;

import static dev.hydra.UnsuitableOptionException.blame;

import dev.hydra.UnsuitableOptionException.Subject;
import dev.hydra.checkpoint.CheckpointException;
import dev.hydra.checkpoint.HeadsCheckpoint;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.checkpoint.ModelConfig;
import dev.hydra.checkpoint.StoredTensor;
import dev.hydra.draft.DecodingMode;
import dev.hydra.draft.Drafter;
import dev.hydra.draft.Drafters;
import dev.hydra.draft.HydraDrafter;
import dev.hydra.draft.MedusaDrafter;
import dev.hydra.draft.SingleNodeDrafter;
import dev.hydra.graph.ModelGraph;
import dev.hydra.graph.ModelMemory.HeadsSize;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The folders of draft heads that a model is opened with: at most one set for each mode of decoding. */
final class HeadSets implements AutoCloseable {

    /** A folder and what is in it. */
    private record HeadSet(Path folder, HeadsCheckpoint heads) {}

    private final List<HeadSet> sets = new ArrayList<>();

    private HeadSets() {}

    /**
     * Opens folders of draft heads.
     *
     * @throws dev.hydra.checkpoint.CheckpointException if one of them is no folder of heads
     * @throws UnsuitableOptionException if two of them draft in the same mode
     */
    static HeadSets open(List<Path> folders) {
        HeadSets heads = new HeadSets();
        try {
            for (Path folder : folders) {
                HeadsCheckpoint set = HeadsCheckpoint.open(folder);
                heads.sets.add(new HeadSet(folder, set));
                DecodingMode mode = mode(set.config().kind());
                blame(Subject.HEADS, () -> requireOneOf(mode, heads));
            }
            return heads;
        } catch (RuntimeException | Error e) {
            heads.close();
            throw e;
        }
    }

    private static DecodingMode requireOneOf(DecodingMode mode, HeadSets heads) {
        List<HeadsKind> alike =
                heads.kinds().stream().filter(kind -> mode(kind) == mode).toList();
        if (alike.size() > 1) {
            throw new IllegalArgumentException(
                    "two sets of heads, %s, draft in mode %s; expected one for each mode: leave one of them out"
                            .formatted(alike, mode));
        }
        return mode;
    }

    /** The mode in which heads draft. */
    static DecodingMode mode(HeadsKind kind) {
        return kind.grounded() ? DecodingMode.HYDRA : DecodingMode.MEDUSA;
    }

    /** The kinds of the sets, in the order of their folders. */
    List<HeadsKind> kinds() {
        return sets.stream().map(set -> set.heads().config().kind()).toList();
    }

    /** What they add to the memory that a model takes. */
    HeadsSize size(boolean ownEmbeddings) {
        return new HeadsSize(
                sets.stream().mapToLong(set -> set.heads().parameters()).sum(),
                kinds().contains(HeadsKind.HYDRA_PLUS_PLUS),
                ownEmbeddings);
    }

    /**
     * The embedding table that comes with the heads.
     *
     * @throws IllegalArgumentException if none of the sets, or more than one, has a table
     */
    List<StoredTensor> embeddings() {
        List<StoredTensor> tables =
                sets.stream().flatMap(set -> set.heads().embeddings().stream()).toList();
        if (tables.size() != 1) {
            throw new IllegalArgumentException(
                    "the heads' own embeddings are asked for; %d of %d sets of heads have any: expected one, or use the base model's"
                            .formatted(tables.size(), sets.size()));
        }
        return tables;
    }

    /**
     * Demands that all sets can draft for a base model.
     *
     * @param model the base model's folder
     * @throws dev.hydra.checkpoint.CheckpointException if one of them cannot
     */
    void requireFit(ModelConfig config, Path model) {
        sets.forEach(set -> Pairing.require(set.heads(), set.folder(), config, model));
    }

    /**
     * Binds all sets to a base model.
     *
     * @param tree the draft tree; null for each set's own
     * @param mode how drafts are made where a request does not say; null for the best that there is
     * @throws UnsuitableOptionException if a tree is deeper than its heads, or there is no set for the mode
     */
    Drafters bind(ModelGraph graph, @Nullable TreeShape tree, @Nullable DecodingMode mode) {
        Map<DecodingMode, Drafter> drafters = new EnumMap<>(DecodingMode.class);
        drafters.put(DecodingMode.PLAIN, new SingleNodeDrafter(graph));
        DecodingMode best = DecodingMode.PLAIN;
        for (HeadSet set : sets) {
            HeadsCheckpoint heads = set.heads();
            graph.bindHeads(heads);
            TreeShape shape =
                    tree == null ? ownTree(set.folder(), heads.config().heads()) : tree;
            DecodingMode own = mode(heads.config().kind());
            drafters.put(
                    own,
                    blame(
                            Subject.TREE,
                            () -> own == DecodingMode.HYDRA
                                    ? new HydraDrafter(graph, shape)
                                    : new MedusaDrafter(graph, shape)));
            best = own.compareTo(best) > 0 ? own : best;
        }
        DecodingMode standard = mode == null ? best : mode;
        return blame(Subject.MODE, () -> new Drafters(drafters, standard));
    }

    private static TreeShape ownTree(Path folder, int heads) {
        Path grown = folder.resolve("tree.json");
        if (!Files.exists(grown)) {
            TreeShape shape = TreeShape.named("default");
            return shape.within(heads, shape.size());
        }
        try (Reader json = Files.newBufferedReader(grown)) {
            return TreeShape.parse(json);
        } catch (IllegalArgumentException damaged) {
            throw new CheckpointException("%s: %s".formatted(grown, damaged.getMessage()), damaged);
        } catch (IOException e) {
            throw new CheckpointException("%s: cannot be read: %s".formatted(grown, e), e);
        }
    }

    @Override
    public void close() {
        sets.forEach(set -> set.heads().close());
    }
}
