package dev.hydra.tree;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/**
 * A draft tree's topology: node 0 is the root, parents come before children, siblings lie side by side in the order of
 * their ranks. Nodes are numbered by depth, then lexicographically by path, which makes every leading run of nodes a
 * tree of its own.
 *
 * <p>Immutable; may be shared by threads.
 *
 * @param parents the parent of every node, -1 for the root; never decreasing
 */
public record TreeShape(List<Integer> parents) {
    /** More would not pay, and a tree's mask grows with the square of its nodes. */
    private static final int MOST_NODES = 1024;

    private static final String PATHS = "paths";

    private static final SortedSet<String> NAMES = Collections.unmodifiableSortedSet(new TreeSet<>(List.of(
            "chain-4",
            "default",
            "hydra-63",
            "medusa-vicuna-13b-stage1",
            "medusa-vicuna-13b-stage2",
            "medusa-vicuna-33b-stage1",
            "medusa-vicuna-33b-stage2",
            "medusa-vicuna-7b-stage1",
            "medusa-vicuna-7b-stage1-ablation",
            "medusa-vicuna-7b-stage2",
            "medusa-zephyr-stage2")));

    private static final Comparator<List<Integer>> BY_DEPTH_THEN_RANKS =
            Comparator.<List<Integer>>comparingInt(List::size).thenComparing(TreeShape::compareRanks);

    /** Checks the order of the nodes. */
    public TreeShape {
        parents = List.copyOf(parents);
        if (parents.size() > MOST_NODES) {
            throw new IllegalArgumentException(
                    "a tree has %d nodes; expected at most %d".formatted(parents.size(), MOST_NODES));
        }
        if (parents.isEmpty() || parents.get(0) != -1) {
            throw new IllegalArgumentException(
                    "parents of a tree are %s; expected -1 first, for the root".formatted(parents));
        }
        for (int node = 1; node < parents.size(); node++) {
            int parent = parents.get(node);
            if (parent < 0 || parent >= node) {
                throw new IllegalArgumentException(
                        "parent of node %d is %d; expected 0..%d".formatted(node, parent, node - 1));
            }
            if (parent < parents.get(node - 1)) {
                throw new IllegalArgumentException("parent of node %d is %d; expected %d or more, the parent of node %d"
                        .formatted(node, parent, parents.get(node - 1), node - 1));
            }
        }
    }

    /** A root without children: drafting nothing, so decoding one token per step. */
    public static TreeShape single() {
        return new TreeShape(List.of(-1));
    }

    /**
     * The tree whose nodes are reached by these paths of ranks; the root is implied. The order of the paths is free, and paths to
     * nodes on the way need not be given, so that the paths to the leaves are enough.
     *
     * @param paths the ranks to take from the root, for nodes but the root
     * @throws IllegalArgumentException if a path is empty, negative or given twice, or if the ranks of siblings have a gap; the
     *     message names the path
     */
    public static TreeShape ofPaths(List<List<Integer>> paths) {
        Set<List<Integer>> given = new HashSet<>();
        Set<List<Integer>> all = new HashSet<>();
        for (List<Integer> path : paths) {
            if (path.isEmpty()) {
                throw new IllegalArgumentException("path [] is listed; expected none, the root is implied");
            }
            if (path.stream().anyMatch(rank -> rank < 0)) {
                throw new IllegalArgumentException("path %s has a negative rank; ranks start at 0".formatted(path));
            }
            if (path.size() >= MOST_NODES) {
                throw new IllegalArgumentException("path [%s, ...] has %d ranks; expected fewer than %d"
                        .formatted(path.get(0), path.size(), MOST_NODES));
            }
            if (!given.add(path)) {
                throw new IllegalArgumentException("path %s is listed twice; expected every path once".formatted(path));
            }
            // where a node on the way is known, those above it are
            int depth = path.size();
            while (depth > 0 && all.add(List.copyOf(path.subList(0, depth)))) {
                depth--;
            }
        }
        List<List<Integer>> sorted = new ArrayList<>(all);
        sorted.sort(BY_DEPTH_THEN_RANKS);
        Map<List<Integer>, Integer> nodes = new LinkedHashMap<>();
        nodes.put(List.of(), 0);
        List<Integer> parents = new ArrayList<>();
        parents.add(-1);
        for (List<Integer> path : sorted) {
            List<Integer> above = path.subList(0, path.size() - 1);
            int rank = path.get(path.size() - 1);
            int parent = nodes.getOrDefault(above, -1);
            assert parent >= 0 : "path=" + path;
            if (rank > 0 && !nodes.containsKey(sibling(path, rank - 1))) {
                throw new IllegalArgumentException(
                        "path %s leaves a gap among its siblings; ranks go 0, 1, 2, ...: expected path %s in the list too"
                                .formatted(path, sibling(path, rank - 1)));
            }
            nodes.put(path, nodes.size());
            parents.add(parent);
        }
        return new TreeShape(parents);
    }

