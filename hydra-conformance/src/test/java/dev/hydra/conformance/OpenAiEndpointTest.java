package dev.hydra.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.test.context.ContextConfiguration;
import tools.jackson.databind.JsonNode;

/** What goes over the wire, letter by letter, as OpenAI's reference describes it. */
@ContextConfiguration(classes = OpenApplication.class)
class OpenAiEndpointTest extends ServedReciter {

    private static final String ALPHABET = "defghijklmnopqrstuvwxyz";
    private static final String ENDLESS_STREAM = """
            {"messages": [{"role": "user", "content": "%s"}], "stream": true, "mode": "plain"}""".formatted(FOR_EVER);

    @Test
    void answersInOpenAisShape() throws Exception {
        long before = Instant.now().getEpochSecond();
        HttpResponse<String> response = post("""
                {"model": "reciter", "messages": [{"role": "user", "content": "say abc"}], "max_tokens": 5}""");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        JsonNode answer = JSON.readTree(response.body());
        assertThat(answer.get("id").stringValue()).matches("chatcmpl-[0-9a-f]{32}");
        assertThat(answer.get("created").longValue())
                .isBetween(before, Instant.now().getEpochSecond());
        // "d" comes with the prompt; one step drafts a tree three deep, of which it keeps three tokens and adds its own
        assertThat(response.body()).isEqualTo("""
                {"id":"%s","object":"chat.completion","created":%d,"model":"reciter",\
                "choices":[{"index":0,"message":{"role":"assistant","content":"defgh","refusal":null},\
                "logprobs":null,"finish_reason":"length"}],\
                "usage":{"prompt_tokens":8,"completion_tokens":5,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":0}},\
                "metrics":{"speculative_decoding":{"mean_acceptance_length":4.0,"draft_acceptance_rate":%s,\
                "acceptance_histogram":[0,0,0,1],"acceptance_histogram_by_draft_length":{"3":[0,0,0,1]},\
                "num_spec_steps":1,"num_accepted_draft_tokens":3,"num_draft_tokens":%d,"num_spec_tokens":3}}}""".formatted(
                        answer.get("id").stringValue(),
                        answer.get("created").longValue(),
                        3.0 / draftedPerStep(),
                        draftedPerStep()));
    }

    @Test
    void streamsInOpenAisShape() throws Exception {
        HttpResponse<String> response = post("""
                {"model": "reciter", "messages": [{"role": "user", "content": "say w"}], "stream": true}""");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/event-stream"));
        List<String> events = events(response);
        JsonNode first = JSON.readTree(events.get(0));
        String chunk = """
                {"id":"%s","object":"chat.completion.chunk","created":%d,"model":"reciter",\
                "choices":[{"index":0,"delta":{%%s},"logprobs":null,"finish_reason":%%s}]}""".formatted(
                        first.get("id").stringValue(), first.get("created").longValue());
        assertThat(events)
                .containsExactly(
                        chunk.formatted("\"role\":\"assistant\",\"content\":\"\"", "null"),
                        chunk.formatted("\"content\":\"x\"", "null"),
                        chunk.formatted("\"content\":\"yz\"", "null"),
                        chunk.formatted("", "\"stop\""),
                        "[DONE]");
    }

    @Test
    void endsAStreamWithTheUsageThatWasAskedFor() throws Exception {
        HttpResponse<String> response = post("""
                {"messages": [{"role": "user", "content": "say abc"}], "stream": true,
                 "stream_options": {"include_usage": true}}""");

        List<String> events = events(response);
        List<JsonNode> chunks = events.subList(0, events.size() - 1).stream()
                .map(JSON::readTree)
                .toList();
        JsonNode last = chunks.get(chunks.size() - 1);
        assertThat(events).endsWith("[DONE]");
        assertThat(text(response)).isEqualTo(ALPHABET);
        assertThat(chunks.subList(0, chunks.size() - 1)).allSatisfy(chunk -> {
            assertThat(chunk.get("usage").isNull()).isTrue();
            assertThat(chunk.has("metrics")).isFalse();
            assertThat(chunk.get("choices").size()).isEqualTo(1);
        });
        assertThat(last.get("choices").isEmpty()).isTrue();
        assertThat(last.get("usage")).isEqualTo(JSON.readTree("""
                {"prompt_tokens": 8, "completion_tokens": 24, "total_tokens": 32, "prompt_tokens_details": {"cached_tokens": 0}}"""));
        // "d", five steps of four tokens, and "y", "z" and the end token of which the last one is the base model's own
        assertThat(last.get("metrics")).isEqualTo(JSON.readTree("""
                {"speculative_decoding": {
                 "mean_acceptance_length": %s, "draft_acceptance_rate": %s,
                 "acceptance_histogram": [0, 0, 1, 5], "acceptance_histogram_by_draft_length": {"3": [0, 0, 1, 5]},
                 "num_spec_steps": 6, "num_accepted_draft_tokens": 17, "num_draft_tokens": %d, "num_spec_tokens": 3}}""".formatted(
                        1 + 17.0 / 6, 17.0 / (6 * draftedPerStep()), 6 * draftedPerStep())));
    }

