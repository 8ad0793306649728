package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.Hydra;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.draft.DecodingMode;
import dev.hydra.schedule.StepReport;
import dev.hydra.schedule.StepReport.Token;
import dev.hydra.spring.Reciter;
import dev.hydra.text.TextRun;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.core.publisher.Flux;

/** Draft trees beside the text of a stream, for those who ask for them. */
class HydraChatModelTraceTest {

    private static final String END = "<|end|>";

    @TempDir
    static Path folder;

    private static Hydra hydra;
    private static HydraChatModel model;

    @BeforeAll
    static void open() {
        hydra = Hydra.open(Reciter.options(folder)
                .heads(List.of(Reciter.writeHeads(folder), Reciter.writeMedusaHeads(folder)))
                .build());
        model = HydraChatModel.builder(hydra).build();
    }

    @AfterAll
    static void close() {
        hydra.close();
    }

    @ParameterizedTest
    @EnumSource(DecodingMode.class)
    void carriesEveryStepBesideItsText(DecodingMode mode) {
        List<ChatResponse> chunks =
                chunks("say abc", HydraChatOptions.builder().mode(mode).trace(true));

        assertThat(steps(chunks.get(0))).as("reading the prompt is no step").isEmpty();
        List<ChatResponse> stepped = chunks.subList(1, chunks.size());
        assertThat(stepped.stream().mapToLong(chunk -> steps(chunk).size()).sum())
                .isEqualTo(statistics(chunks).steps());
        for (ChatResponse chunk : stepped.subList(0, stepped.size() - 1)) {
            String said = said(steps(chunk).get(0)).stream().map(Token::text).collect(Collectors.joining());
            assertThat(chunk.getResult().getOutput().getText()).isEqualTo(said.replace(END, ""));
        }
    }

    @ParameterizedTest
    @EnumSource(DecodingMode.class)
    void doesNotLightWhatComesBehindTheEnd(DecodingMode mode) {
        List<ChatResponse> chunks =
                chunks("say xy", HydraChatOptions.builder().mode(mode).trace(true));

        List<StepReport> steps =
                chunks.stream().flatMap(chunk -> steps(chunk).stream()).toList();
        StepReport last = steps.get(steps.size() - 1);
        assertThat(said(last)).last().extracting(Token::text).isEqualTo(END);
    }

    @Test
    void drawsNoTreeInPlainMode() {
        List<ChatResponse> chunks = chunks(
                "say abc", HydraChatOptions.builder().mode(DecodingMode.PLAIN).trace(true));

        assertThat(steps(chunks.get(1)))
                .singleElement()
                .satisfies(step -> assertThat(step.nodes()).hasSize(1))
                .extracting(StepReport::bonus)
                .isEqualTo(Optional.of(new Token('e', "e")));
    }

    @Test
    void carriesTheStepsOfTextThatIsHeldBackWithTheTextThatFollows() {
        List<ChatResponse> chunks = chunks(
                "say XY", HydraChatOptions.builder().mode(DecodingMode.PLAIN).trace(true));

        // Z, two bytes of one character, the end
        assertThat(chunks).extracting(chunk -> steps(chunk).size()).containsExactly(0, 2, 1);
    }

    @Test
    void carriesNoneUnlessAsked() {
        for (Boolean trace : new Boolean[] {null, false}) {
            assertThat(chunks("say abc", HydraChatOptions.builder().trace(trace)))
                    .allSatisfy(chunk -> assertThat(chunk.getMetadata().<List<StepReport>>get(HydraChatModel.STEPS))
                            .isNull());
        }
    }

    @Test
    void answersAWholeAnswerAllTheSame() {
        ChatResponse response = model.call(
                new Prompt("say abc", HydraChatOptions.builder().trace(true).build()));

        assertThat(response.getResult().getOutput().getText()).isEqualTo("defghijklmnopqrstuvwxyz");
        assertThat(response.getMetadata().<List<TextRun>>get(HydraChatModel.RUNS))
                .isNotEmpty();
    }

    private static List<Token> said(StepReport step) {
        return Stream.concat(step.accepted().nodes().stream().skip(1).map(step.nodes()::get), step.bonus().stream())
                .toList();
    }

    private static List<ChatResponse> chunks(String message, HydraChatOptions.Builder options) {
        Flux<ChatResponse> stream = model.stream(new Prompt(message, options.build()));
        return stream.collectList().block();
    }

    private static List<StepReport> steps(ChatResponse chunk) {
        return chunk.getMetadata().get(HydraChatModel.STEPS);
    }

    private static DecodeStatistics statistics(List<ChatResponse> chunks) {
        return (DecodeStatistics)
                chunks.get(chunks.size() - 1).getMetadata().getUsage().getNativeUsage();
    }
}