    /**
     * Reads a JSON list of paths, for example {@code [[0], [1], [0, 0]]}, or a JSON object whose {@code paths} are such a list;
     * what else the object says, for example how the tree was found, is left aside.
     *
     * @throws IllegalArgumentException if the text is neither, or the paths make no tree
     */
    public static TreeShape parse(String json) {
        return parse(new StringReader(json));
    }

    /** Reads what {@link #parse(String)} reads, and throws as it does; leaves closing to the caller. */
    public static TreeShape parse(Reader json) {
        JsonReader reader = new JsonReader(json);
        reader.setStrictness(Strictness.STRICT);
        JsonElement tree;
        try {
            tree = JsonParser.parseReader(reader);
        } catch (JsonParseException e) {
            throw new IllegalArgumentException(
                    "tree is not JSON; expected a list of paths as in [[0], [1], [0, 0]]", e);
        }
        List<List<Integer>> paths = new ArrayList<>();
        for (JsonElement element : elements(paths(tree))) {
            List<Integer> path = new ArrayList<>();
            for (JsonElement rank : elements(element)) {
                path.add(rank(rank));
            }
            paths.add(path);
        }
        return ofPaths(paths);
    }

    /**
     * A tree that is shipped with the engine: {@code default} (15 nodes below the root, 4 deep, for CPUs), {@code chain-4}
     * (one path of 4), {@code hydra-63} (the paper authors' tree for a 7B model, their mc_sim_7b_63), and Medusa's published ones,
     * for example {@code medusa-vicuna-7b-stage2}.
     *
     * @throws IllegalArgumentException if there is no tree of that name
     */
    public static TreeShape named(String name) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException("no tree is named '%s'; expected one of %s".formatted(name, NAMES));
        }
        try (InputStream resource = TreeShape.class.getResourceAsStream(name + ".json")) {
            if (resource == null) {
                throw new IllegalStateException(
                        "resource dev/hydra/tree/%s.json is missing from the jar".formatted(name));
            }
            return parse(new InputStreamReader(resource, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names that {@link #named} knows. */
    public static SortedSet<String> names() {
        return NAMES;
    }

    /** Nodes, the root included. */
    public int size() {
        return parents.size();
    }

    /** Edges from the root to the deepest node; 0 for the root alone. */
    public int depth() {
        return depth(size() - 1);
    }

    /** The most children that a node has; 0 for the root alone. */
    public int breadth() {
        return IntStream.range(1, size()).map(this::rank).max().orElse(-1) + 1;
    }

    /** Edges from the root to the node. */
    public int depth(int node) {
        int depth = 0;
        for (int at = node; at > 0; at = parents.get(at)) {
            depth++;
        }
        return depth;
    }

    /** The node's place among its siblings, the likeliest first; 0 for the root. */
    public int rank(int node) {
        return node == 0 ? 0 : node - parents.indexOf(parents.get(node));
    }

    /** The node's children in the order of their ranks; empty for a leaf. */
    public List<Integer> children(int node) {
        int first = parents.indexOf(node);
        List<Integer> children = new ArrayList<>();
        for (int child = first; first > 0 && child < size() && parents.get(child) == node; child++) {
            children.add(child);
        }
        return List.copyOf(children);
    }

    /** The ranks to take from the root to the node; empty for the root. */
    public List<Integer> path(int node) {
        return nodesTo(node).nodes().stream().skip(1).map(this::rank).toList();
    }

    /** The nodes from the root to the node, both included. */
    public TreePath nodesTo(int node) {
        List<Integer> nodes = new ArrayList<>();
        for (int at = node; at >= 0; at = parents.get(at)) {
            nodes.add(at);
        }
        Collections.reverse(nodes);
        return new TreePath(nodes);
    }

    /** Whether the node has no children. */
    public boolean isLeaf(int node) {
        return parents.lastIndexOf(node) < 0;
    }

    /** The depth of every node: its distance from the root in positions. */
    public int[] depths() {
        int[] depths = new int[size()];
        for (int node = 1; node < depths.length; node++) {
            depths[node] = depths[parents.get(node)] + 1;
        }
        return depths;
    }

    /**
     * For every node the nodes from the root to it, filled up with the node itself to the depth of the tree: row n holds
     * {@code depth(n) + 1} nodes that count, and every entry is a node, so that a row can be used to gather.
     *
     * @return nodes (N, depth + 1)
     */
    public int[][] paddedPaths() {
        int[] depths = depths();
        int[][] paths = new int[size()][depth() + 1];
        for (int node = 0; node < paths.length; node++) {
            int[] path = paths[node];
            if (node > 0) {
                System.arraycopy(paths[parents.get(node)], 0, path, 0, depths[node]);
            }
            for (int place = depths[node]; place < path.length; place++) {
                path[place] = node;
            }
        }
        return paths;
    }

    /** The levels below the root, top down; as many as the tree is deep. */
    public List<TreeLevel> levels() {
        List<TreeLevel> levels = new ArrayList<>();
        List<Integer> above = List.of(0);
        for (int first = 1, depth = 1; first < size(); depth++) {
            List<Integer> nodes = new ArrayList<>();
            for (int node = first; node < size() && above.contains(parents.get(node)); node++) {
                nodes.add(node);
            }
            List<Integer> open = above.stream().filter(node -> !isLeaf(node)).toList();
            levels.add(new TreeLevel(
                    depth,
                    first,
                    nodes.stream().map(node -> open.indexOf(parents.get(node))).toList(),
                    nodes.stream().map(this::rank).toList(),
                    nodes.stream()
                            .filter(node -> !isLeaf(node))
                            .map(node -> node - nodes.get(0))
                            .toList()));
            first += nodes.size();
            above = nodes;
        }
        return List.copyOf(levels);
    }

    /**
     * The part of this tree that keeps both limits; drops the last nodes in node order, which are the deepest.
     *
     * @param depth edges from the root, 0 or more
     * @param nodes nodes, the root included, 1 or more
     */
    public TreeShape within(int depth, int nodes) {
        if (depth < 0 || nodes < 1) {
            throw new IllegalArgumentException(
                    "a tree within depth %d and %d nodes is empty; expected a depth of 0 or more and 1 node or more"
                            .formatted(depth, nodes));
        }
        int kept = Math.min(nodes, size());
        while (depth(kept - 1) > depth) {
            kept--;
        }
        return kept == size() ? this : new TreeShape(parents.subList(0, kept));
    }

    private static List<Integer> sibling(List<Integer> path, int rank) {
        List<Integer> sibling = new ArrayList<>(path);
        sibling.set(path.size() - 1, rank);
        return sibling;
    }

    private static int compareRanks(List<Integer> one, List<Integer> other) {
        for (int place = 0; place < one.size(); place++) {
            int order = Integer.compare(one.get(place), other.get(place));
            if (order != 0) {
                return order;
            }
        }
        return 0;
    }

    private static JsonElement paths(JsonElement tree) {
        return tree.isJsonObject() && tree.getAsJsonObject().has(PATHS)
                ? tree.getAsJsonObject().get(PATHS)
                : tree;
    }

    private static Iterable<JsonElement> elements(JsonElement list) {
        if (!list.isJsonArray()) {
            throw new IllegalArgumentException(
                    "tree has %s where a list belongs; expected a list of paths as in [[0], [1], [0, 0]]"
                            .formatted(list));
        }
        return list.getAsJsonArray();
    }

    private static int rank(JsonElement element) {
        try {
            if (element.isJsonPrimitive() && element.getAsJsonPrimitive().isNumber()) {
                return element.getAsBigDecimal().intValueExact();
            }
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    "tree has %s where a rank belongs; expected a whole number".formatted(element), e);
        }
        throw new IllegalArgumentException(
                "tree has %s where a rank belongs; expected a whole number".formatted(element));
    }
}