    @Test
    void keepsTheDepthsOfTreesApartThatABudgetCutsDown() throws Exception {
        JsonNode metrics = answer("""
                {"messages": [{"role": "user", "content": "say abc"}], "max_completion_tokens": 8}""").at("/metrics/speculative_decoding");

        // a step of four, and then there is room for three more: a tree two deep
        assertThat(metrics.get("acceptance_histogram_by_draft_length").toString())
                .isEqualTo("{\"2\":[0,0,1],\"3\":[0,0,0,1]}");
        assertThat(metrics.get("acceptance_histogram").toString()).isEqualTo("[0,0,1,1]");
        assertThat(metrics.get("num_spec_tokens").intValue()).isEqualTo(3);
    }

    @Test
    void saysNothingOfDraftsWhereThereWereNone() throws Exception {
        JsonNode answer = answer("""
                {"messages": [{"role": "user", "content": "say abc"}], "mode": "plain"}""");

        assertThat(answer.at("/choices/0/message/content").stringValue()).isEqualTo(ALPHABET);
        assertThat(answer.has("metrics")).isFalse();
    }

    @Test
    void listsTheModel() throws Exception {
        JsonNode list = JSON.readTree(get("/v1/models").body());
        long created = list.at("/data/0/created").longValue();

        assertThat(created).isPositive();
        assertThat(list).isEqualTo(JSON.readTree("""
                {"object": "list", "data": [{"id": "reciter", "object": "model", "created": %d, "owned_by": "hydra"}]}""".formatted(created)));
        assertThat(JSON.readTree(get("/v1/models/reciter").body())).isEqualTo(list.at("/data/0"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-4o", "meta-llama/Llama-3.1-8B"})
    void knowsNoOtherModel(String name) throws Exception {
        HttpResponse<String> asked = post("""
                {"model": "%s", "messages": [{"role": "user", "content": "say x"}]}""".formatted(name));
        HttpResponse<String> looked = get("/v1/models/" + name);

        for (HttpResponse<String> response : List.of(asked, looked)) {
            assertThat(response.statusCode()).isEqualTo(404);
            assertThat(response.body()).isEqualTo("""
                    {"error":{"message":"there is no model '%s' here; expected 'reciter'",\
                    "type":"invalid_request_error","param":"model","code":"model_not_found"}}""".formatted(name));
        }
    }

    @Test
    void readsMessagesOfEveryRole() throws Exception {
        // the reciter goes on with the last letter that it read
        assertThat(content("""
                {"messages": [
                  {"role": "system", "content": "be brief"},
                  {"role": "developer", "content": [{"type": "text", "text": "really"}]},
                  {"role": "user", "content": "say a", "name": "ann"},
                  {"role": "assistant", "content": "b", "refusal": null},
                  {"role": "user", "content": [{"type": "text", "text": "say"}, {"type": "text", "text": "v"}]}]}""")).isEqualTo("wxyz");
    }

    @Test
    void ignoresWhatChangesNothing() throws Exception {
        assertThat(content("""
                {"messages": [{"role": "user", "content": "say w"}], "user": "ann", "metadata": {"a": "b"}, "store": true,
                 "service_tier": "auto", "n": 1, "logprobs": false, "top_logprobs": null, "modalities": ["text"],
                 "response_format": {"type": "text"}, "parallel_tool_calls": true, "tools": [], "prompt_cache_key": "k",
                 "best_of": 1, "ignore_eos": false, "stop": null, "seed": null, "something_new": [1, 2]}""")).isEqualTo("xyz");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"stop\": \"k\" | defghij | stop",
                "\"stop\": [\"q\", \"hi\"] | defg | stop",
                "\"max_tokens\": 3 | def | length",
                "\"max_completion_tokens\": 1 | d | length",
                "\"max_tokens\": 4, \"max_completion_tokens\": 4 | defg | length",
                "\"top_k\": 1, \"temperature\": 40 | defghijklmnopqrstuvwxyz | stop",
                "\"top_p\": 0.001, \"temperature\": 2, \"top_k\": -1 | defghijklmnopqrstuvwxyz | stop",
                "\"min_p\": 0.99, \"temperature\": 40 | defghijklmnopqrstuvwxyz | stop",
                "\"logit_bias\": {\"100\": -100000, \"35\": 100000}, \"max_tokens\": 4 | #### | length",
                "\"frequency_penalty\": 0, \"presence_penalty\": 0, \"repetition_penalty\": 1 | defghijklmnopqrstuvwxyz | stop",
                "\"mode\": \"medusa\", \"stop\": \"g\" | def | stop",
                "\"mode\": \"hydra\", \"stop\": \"g\" | def | stop",
            })
    void honoursEveryOption(String options, String expected, String reason) throws Exception {
        String request = """
                {"messages": [{"role": "user", "content": "say abc"}], %s}""".formatted(options);
        JsonNode answer = answer(request);
        HttpResponse<String> stream = post(request.replaceFirst("\\{", "{\"stream\": true, "));

        assertThat(answer.at("/choices/0/message/content").stringValue()).isEqualTo(expected);
        assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo(reason);
        assertThat(text(stream)).isEqualTo(expected);
    }

    @Test
    void drawsTheSameWithTheSameSeedInEveryMode() throws Exception {
        String hot = """
                {"messages": [{"role": "user", "content": "say abc"}], "temperature": 30, "max_tokens": 40, "seed": %d, "mode": "%s"}""";
        String drawn = content(hot.formatted(7, "plain"));

        assertThat(content(hot.formatted(7, "hydra"))).isEqualTo(drawn);
        assertThat(content(hot.formatted(7, "medusa"))).isEqualTo(drawn);
        assertThat(content(hot.formatted(8, "plain"))).isNotEqualTo(drawn);
    }

    @Test
    void penalisesRepetition() throws Exception {
        String digits = """
                {"messages": [{"role": "user", "content": "count: 0"}], "max_tokens": 40, "%s": %s}""";

        assertThat(content(digits.formatted("presence_penalty", "0"))).contains("1234567890123");
        assertThat(content(digits.formatted("presence_penalty", "100"))).doesNotContain("1234567890123");
        assertThat(content(digits.formatted("frequency_penalty", "100"))).doesNotContain("1234567890123");
        assertThat(content(digits.formatted("repetition_penalty", "50"))).doesNotContain("1234567890123");
    }

    @Test
    void cutsNoCharacterInTwo() throws Exception {
        HttpResponse<String> stream = post("""
                {"messages": [{"role": "user", "content": "say Z"}], "stream": true}""");

        assertThat(text(stream)).isEqualTo("é");
        assertThat(content("""
                {"messages": [{"role": "user", "content": "say Z"}]}""")).isEqualTo("é");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"n\": 2 | n",
                "\"logprobs\": true | logprobs",
                "\"top_logprobs\": 3 | top_logprobs",
                "\"audio\": {\"voice\": \"alloy\", \"format\": \"wav\"} | audio",
                "\"modalities\": [\"text\", \"audio\"] | modalities",
                "\"functions\": [{\"name\": \"f\"}] | functions",
                "\"function_call\": \"auto\" | function_call",
                "\"web_search_options\": {} | web_search_options",
                "\"tools\": [{\"type\": \"function\", \"function\": {\"name\": \"f\"}}], \"parallel_tool_calls\": false | parallel_tool_calls",
                "\"ignore_eos\": true | ignore_eos",
                "\"min_tokens\": 5 | min_tokens",
                "\"guided_choice\": [\"a\"] | guided_choice",
                "\"chat_template\": \"x\" | chat_template",
            })
    void refusesWhatWouldChangeTheAnswerAndCannotBeDone(String field, String param) throws Exception {
        JsonNode error = error(400, """
                {"messages": [{"role": "user", "content": "say abc"}], %s}""".formatted(field));

        assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
        assertThat(error.get("param").stringValue()).isEqualTo(param);
        assertThat(error.get("code").stringValue()).isEqualTo("unsupported_parameter");
        assertThat(error.get("message").stringValue()).startsWith(param + " is ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"temperature\": \"hot\" | temperature | temperature is a string; expected a number",
                "\"temperature\": -1 | temperature | temperature is -1.0; expected 0 to 100",
                "\"top_p\": 0 | top_p | top-p is 0.0; expected more than 0, up to 1 for all tokens",
                "\"top_k\": 1.5 | top_k | top_k is 1.5; expected an integer",
                "\"top_k\": -2 | top_k | top-k is -2; expected 0 for all tokens, or more",
                "\"max_tokens\": -1 | max_tokens | max_tokens is -1; expected 0 or more",
                "\"max_tokens\": 1, \"max_completion_tokens\": 2 | max_tokens | max_tokens is 1 and max_completion_tokens 2; they mean the same: send one",
                "\"stop\": [1] | stop | stop has 1; expected texts of one character at least",
                "\"stop\": \"\" | stop | stop has \"\"; expected texts of one character at least",
                "\"seed\": \"x\" | seed | seed is a string; expected an integer",
                "\"stream\": \"yes\" | stream | stream is a string; expected true or false",
                "\"stream_options\": {\"include_usage\": true} | stream_options | stream_options are for streams; set stream, or leave them out",
                "\"logit_bias\": {\"a\": 1} | logit_bias | logit_bias has 'a'; expected a number for a token's number",
                "\"logit_bias\": {\"100\": 1e9} | logit_bias | logit bias of token 100 is 1.0E9; expected -1000000 to 1000000",
                "\"mode\": \"fast\" | mode | mode is 'fast'; expected one of plain, medusa, hydra",
                "\"model\": 4 | model | model is 4; expected a string",
                "\"response_format\": {\"type\": \"xml\"} | response_format.type | response_format.type is 'xml'; expected text, json_object or json_schema",
                "\"response_format\": {\"type\": \"json_schema\", \"json_schema\": {\"name\": \"a\"}} | response_format.json_schema.schema | response_format.json_schema.schema is missing; expected an object",
                "\"tool_choice\": \"any\" | tool_choice | tool_choice is \"any\"; expected auto, none, required or a function",
                "\"tool_choice\": 1 | tool_choice | tool_choice is 1; expected a string",
                "\"tool_choice\": \"required\" | tool_choice | tool_choice is required, and the request offers no tools: send tools, or leave it out",
                "\"tool_choice\": {\"type\": \"function\", \"function\": {\"name\": \"f\"}} | tool_choice | tool_choice names 'f'; the request offers []",
                "\"tools\": [{\"type\": \"function\"}] | tools[0].function | tools[0].function is missing; expected an object",
                "\"messages\": [] | messages | messages are missing; expected one at least",
                "\"messages\": \"hi\" | messages | messages is a string; expected a list",
                "\"messages\": [\"hi\"] | messages[0] | messages[0] is a string; expected an object",
                "\"messages\": [{\"content\": \"hi\"}] | messages[0].role | messages[0].role is missing; expected a string",
                "\"messages\": [{\"role\": \"user\"}] | messages[0].content | messages[0].content is missing; expected a string or a list of text parts",
                "\"messages\": [{\"role\": \"user\", \"content\": 3}] | messages[0].content | messages[0].content is 3; expected a string or a list of text parts",
                "\"messages\": [{\"role\": \"robot\", \"content\": \"hi\"}] | messages[0].role | messages[0].role is 'robot'; expected system, developer, user, assistant or tool",
                "\"messages\": [{\"role\": \"tool\", \"tool_call_id\": \"c\", \"content\": \"hi\"}] | messages[0].tool_call_id | messages[0].tool_call_id is 'c', and no assistant message before it has a tool call of that id",
            })
    void namesTheFieldThatIsWrong(String field, String param, String message) throws Exception {
        // the second of two fields of one name counts
        JsonNode error = error(400, """
                {"messages": [{"role": "user", "content": "say abc"}], %s}""".formatted(field));

        assertThat(error.get("message").stringValue()).isEqualTo(message);
        assertThat(error.get("param").stringValue()).isEqualTo(param);
        assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
    }

    @ParameterizedTest
    @ValueSource(strings = {"image_url", "input_audio", "file"})
    void readsNothingButText(String type) throws Exception {
        JsonNode error = error(400, """
                {"messages": [{"role": "user", "content": [{"type": "text", "text": "what is it?"}, {"type": "%s"}]}]}""".formatted(type));

        assertThat(error.get("param").stringValue()).isEqualTo("messages[0].content[1].type");
        assertThat(error.get("message").stringValue()).contains("'%s'".formatted(type));
        assertThat(error.get("code").stringValue()).isEqualTo("unsupported_parameter");
    }

    @Test
    void refusesABodyThatIsNoJsonObject() throws Exception {
        assertThat(error(400, "not json").get("message").stringValue()).startsWith("the body is not JSON: ");
        assertThat(error(400, "[]").get("message").stringValue())
                .isEqualTo("the body is a list; expected a JSON object");
        assertThat(error(400, "").get("message").stringValue())
                .isEqualTo("the body is missing; expected a JSON object");
        assertThat(error(400, "\"text\"").get("type").stringValue()).isEqualTo("invalid_request_error");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "none, missing",
                "text/plain, 'text/plain'",
                "application/x-www-form-urlencoded, 'application/x-www-form-urlencoded'"
            },
            quoteCharacter = '"')
    void readsNoBodyThatAPageOfAnotherOriginMightSend(@Nullable String type, String found) throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(uri("/v1/chat/completions")).POST(HttpRequest.BodyPublishers.ofString("""
                        {"messages": [{"role": "user", "content": "say abc"}]}"""));
        if (type != null) {
            request.header("Content-Type", type);
        }

