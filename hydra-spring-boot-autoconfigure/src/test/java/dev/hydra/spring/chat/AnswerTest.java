package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.text.TextRun;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;

class AnswerTest {

    private static final int ROUNDS = 500;
    private static final long SEED = 20261126;
    private static final String WORDS = "Once upon a time <tool was there, ";
    private static final String CALL = "\n<tool_call>{\"name\": \"now\"}</tool_call>";

    /** Every character keeps the depth that it came with, whatever was held back in between. */
    @Test
    void keepsTheOriginOfWords() {
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(SEED + round);
            String text = WORDS + CALL + CALL + WORDS;
            Answer answer = new Answer(CallScanner.of(new HermesCalls(), Set.of("now"), ""));
            List<TextRun> words = new ArrayList<>();
            List<Integer> depths = new ArrayList<>();
            int at = 0;
            while (at < text.length()) {
                List<TextRun> step = new ArrayList<>();
                for (int depth = 0; depth < 3 && at < text.length(); depth++) {
                    int end = Math.min(text.length(), at + 1 + random.nextInt(6));
                    step.add(new TextRun(text.substring(at, end), depth));
                    for (int character = at; character < end; character++) {
                        depths.add(depth);
                    }
                    at = end;
                }
                words.addAll(answer.read(step));
            }
            words.addAll(answer.finish());

            int calls = 2 * CALL.length();
            List<Integer> expected =
                    new ArrayList<>(depths.subList(0, WORDS.stripTrailing().length()));
            expected.addAll(depths.subList(WORDS.length() + calls, text.length()));
            assertThat(words.stream()
                            .flatMap(run -> run.text().chars().mapToObj(character -> run.depth()))
                            .toList())
                    .as("seed %d", SEED + round)
                    .isEqualTo(expected);
            assertThat(words.stream().map(TextRun::text).collect(Collectors.joining()))
                    .isEqualTo(WORDS.stripTrailing() + WORDS);
            assertThat(answer.calls()).extracting(ToolCall::name).containsExactly("now", "now");
        }
    }

    @Test
    void givesEveryCallAnIdOfItsOwn() {
        Answer answer = new Answer(CallScanner.of(new HermesCalls(), Set.of("now"), ""));

        answer.read(List.of(new TextRun(CALL.repeat(1000), 0)));

        assertThat(answer.calls())
                .extracting(ToolCall::id)
                .doesNotHaveDuplicates()
                .allMatch(id -> id.matches("[a-zA-Z0-9]{9}"));
        assertThat(answer.calls()).extracting(ToolCall::type).containsOnly("function");
        assertThat(answer.calls()).extracting(ToolCall::arguments).containsOnly("{}");
    }
}
