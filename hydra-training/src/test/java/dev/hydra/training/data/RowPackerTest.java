package dev.hydra.training.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowPackerTest {
    private static final int LENGTH = 64;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyChatIsInOneRowAndNoRowIsTooLong(long seed) {
        Random random = new Random(seed);
        List<ChatTokens> chats = new ArrayList<>();
        int count = 1 + random.nextInt(400);
        for (int number = 0; number < count; number++) {
            chats.add(new ChatTokens.Builder()
                    .given(number)
                    .learned(new int[random.nextInt(LENGTH)])
                    .build());
        }
        for (RowPacker packer : List.of(RowPacker.several(LENGTH), RowPacker.single(LENGTH))) {
            List<TokenRow> rows = packer.pack(chats);
            assertThat(rows.stream().flatMap(row -> row.chats().stream()).toList())
                    .as("seed %d", seed)
                    .containsExactlyInAnyOrderElementsOf(chats);
            assertThat(rows).as("seed %d", seed).allMatch(row -> row.size() <= LENGTH);
            assertThat(packer.pack(chats)).isEqualTo(rows);
        }
    }

    @Test
    void fillsRowsWithWhatFitsOfTheNextChats() {
        List<ChatTokens> chats = List.of(chat(40), chat(30), chat(24), chat(34), chat(64));
        assertThat(sizes(RowPacker.several(LENGTH), chats))
                .containsExactly(List.of(40, 24), List.of(30, 34), List.of(64));
    }

    @Test
    void keepsChatsApartWhereAskedTo() {
        assertThat(sizes(RowPacker.single(LENGTH), List.of(chat(3), chat(4)))).containsExactly(List.of(3), List.of(4));
    }

    private static ChatTokens chat(int size) {
        return new ChatTokens.Builder().learned(new int[size]).build();
    }

    private static List<List<Integer>> sizes(RowPacker packer, List<ChatTokens> chats) {
        return packer.pack(chats).stream()
                .map(row -> row.chats().stream().map(ChatTokens::size).toList())
                .toList();
    }
}