        HttpResponse<String> response = send(request);

        assertThat(response.statusCode()).isEqualTo(415);
        assertThat(JSON.readTree(response.body()).at("/error/message").stringValue())
                .isEqualTo("the content type is %s; expected application/json".formatted(found));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void saysThatAPromptIsTooLong(boolean stream) throws Exception {
        JsonNode error = error(400, """
                {"messages": [{"role": "user", "content": "%s"}], "stream": %s}""".formatted("a".repeat(5000), stream));

        assertThat(error.toString()).isEqualTo("""
                {"message":"the prompt has 5001 tokens; a cache row has 4096 positions: shorten it or raise hydra.cache.positions",\
                "type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}""");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void handsOnWhatTheModelRefuses(boolean stream) throws Exception {
        JsonNode error = error(400, """
                {"messages": [{"role": "user", "content": "say abc"}], "logit_bias": {"9999": 1}, "stream": %s}""".formatted(stream));

        assertThat(error.get("message").stringValue()).contains("token 9999");
        assertThat(error.get("type").stringValue()).isEqualTo("invalid_request_error");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(300)
    void saysThatItIsBusyWhenTheQueueIsFull(boolean stream) throws Exception {
        List<Socket> clients = new ArrayList<>();
        try {
            clients.add(open(ENDLESS_STREAM));
            while (hydra.active() == 0) {
                Thread.sleep(1);
            }
            clients.add(open(ENDLESS_STREAM));
            clients.add(open(ENDLESS_STREAM));
            while (hydra.queued() < 2) {
                Thread.sleep(1);
            }

            HttpResponse<String> response = post("""
                    {"messages": [{"role": "user", "content": "say x"}], "stream": %s}""".formatted(stream));

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.headers().firstValue("retry-after")).hasValue("1");
            assertThat(response.body()).isEqualTo("""
                    {"error":{"message":"2 of 2 waiting requests; try again later, or raise hydra.scheduler.queue",\
                    "type":"server_error","param":null,"code":"queue_full"}}""");
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
        untilIdle();
        assertThat(content("""
                {"messages": [{"role": "user", "content": "say x"}]}""")).isEqualTo("yz");
    }

    @Test
    @Timeout(300)
    void stopsDecodingWhenAStreamsClientGoesAway() throws Exception {
        long before = hydra.statistics().generatedTokens();
        try (Socket client = open(ENDLESS_STREAM)) {
            var in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
            String line = in.readLine();
            while (!line.contains("\"content\":\"1")) {
                line = in.readLine();
            }
        }
        untilIdle();

        assertThat(hydra.statistics().generatedTokens() - before).isBetween(1L, 3999L);
    }

    @Test
    void answersSeveralClientsEachItsOwn() {
        List<CompletableFuture<String>> answers = IntStream.range(0, 3)
                .mapToObj(client -> CompletableFuture.supplyAsync(() -> contentOf("say " + (char) ('v' + client))))
                .toList();

        for (int client = 0; client < answers.size(); client++) {
            assertThat(answers.get(client).join()).isEqualTo("wxyz".substring(client));
        }
    }

    /** Tokens of the standard tree below its root, which is as deep as there are heads. */
    private int draftedPerStep() {
        return hydra.description().drafter().treeNodes() - 1;
    }

    private JsonNode answer(String request) throws IOException, InterruptedException {
        HttpResponse<String> response = post(request);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return JSON.readTree(response.body());
    }

    private String content(String request) throws IOException, InterruptedException {
        return answer(request).at("/choices/0/message/content").stringValue();
    }

    private String contentOf(String message) {
        try {
            return content("""
                    {"messages": [{"role": "user", "content": "%s"}]}""".formatted(message));
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private JsonNode error(int status, String request) throws IOException, InterruptedException {
        HttpResponse<String> response = post(request);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        return JSON.readTree(response.body()).get("error");
    }
}
