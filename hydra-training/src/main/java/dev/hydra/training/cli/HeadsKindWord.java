package dev.hydra.training.cli;

import dev.hydra.checkpoint.HeadsKind;
import java.util.Locale;
import picocli.CommandLine.TypeConversionException;

/** The words for kinds of heads: {@code hydra}, {@code medusa}, {@code hydra++}. */
final class HeadsKindWord {
    private HeadsKindWord() {}

    /**
     * The kind that a word stands for.
     *
     * @throws TypeConversionException if it stands for none
     */
    static HeadsKind parse(String word) {
        return switch (word.toLowerCase(Locale.ROOT)) {
            case "hydra" -> HeadsKind.HYDRA;
            case "medusa" -> HeadsKind.MEDUSA;
            case "hydra++", "hydra-plus-plus" -> HeadsKind.HYDRA_PLUS_PLUS;
            default ->
                throw new TypeConversionException(
                        "no heads are called '%s'; expected hydra, medusa or hydra++".formatted(word));
        };
    }
}
