package dev.hydra.training;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.decode.Completion;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.schedule.GenerationRequest;
import dev.hydra.training.corpus.ChatFormat;
import dev.hydra.training.corpus.Conversation;
import dev.hydra.training.corpus.Turn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Lets a model answer held-out questions, plainly and with its heads, and says how far the heads carry. */
final class Exam {

    private static final Logger LOG = LoggerFactory.getLogger(Exam.class);
    private static final int MAXIMUM_TOKENS = 300;
    private static final int SHOWN = 30;

    private final List<Conversation> conversations;

    /** @param conversations held-out chats, whose last answers are to be given */
    Exam(List<Conversation> conversations) {
        this.conversations = List.copyOf(conversations);
    }

    /**
     * What came out.
     *
     * @param plain of decoding with the base model alone
     * @param hydra of decoding with its heads
     * @param sameAnswers answers that are equal, token by token
     */
    record Result(DecodeStatistics plain, DecodeStatistics hydra, int sameAnswers) {}

    /** Answers every question twice, first plainly, then with the heads. */
    Result sit(Path model, Path heads) throws InterruptedException {
        try (Hydra plain = Hydra.open(HydraOptions.builder(model).build());
                Hydra hydra =
                        Hydra.open(HydraOptions.builder(model).heads(heads).build())) {
            DecodeStatistics plainly = DecodeStatistics.none();
            DecodeStatistics drafted = DecodeStatistics.none();
            int same = 0;
            int shown = 0;
            for (Conversation conversation : conversations) {
                GenerationRequest request = GenerationRequest.of(
                                hydra.tokenizer().encode(ChatFormat.renderPrompt(conversation.prompt())))
                        .withMaximumTokens(MAXIMUM_TOKENS);
                Completion one = plain.generate(request).await();
                Completion other = hydra.generate(request).await();
                plainly = plainly.plus(one.statistics());
                drafted = drafted.plus(other.statistics());
                same += one.tokens().equals(other.tokens()) ? 1 : 0;
                if (shown++ < SHOWN) {
                    LOG.info(
                            "{}\n    -> {} [{}, {} tokens a step]",
                            lines(conversation.prompt()),
                            other.text(),
                            other.reason(),
                            "%.2f".formatted(other.statistics().acceptanceLength()));
                }
            }
            return new Result(plainly, drafted, same);
        }
    }

    private static String lines(List<Turn> turns) {
        List<String> lines = new ArrayList<>();
        turns.forEach(turn -> lines.add("    " + turn.role().label() + ": " + turn.text()));
        return "\n" + String.join("\n", lines);
    }
}
