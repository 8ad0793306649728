package dev.hydra.training.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {
    private static final int A = BpeTokenizer.FIRST_BYTE + 'a';
    private static final int B = BpeTokenizer.FIRST_BYTE + 'b';
    private static final int C = BpeTokenizer.FIRST_BYTE + 'c';

    @Test
    void joinsTheMostFrequentPairFirst() {
        var tokenizer = new BpeTrainer(263).train(Stream.of("abc", "xbc"));
        assertThat(tokenizer.merges()).containsExactly(new BpeTokenizer.Merge(B, C));
    }

    @Test
    void breaksTiesByTheLowerIds() {
        var tokenizer = new BpeTrainer(264).train(Stream.of("abc", "abc"));
        assertThat(tokenizer.merges())
                .containsExactly(new BpeTokenizer.Merge(A, B), new BpeTokenizer.Merge(BpeTokenizer.FIRST_MERGE, C));
    }

    @Test
    void neverJoinsAcrossPieces() {
        var tokenizer = new BpeTrainer(400).train(IntStream.range(0, 50).mapToObj(index -> "one, two.\nthree"));
        assertThat(IntStream.range(BpeTokenizer.FIRST_MERGE, tokenizer.vocabulary())
                        .mapToObj(tokenizer::decode))
                .contains("one", " two", "three")
                .noneMatch(token -> token.contains(",") || token.contains("\n"));
    }

    @Test
    void countsLongRunsOfOneLetterAsTheEncoderReplacesThem() {
        var tokenizer = new BpeTrainer(300).train(Stream.of("aaaaaaa", "aaaaaaa", "aaaa"));
        assertThat(tokenizer.decode(tokenizer.encode("aaaaaaa aaaa"))).isEqualTo("aaaaaaa aaaa");
        assertThat(tokenizer.encode("aaaaaaa")).hasSize(1);
    }

    @Test
    void stopsWhenNoPairOccursTwice() {
        assertThat(new BpeTrainer(1000).train(Stream.of("abcd")).vocabulary()).isEqualTo(BpeTokenizer.FIRST_MERGE);
    }

    @Test
    void learnsTheSameWhateverTheOrderOfTheTexts() {
        List<String> texts = List.of("the fox and the owl", "the owl in the barn", "a fox in a box");
        assertThat(new BpeTrainer(290).train(texts.stream()).merges())
                .isEqualTo(new BpeTrainer(290)
                        .train(Stream.of(texts.get(2), texts.get(0), texts.get(1)))
                        .merges());
    }

    @Test
    void refusesAVocabularyWithoutRoomForTheBytes() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BpeTrainer(200))
                .withMessage("vocabulary is 200; expected at least 262: special tokens and bytes");
    }
}
