package dev.hydra.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file of draft heads calls its tensors: as the authors of Hydra do, or as those of Medusa do, whose heads are lists of
 * blocks with the output layer, if it is there at all, as last element.
 */
final class HeadNames {
    /** What names begin with where Medusa heads lie in the base model's own files. */
    static final String MERGED = "medusa_head.";

    private static final Pattern AUTHORS_BLOCK =
            Pattern.compile("hydra_mlp\\.(\\d{1,3})\\.(\\d{1,3})\\.(?:linear|res_connection)\\.(?:weight|bias)");
    private static final Pattern AUTHORS_SCORES =
            Pattern.compile("hydra_lm_head\\.(\\d{1,3})\\.(?:\\d\\.)?(?:weight|bias)");
    private static final Pattern MEDUSA_BLOCK = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.linear\\.(?:weight|bias)");
    private static final Pattern MEDUSA_SCORES = Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.weight");

    private final HeadsKind kind;
    private final boolean authors;
    private final String prefix;
    private final int stored;
    private final boolean scored;

    private HeadNames(HeadsKind kind, boolean authors, String prefix, Count count) {
        this.kind = kind;
        this.authors = authors;
        this.prefix = prefix;
        this.stored = count.stored();
        this.scored = count.scored();
    }

    /**
     * What there is of heads in a file.
     *
     * @param heads  heads of which there is anything
     * @param stored blocks of the head that has most, repetitions included
     * @param scored whether there is an output layer
     */
    record Count(int heads, int stored, boolean scored) {}

    /** The names that the authors of Hydra give. */
    static HeadNames authors(HeadsKind kind) {
        return new HeadNames(kind, true, "", new Count(0, 0, true));
    }

    /** The names that the authors of Medusa give to heads of which there is so much. */
    static HeadNames medusa(String prefix, Count count) {
        return new HeadNames(HeadsKind.MEDUSA, false, prefix, count);
    }

    /**
     * Counts what there is under the authors' names.
     *
     * @param stranger is told of names that belong to no head
     */
    static Count countAuthors(HeadsKind kind, Iterable<String> names, Consumer<String> stranger) {
        Count count = count(names, "", AUTHORS_BLOCK, AUTHORS_SCORES, stranger);
        // with a prefix layer, dropout takes the even places
        int stored = kind == HeadsKind.HYDRA_PLUS_PLUS ? count.stored() / 2 : count.stored();
        return new Count(count.heads(), stored, true);
    }

    /**
     * Counts what there is under Medusa's names.
     *
     * @param prefix   what all names begin with
     * @param stranger is told of names that belong to no head
     */
    static Count countMedusa(String prefix, Iterable<String> names, Consumer<String> stranger) {
        return count(names, prefix, MEDUSA_BLOCK, MEDUSA_SCORES, stranger);
    }

    private static Count count(
            Iterable<String> names, String prefix, Pattern blocks, Pattern scores, Consumer<String> stranger) {
        int heads = 0;
        int stored = 0;
        boolean scored = false;
        for (String name : names) {
            String rest = name.startsWith(prefix) ? name.substring(prefix.length()) : "";
            Matcher block = blocks.matcher(rest);
            Matcher output = scores.matcher(rest);
            if (block.matches()) {
                heads = Math.max(heads, Integer.parseInt(block.group(1)) + 1);
                stored = Math.max(stored, Integer.parseInt(block.group(2)) + 1);
            } else if (output.matches()) {
                heads = Math.max(heads, Integer.parseInt(output.group(1)) + 1);
                scored = true;
            } else {
                stranger.accept(name);
            }
        }
        return new Count(heads, stored, scored);
    }

    /** Whether they are those of Hydra's authors. */
    boolean areAuthors() {
        return authors;
    }

    /** What the names of a block's tensors begin with. */
    String block(int head, int layer) {
        int slot = kind == HeadsKind.HYDRA_PLUS_PLUS ? 2 * layer + 1 : layer;
        return (authors ? "hydra_mlp.%d.%d." : prefix + "%d.%d.").formatted(head, slot);
    }

    /** The name of a head's output layer, without {@code .weight} and {@code .bias}. */
    private String scores(int head) {
        if (!authors) {
            return prefix + "%d.%d".formatted(head, stored);
        }
        return (kind == HeadsKind.HYDRA_PLUS_PLUS ? "hydra_lm_head.%d.1" : "hydra_lm_head.%d").formatted(head);
    }

    /** The tensors of a head's output layer; none where the base model's serves the heads. */
    List<String> scoreTensors(int head) {
        if (!scored) {
            return List.of();
        }
        String name = scores(head);
        return authors ? List.of(name + ".weight", name + ".bias") : List.of(name + ".weight");
    }

    /**
     * Names and shapes of the heads' tensors, head by head: first block, shared block, scores. Blocks that share their weights
     * are named once, by the first of them.
     */
    Map<String, List<Long>> shapes(HeadsConfig config, long vocabulary, long width) {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        for (int head = 0; head < config.heads(); head++) {
            long columns = kind.grounded() ? (head + 2) * width : width;
            addLinear(shapes, block(head, 0) + "linear", width, columns);
            if (kind.grounded()) {
                addLinear(shapes, block(head, 0) + "res_connection", width, columns);
                if (config.layers() > 1) {
                    addLinear(shapes, block(head, 1) + "linear", width, width);
                }
            }
            for (String name : scoreTensors(head)) {
                shapes.put(name, name.endsWith(".bias") ? List.of(vocabulary) : List.of(vocabulary, width));
            }
        }
        return shapes;
    }

    private static void addLinear(Map<String, List<Long>> shapes, String name, long rows, long columns) {
        shapes.put(name + ".weight", List.of(rows, columns));
        shapes.put(name + ".bias", List.of(rows));
    }
}
