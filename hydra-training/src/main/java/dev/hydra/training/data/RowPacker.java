package dev.hydra.training.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Puts chats into rows. With several chats to a row, each goes into the first of a few open rows that has room for it; if none
 * has, the fullest is closed and a new one opened. The same chats in the same order give the same rows. Immutable.
 */
final class RowPacker {
    private static final int OPEN_ROWS = 16;

    private final int length;
    private final int open;

    private RowPacker(int length, int open) {
        this.length = length;
        this.open = open;
    }

    /** Puts as many chats into a row as it has room for, of those that come close together. */
    static RowPacker several(int length) {
        return new RowPacker(length, OPEN_ROWS);
    }

    /** Puts each chat into a row of its own. */
    static RowPacker single(int length) {
        return new RowPacker(length, 0);
    }

    /**
     * The rows, in the order in which they were opened.
     *
     * @param chats none longer than a row
     */
    List<TokenRow> pack(List<ChatTokens> chats) {
        List<Row> rows = new ArrayList<>();
        List<Row> opened = new ArrayList<>();
        for (ChatTokens chat : chats) {
            assert chat.size() <= length : "size=" + chat.size() + ", length=" + length;
            Row row = opened.stream()
                    .filter(candidate -> candidate.size + chat.size() <= length)
                    .findFirst()
                    .orElseGet(() -> {
                        Row added = new Row();
                        rows.add(added);
                        opened.add(added);
                        return added;
                    });
            row.add(chat);
            if (opened.size() > open) {
                // of equally full rows the first, as max of a list would not give
                opened.stream()
                        .min(Comparator.comparingInt(candidate -> -candidate.size))
                        .ifPresent(opened::remove);
            }
        }
        return rows.stream().map(row -> new TokenRow(row.chats)).toList();
    }

    private static final class Row {
        private final List<ChatTokens> chats = new ArrayList<>();
        private int size;

        void add(ChatTokens chat) {
            chats.add(chat);
            size += chat.size();
        }
    }
}
