package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CharacterMapTest {
    private static final long SEED = 20_261_126;
    private static final int MUTATIONS = 600;
    private static final String TEXT = "ﬁﬂ ½ ① Ａ\u0001 \uE000 hello ÀÉ 안녕 ＡＢ 👋";

    @TempDir
    Path folder;

    private static byte[] ligatures() {
        return CharacterMapWriter.bytes(Map.of("ﬁ", "fi", "ﬂ", "fl", "①", "1", "Ａ", "A", "\u0001", "", "½", "1/2"));
    }

    @Test
    void takesCharactersForOthers() throws IOException {
        words().mappingCharacters(ligatures()).write(folder);
        try (Tokenizer tokenizer = Tokenizer.open(folder)) {
            assertThat(tokenizer.encode("ﬁﬂ①\u0001½")).isEqualTo(tokenizer.encode("fifl11/2"));
        }
    }

    static Stream<Arguments> damaged() {
        return Stream.of(
                Arguments.of("its trie has -1 bytes", (UnaryOperator<byte[]>) map -> new byte[3]),
                Arguments.of("its trie has 0 bytes", integer(0, 0)),
                Arguments.of("its trie has 1028 bytes", integer(0, 1028)),
                Arguments.of("its trie has 1073741824 bytes", integer(0, 1 << 30)),
                Arguments.of("its trie has -1024 bytes", integer(0, -1024)),
                Arguments.of("its trie leads to unit 4194303 of", integer(1, -1 << 10)),
                Arguments.of("its replacements are no UTF-8", last((byte) 0xC3)),
                Arguments.of("of the replacements; expected the table", (UnaryOperator<byte[]>) map -> Arrays.copyOf(
                        map,
                        4 + ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN).getInt())));
    }

    @ParameterizedTest
    @MethodSource("damaged")
    void refusesATableThatLeadsOutOfItself(String message, UnaryOperator<byte[]> damage) {
        assertThatThrownBy(() -> new CharacterMap(damage.apply(ligatures())))
                .isInstanceOf(TokenizerException.class)
                .hasMessageStartingWith("precompiled_charsmap is damaged")
                .hasMessageContaining(message);
    }

    // the native library reads the table unchecked: where the check overlooks something, this ends the process
    @Test
    void letsNoDamageReachTheLibrary() throws IOException {
        Random random = new Random(SEED);
        int refused = 0;
        for (int mutation = 0; mutation < MUTATIONS; mutation++) {
            byte[] map = ligatures();
            for (int times = 0; times <= mutation % 3; times++) {
                int at = random.nextBoolean() ? used(map, random) : random.nextInt(map.length);
                map[at] = (byte) random.nextInt(256);
            }
            words().mappingCharacters(map).write(folder);
            try (Tokenizer tokenizer = Tokenizer.open(folder)) {
                assertThat(tokenizer.encode(TEXT)).as("mutation %d", mutation).isNotEmpty();
            } catch (TokenizerException e) {
                assertThat(e).hasMessageContaining("precompiled_charsmap is damaged");
                refused++;
            }
        }
        assertThat(refused).isBetween(MUTATIONS / 10, MUTATIONS - MUTATIONS / 10);
    }

    /** The place of a byte that is not 0. */
    private static int used(byte[] map, Random random) {
        int at = random.nextInt(map.length);
        while (map[at] == 0) {
            at = (at + 1) % map.length;
        }
        return at;
    }

    private static UnaryOperator<byte[]> integer(int place, int value) {
        return map -> {
            ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN).putInt(place * Integer.BYTES, value);
            return map;
        };
    }

    private static UnaryOperator<byte[]> last(byte value) {
        return map -> {
            map[map.length - 1] = value;
            return map;
        };
    }

    private static SentencePieceFile words() throws IOException {
        return SentencePieceFile.of(TokenizerFiles.folder("spm-metaspace").resolve("tokenizer.json"));
    }
}
