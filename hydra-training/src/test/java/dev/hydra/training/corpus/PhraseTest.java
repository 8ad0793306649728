package dev.hydra.training.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PhraseTest {
    private static final Map<String, String> SLOTS =
            Map.of("name", "ada", "look", "old", "trouble", "{name} is lost", "he", "she");

    @Test
    void choosesAmongAlternativesAndThoseWithinThem() {
        Dice dice = new Dice(1);
        Set<String> found = Stream.generate(() -> Phrase.fill("a [loud [bang|crash]|splash]!", SLOTS, dice))
                .limit(200)
                .collect(Collectors.toSet());
        assertThat(found).containsExactlyInAnyOrder("a loud bang!", "a loud crash!", "a splash!");
    }

    @Test
    void fillsSlotsWithCapitalsArticlesAndSlotsOfTheirOwn() {
        assertThat(fill("{Name} and {name}")).isEqualTo("Ada and ada");
        assertThat(fill("{a look} hat, {A look} hat")).isEqualTo("an old hat, An old hat");
        assertThat(fill("{trouble}. {Trouble}.")).isEqualTo("ada is lost. Ada is lost.");
    }

    @Test
    void leavesSlotsWhenItOnlyChooses() {
        assertThat(Phrase.choose("[{name}]'s hat", new Dice(1))).isEqualTo("{name}'s hat");
    }

    @Test
    void rejectsWhatIsNotClosedOrHasNoValue() {
        assertThatIllegalArgumentException().isThrownBy(() -> fill("[a|b")).withMessageContaining("']'");
        assertThatIllegalArgumentException().isThrownBy(() -> fill("{name")).withMessageContaining("'}'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> fill("{colour}"))
                .withMessageContaining("no value for {colour}");
    }

    private static String fill(String phrase) {
        return Phrase.fill(phrase, SLOTS, new Dice(1));
    }
}
