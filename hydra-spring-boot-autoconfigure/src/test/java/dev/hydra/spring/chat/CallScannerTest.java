package dev.hydra.spring.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hydra.spring.chat.CallScanner.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class CallScannerTest {

    private static final Set<String> TOOLS = Set.of("weather", "weather_week", "now");
    private static final int ROUNDS = 4000;
    private static final long SEED = 20261126;

    private static final CallSyntax LLAMA = new LlamaCalls();
    private static final CallSyntax HERMES = new HermesCalls();
    private static final CallSyntax MISTRAL = new MistralCalls();
    private static final CallSyntax JSON = new JsonCalls();

    private static final Call PARIS = new Call("weather", "{\"city\": \"Paris\"}");
    private static final Call NOW = new Call("now", "{}");

    static Stream<Arguments> calls() {
        String paris = "{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}";
        String llama = "{\"name\": \"weather\", \"parameters\": {\"city\": \"Paris\"}}";
        return Stream.of(
                Arguments.of(LLAMA, llama, "", List.of(PARIS)),
                Arguments.of(LLAMA, "\n\n" + llama + "\n", "", List.of(PARIS)),
                Arguments.of(LLAMA, "<|python_tag|>" + llama, "", List.of(PARIS)),
                Arguments.of(LLAMA, "I look. <|python_tag|> " + llama, "I look.", List.of(PARIS)),
                Arguments.of(LLAMA, llama + "; " + llama + ";\n" + paris, "", List.of(PARIS, PARIS, PARIS)),
                Arguments.of(LLAMA, llama + "\n" + llama, "", List.of(PARIS, PARIS)),
                Arguments.of(
                        LLAMA, "{\"type\": \"function\", \"name\": \"now\", \"parameters\": {}}", "", List.of(NOW)),
                Arguments.of(LLAMA, llama + " as you see", " as you see", List.of(PARIS)),
                Arguments.of(HERMES, "<tool_call>\n" + paris + "\n</tool_call>", "", List.of(PARIS)),
                Arguments.of(
                        HERMES,
                        "<tool_call>" + paris + "</tool_call>\n<tool_call>{\"name\":\"now\"}</tool_call>\n",
                        "",
                        List.of(PARIS, NOW)),
                Arguments.of(
                        HERMES, "Let me see.\n<tool_call>" + paris + "</tool_call>", "Let me see.", List.of(PARIS)),
                Arguments.of(
                        HERMES,
                        "<tool_call>{\"arguments\": {\"city\": \"Paris\"}, \"name\": \"weather\"}</tool_call>",
                        "",
                        List.of(PARIS)),
                Arguments.of(
                        HERMES,
                        "<think>\nI <tool_call>" + paris + "</tool_call>?\n</think>\n\n<tool_call>" + paris
                                + "</tool_call>",
                        "<think>\nI <tool_call>" + paris + "</tool_call>?\n</think>",
                        List.of(PARIS)),
                Arguments.of(HERMES, "<tool_call>" + paris, "", List.of(PARIS)),
                Arguments.of(HERMES, "<tool_call>" + paris + "\n</tool", "", List.of(PARIS)),
                Arguments.of(
                        HERMES,
                        "<tool_call>{\"name\": \"now\", \"arguments\": null}</tool_call> done",
                        " done",
                        List.of(NOW)),
                Arguments.of(MISTRAL, "[TOOL_CALLS] [" + paris + "]", "", List.of(PARIS)),
                Arguments.of(
                        MISTRAL,
                        "[TOOL_CALLS][" + paris + ", {\"name\": \"now\", \"arguments\": {}, \"id\": \"abcdefghi\"}]",
                        "",
                        List.of(PARIS, NOW)),
                Arguments.of(MISTRAL, "Well: [TOOL_CALLS] [" + paris + "]", "Well:", List.of(PARIS)),
                Arguments.of(
                        MISTRAL, "[TOOL_CALLS]weather{\"city\": \"Paris\"}[TOOL_CALLS]now{}", "", List.of(PARIS, NOW)),
                Arguments.of(MISTRAL, "[TOOL_CALLS]weather_week[ARGS]{}", "", List.of(new Call("weather_week", "{}"))),
                Arguments.of(MISTRAL, "[TOOL_CALLS]now[CALL_ID]a1b2c3d4e[ARGS]{}", "", List.of(NOW)),
                Arguments.of(JSON, paris, "", List.of(PARIS)),
                Arguments.of(JSON, " [" + paris + ", {\"name\": \"now\"}] ", "", List.of(PARIS, NOW)),
                Arguments.of(JSON, "```json\n" + paris + "\n```\n", "", List.of(PARIS)),
                Arguments.of(JSON, "```\n[" + llama + "]", "", List.of(PARIS)),
                Arguments.of(JSON, "<think>{}</think>" + paris, "<think>{}</think>", List.of(PARIS)),
                Arguments.of(
                        JSON,
                        "{\"name\": \"weather\", \"arguments\": {\"a\": [1.50, {\"b\": \"}\\\"\\u00e9é👋\"}], \"n\": -1e3}}",
                        "",
                        List.of(new Call("weather", "{\"a\": [1.50, {\"b\": \"}\\\"\\u00e9é👋\"}], \"n\": -1e3}"))));
    }

    @ParameterizedTest
    @MethodSource("calls")
    void findsCalls(CallSyntax syntax, String answer, String text, List<Call> calls) {
        assertThat(calls(scan(syntax, List.of(answer)))).isEqualTo(calls);
        assertThat(text(scan(syntax, List.of(answer)))).isEqualTo(text);
    }

    static Stream<Arguments> words() {
        String call = "{\"name\": \"weather\", \"arguments\": {\"city\": \"Paris\"}}";
        return Stream.of(
                Arguments.of(LLAMA, "It is {\"name\": \"weather\", \"parameters\": {}}"),
                Arguments.of(LLAMA, "{\"name\": \"sunshine\", \"parameters\": {}}"),
                Arguments.of(LLAMA, "{\"name\": \"weather\", \"parameters\": {\"city\": \"Par"),
                Arguments.of(LLAMA, "{\"name\": \"weather\", \"parameters\": \"Paris\"}"),
                Arguments.of(LLAMA, "{\"name\": weather}"),
                Arguments.of(LLAMA, "{\"answer\": 42}"),
                Arguments.of(LLAMA, "{}"),
                Arguments.of(LLAMA, "<|python_tag|>print(1)"),
                Arguments.of(LLAMA, "42 and {more}"),
                Arguments.of(LLAMA, "[" + call + "]"),
                Arguments.of(HERMES, call),
                Arguments.of(HERMES, "<tool_call>sunshine</tool_call>"),
                Arguments.of(HERMES, "<tool_call>" + call.replace("weather", "sunshine") + "</tool_call>"),
                Arguments.of(HERMES, "<tool_call>" + call.replace("}}", "}") + "</tool_call>"),
                Arguments.of(HERMES, "<tool_call>[" + call + "]</tool_call>"),
                Arguments.of(HERMES, "<tool_call>" + call + " so </tool_call>"),
                Arguments.of(HERMES, "a < b, a <tool b and <tool_cal"),
                Arguments.of(HERMES, "<think>never ends <tool_call>" + call + "</tool_call>"),
                Arguments.of(HERMES, "  \n\t "),
                Arguments.of(MISTRAL, "[" + call + "]"),
                Arguments.of(MISTRAL, "[TOOL_CALLS] []"),
                Arguments.of(MISTRAL, "[TOOL_CALLS] [" + call + ", " + call.replace("weather", "sunshine") + "]"),
                Arguments.of(MISTRAL, "[TOOL_CALLS] [" + call + ", 5]"),
                Arguments.of(MISTRAL, "[TOOL_CALLS]weathering{}"),
                Arguments.of(MISTRAL, "[TOOL_CALLS]weather[]"),
                Arguments.of(MISTRAL, "[TOOL_CALLS]weather[CALL_ID]x{}"),
                Arguments.of(MISTRAL, "[TOOL_CALLS]weather{\"city\": "),
                Arguments.of(JSON, "So " + call),
                Arguments.of(JSON, "```java\nvoid now() {}\n```"),
                Arguments.of(JSON, "[1, 2]"),
                Arguments.of(JSON, "\"quoted\""),
                Arguments.of(JSON, "{'name': 'now'}"),
                Arguments.of(JSON, "{\"tool\": {\"name\": \"now\", \"arguments\": {}}}"),
                Arguments.of(JSON, "{\"name\": \"now\", \"name\": \"never\"}"));
    }

    @ParameterizedTest
    @MethodSource("words")
    void leavesEverythingElseAsItIs(CallSyntax syntax, String answer) {
        List<Piece> pieces = scan(syntax, List.of(answer));

        assertThat(calls(pieces)).isEmpty();
        assertThat(text(pieces)).isEqualTo(answer);
    }

    /** Answers of parts that calls are made of, whole and broken, cut at random. */
    @ParameterizedTest
    @MethodSource("syntaxes")
    void findsTheSameHoweverTheAnswerIsCut(CallSyntax syntax) {
        List<String> parts = Stream.concat(
                        Stream.concat(calls(), words())
                                .map(arguments -> (String) arguments.get()[1]),
                        Stream.of(
                                "<tool_call>",
                                "</tool_call>",
                                "[TOOL_CALLS]",
                                "<|python_tag|>",
                                "{\"name\": \"now\"",
                                "}",
                                ";",
                                " ",
                                "\n",
                                "<think>",
                                "</think>",
                                "```",
                                "é👋",
                                "words and words"))
                .toList();
        for (int round = 0; round < ROUNDS; round++) {
            Random random = new Random(SEED + round);
            String answer = random.ints(1 + random.nextInt(4), 0, parts.size())
                    .mapToObj(parts::get)
                    .collect(Collectors.joining());
            List<Piece> whole = scan(syntax, List.of(answer));
            List<Piece> cut = scan(syntax, cut(answer, random));

            assertThat(sources(whole)).isEqualTo(answer);
            assertThat(sources(cut)).isEqualTo(answer);
            assertThat(calls(cut)).as("seed %d: %s", SEED + round, answer).isEqualTo(calls(whole));
            assertThat(text(cut)).as("seed %d: %s", SEED + round, answer).isEqualTo(text(whole));
        }
    }

    static Stream<CallSyntax> syntaxes() {
        return Stream.of(LLAMA, HERMES, MISTRAL, JSON);
    }

    @ParameterizedTest
    @MethodSource("calls")
    void neverLetsAPartOfACallOut(CallSyntax syntax, String answer, String text, List<Call> calls) {
        CallScanner scanner = CallScanner.of(syntax, TOOLS, "");
        StringBuilder released = new StringBuilder();
        for (int at = 0; at < answer.length(); at++) {
            released.append(text(scanner.read(answer.substring(at, at + 1))));
            assertThat(text).startsWith(released.toString());
        }
    }

    @Test
    void letsWordsOutAsTheyCome() {
        CallScanner hermes = CallScanner.of(HERMES, TOOLS, "");
        assertThat(text(hermes.read("Once"))).isEqualTo("Once");
        assertThat(text(hermes.read(" upon"))).isEqualTo(" upon");
        assertThat(text(hermes.read(" a <"))).isEqualTo(" a");
        assertThat(text(hermes.read("b"))).isEqualTo(" <b");
        assertThat(text(hermes.read("<tool_call>{\"name\": \"no"))).isEmpty();
        assertThat(text(hermes.read("ne\""))).isEqualTo("<tool_call>{\"name\": \"none\"");
        assertThat(text(hermes.finish())).isEmpty();

        CallScanner json = CallScanner.of(JSON, TOOLS, "");
        assertThat(text(json.read("{\"answer\": "))).isEmpty();
        assertThat(text(json.read("{\"x\": 1"))).isEmpty();
        assertThat(text(json.read("}}"))).isEqualTo("{\"answer\": {\"x\": 1}}");
        assertThat(text(json.read(" \n"))).isEqualTo(" \n");
        assertThat(text(json.read("{"))).isEqualTo("{");
    }

    @Test
    void thinksFirstWhereThePromptHasBegunTheThoughts() {
        CallScanner scanner = CallScanner.of(HERMES, TOOLS, "<|assistant|><think>\n");

        List<Piece> pieces = new ArrayList<>(scanner.read(
                "<tool_call>{\"name\":\"now\"}</tool_call> </think><tool_call>{\"name\":\"now\"}</tool_call>"));
        pieces.addAll(scanner.finish());

        assertThat(text(pieces)).isEqualTo("<tool_call>{\"name\":\"now\"}</tool_call> </think>");
        assertThat(calls(pieces)).containsExactly(NOW);
    }

    @Test
    void takesNothingForACallWhereThereAreNoTools() {
        CallScanner scanner = CallScanner.none();

        assertThat(text(scanner.read(" <tool_call>{"))).isEqualTo(" <tool_call>{");
        assertThat(scanner.finish()).isEmpty();
    }

    @Test
    void readsDeepAndLongArgumentsInLinearTime() {
        String deep = "{\"name\": \"now\", \"arguments\": {\"a\": " + "[".repeat(400) + "]".repeat(400) + "}}";
        String deeper = "{\"name\": \"now\", \"arguments\": {\"a\": " + "[".repeat(5000) + "]".repeat(5000) + "}}";
        String wide = "{\"name\": \"now\", \"arguments\": {\"a\": \"" + "x".repeat(200_000) + "\"}}";

        assertThat(calls(scan(JSON, List.of(deep)))).hasSize(1);
        assertThat(text(scan(JSON, List.of(deeper)))).isEqualTo(deeper);
        assertThat(calls(scan(JSON, List.of(wide)))).hasSize(1);
    }

    private static List<Piece> scan(CallSyntax syntax, List<String> chunks) {
        CallScanner scanner = CallScanner.of(syntax, TOOLS, "");
        List<Piece> pieces = new ArrayList<>();
        chunks.forEach(chunk -> pieces.addAll(scanner.read(chunk)));
        pieces.addAll(scanner.finish());
        return pieces;
    }

    private static List<String> cut(String text, Random random) {
        List<String> chunks = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = Math.min(text.length(), start + 1 + random.nextInt(9));
            chunks.add(text.substring(start, end));
            start = end;
        }
        return chunks;
    }

    private static String sources(List<Piece> pieces) {
        return pieces.stream().map(Piece::source).collect(Collectors.joining());
    }

    private static String text(List<Piece> pieces) {
        return pieces.stream()
                .filter(Piece.Text.class::isInstance)
                .map(Piece::source)
                .collect(Collectors.joining());
    }

    private static List<Call> calls(List<Piece> pieces) {
        return pieces.stream()
                .filter(Piece.Calls.class::isInstance)
                .flatMap(piece -> ((Piece.Calls) piece).calls().stream())
                .toList();
    }
}
