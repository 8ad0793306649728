package dev.hydra.spring.chat;

import dev.hydra.spring.Script;

/** Models that ask for the weather, one for each format of calls, and each with a chat template in the manner of those it is found in. */
final class Weather {

    private static final String SAID = "It is 30 degrees in San Francisco, 10 in Tokyo and 15 in Paris.";
    private static final String FIRST =
            "{\"location\": \"San Francisco, CA\", \"lat\": 37.8, \"lon\": -122.4, \"unit\": \"C\"}";
    private static final String SECOND =
            "{\"location\": \"Tokyo, Japan\", \"lat\": 35.7, \"lon\": 139.7, \"unit\": \"C\"}";
    private static final String THIRD =
            "{\"location\": \"Paris, France\", \"lat\": 48.9, \"lon\": 2.4, \"unit\": \"C\"}";
    private static final String ONE = "{ \"location\" : \"Tokyo\", \"lat\": 35, \"lon\": 139, \"unit\": \"C\" }";

    private static final String MESSAGE =
            "{%- else -%}<|{{ message.role }}|>{{ message.content }}{%- endif -%}{%- endfor -%}";

    static final String HERMES = """
            {%- if tools -%}<|system|>{%- for tool in tools -%}{{ tool | tojson }}{%- endfor -%}{%- endif -%}
            {%- for message in messages -%}
            {%- if message.tool_calls -%}
            <|assistant|>{{ message.content }}
            {%- for call in message.tool_calls -%}
            <tool_call>{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}</tool_call>
            {%- endfor -%}
            """ + MESSAGE;

    static final String LLAMA = """
            {%- if tools -%}<|user|>{%- for tool in tools -%}{{ tool | tojson }}{%- endfor -%}{%- endif -%}
            {%- for message in messages -%}
            {%- if message.tool_calls -%}
            {%- if message.tool_calls | length != 1 -%}{{ raise_exception("one call at a time") }}{%- endif -%}
            {%- set call = message.tool_calls[0].function -%}
            <|assistant|>{"name": "{{ call.name }}", "parameters": {{ call.arguments | tojson }}}
            """ + MESSAGE;

    static final String MISTRAL = """
            {%- for message in messages -%}
            {%- if message.tool_calls -%}
            [TOOL_CALLS] [
            {%- for call in message.tool_calls -%}
            {%- if call.id | length != 9 -%}{{ raise_exception("ids have nine characters") }}{%- endif -%}
            {"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}, "id": "{{ call.id }}"}
            {%- if not loop.last -%}, {% endif -%}
            {%- endfor -%}
            ]
            {%- elif message.role == 'tool' -%}
            {%- if message.tool_call_id | length != 9 -%}{{ raise_exception("ids have nine characters") }}{%- endif -%}
            <|tool|>{"content": {{ message.content }}, "call_id": "{{ message.tool_call_id }}"}
            {%- elif tools and message.role == 'user' and loop.last -%}
            <|system|>{{ tools | tojson }}<|user|>{{ message.content }}
            """ + MESSAGE;

    /** Knows of no tools, and insists on turns. */
    static final String PLAIN = """
            {%- for message in messages -%}
            {%- set place = loop.index0 if messages[0].role == 'user' else loop.index0 - 1 -%}
            {%- if message.role not in ['system', 'user', 'assistant'] -%}{{ raise_exception("who is that?") }}
            {%- elif message.role != 'system' and (message.role == 'user') != (place % 2 == 0) -%}
            {{ raise_exception("turns") }}
            """ + MESSAGE;

    private Weather() {}

    /** The script for a format. */
    static Script script(ToolFormat format) {
        return switch (format) {
            case HERMES, AUTO ->
                scenes(
                        Script.in(HERMES),
                        "<tool_call>\n" + call("arguments", FIRST) + "\n</tool_call>\n<tool_call>"
                                + call("arguments", SECOND) + " </tool_call> <tool_call>\n\n" + call("arguments", THIRD)
                                + "\n</tool_call>\n",
                        "<tool_call> " + call("arguments", ONE) + "\t</tool_call>");
            case LLAMA ->
                scenes(
                        Script.in(LLAMA, "<|python_tag|>"),
                        "<|python_tag|>" + call("parameters", FIRST) + "; " + call("parameters", SECOND) + " ; "
                                + call("parameters", THIRD),
                        call("parameters", ONE));
            case MISTRAL ->
                scenes(
                        Script.in(MISTRAL, "[TOOL_CALLS]"),
                        "[TOOL_CALLS] [" + call("arguments", FIRST) + ", " + call("arguments", SECOND) + ", "
                                + call("arguments", THIRD) + "]",
                        "[TOOL_CALLS]getCurrentWeather" + ONE);
            case JSON ->
                Script.in(PLAIN)
                        .when(all("last.content"), SAID)
                        .when(
                                "'Francisco' in last.content",
                                "[" + call("arguments", FIRST) + ", " + call("arguments", SECOND) + ", "
                                        + call("arguments", THIRD) + "]")
                        .when("'Tokyo' in last.content", "```json\n" + call("arguments", ONE) + "\n```");
        };
    }

    private static Script scenes(Script script, String three, String one) {
        return script.when("last.role == 'tool' and " + all("results"), SAID)
                .when("last.role == 'user' and 'Francisco' in last.content", three)
                .when("last.role == 'user' and 'Tokyo' in last.content", one);
    }

    /** Whether what the tool has said of all three places is there. */
    private static String all(String text) {
        return "'\"temp\":30.0' in %1$s and '\"temp\":10.0' in %1$s and '\"temp\":15.0' in %1$s".formatted(text);
    }

    private static String call(String key, String arguments) {
        return "{\"name\": \"getCurrentWeather\", \"%s\": %s}".formatted(key, arguments);
    }
}
