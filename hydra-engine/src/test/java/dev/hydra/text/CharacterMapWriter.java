package dev.hydra.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/** Writes a SentencePiece model's character map: a trie in a double array, and the replacements behind it. */
final class CharacterMapWriter {
    private static final int BLOCK = 0x100;

    /** A place in the trie; the value is where the replacement of what leads here begins, or -1. */
    private static final class Node {
        private final TreeMap<Integer, Node> children = new TreeMap<>();
        private int value = -1;
    }

    private final Node root = new Node();
    private final ByteArrayOutputStream replacements = new ByteArrayOutputStream();
    private final BitSet units = new BitSet();
    private final BitSet bases = new BitSet();
    private int[] array = new int[BLOCK];

    private CharacterMapWriter() {}

    static byte[] bytes(Map<String, String> map) {
        CharacterMapWriter writer = new CharacterMapWriter();
        map.forEach(writer::add);
        writer.units.set(0);
        int base = writer.place(writer.root);
        writer.array[0] = base << 10;
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (1 + writer.array.length) + writer.replacements.size())
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(Integer.BYTES * writer.array.length);
        Arrays.stream(writer.array).forEach(bytes::putInt);
        return bytes.put(writer.replacements.toByteArray()).array();
    }

    private void add(String text, String replacement) {
        Node node = root;
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            node = node.children.computeIfAbsent(Byte.toUnsignedInt(octet), any -> new Node());
        }
        node.value = replacements.size();
        replacements.writeBytes(replacement.getBytes(StandardCharsets.UTF_8));
        replacements.write(0);
    }

    /** Finds a base for the node's children, writes them, and gives it. */
    private int place(Node node) {
        int base = 1;
        while (!fits(node, base)) {
            base++;
        }
        bases.set(base);
        array = Arrays.copyOf(array, Math.max(array.length, (base / BLOCK + 1) * BLOCK));
        if (node.value >= 0) {
            units.set(base);
            array[base] = 1 << 31 | node.value;
        }
        for (int octet : node.children.keySet()) {
            units.set(base ^ octet);
        }
        for (Map.Entry<Integer, Node> entry : node.children.entrySet()) {
            int place = base ^ entry.getKey();
            Node child = entry.getValue();
            int offset = place ^ place(child);
            array[place] = entry.getKey() | (child.value >= 0 ? 1 << 8 : 0) | offset << 10;
        }
        return base;
    }

    private boolean fits(Node node, int base) {
        return !bases.get(base)
                && (node.value < 0 || !units.get(base))
                && node.children.keySet().stream().noneMatch(octet -> units.get(base ^ octet));
    }
}
