package dev.hydra.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final String TURNS = """
            {%- if messages[0].role == 'system' %}
                {{- '<|system|>\\n' + messages[0].content | trim + '\\n' }}
                {%- set turns = messages[1:] %}
            {%- else %}
                {%- set turns = messages %}
            {%- endif %}
            {%- for message in turns %}
                {{- '<|' + message['role'] + '|>\\n' + message.content + '\\n' }}
            {%- endfor %}
            {%- if add_generation_prompt %}
                {{- '<|assistant|>\\n' }}
            {%- endif %}
            """;
    private static final String ALTERNATING = """
            {{ bos_token }}
            {%- set ns = namespace(turns=0) %}
            {%- for message in messages %}
                {%- if (message.role == 'user') != (loop.index0 % 2 == 0) %}
                    {{- raise_exception('roles must alternate user/assistant, turn ' ~ loop.index ~ ' is ' ~ message.role) }}
                {%- endif %}
                {%- set ns.turns = ns.turns + 1 %}
                {{- '[' + message.role + '] ' + message.content }}
                {%- if not loop.last %}{{ ' ' }}{% endif %}
                {%- if message.role == 'assistant' %}{{ eos_token }}{% endif %}
            {%- endfor %}
            """;
    private static final ChatMessage HELLO = new ChatMessage("user", "Hello");

    @TempDir
    Path folder;

    @Test
    void writesAConversation() throws IOException {
        Files.writeString(folder.resolve("chat_template.jinja"), TURNS);
        List<ChatMessage> messages = List.of(
                new ChatMessage("system", " Be brief. \n"),
                HELLO,
                new ChatMessage("assistant", "Hi!"),
                new ChatMessage("user", " 2 < 3 & \"so\" 👋\r\n"));
        assertThat(ChatTemplate.open(folder).render(messages, true)).isEqualTo("""
                        <|system|>
                        Be brief.
                        <|user|>
                        Hello
                        <|assistant|>
                        Hi!
                        <|user|>
                         2 < 3 & "so" 👋\r

                        <|assistant|>
                        """);
        assertThat(ChatTemplate.open(folder).render(List.of(HELLO), false)).isEqualTo("<|user|>\nHello\n");
    }

    @Test
    void readsTemplateAndSpecialTokensFromTheTokenizerConfig() throws IOException {
        JsonObject config = new JsonObject();
        config.addProperty("bos_token", "<s>");
        JsonObject end = new JsonObject();
        end.addProperty("content", "</s>");
        config.add("eos_token", end);
        config.addProperty("chat_template", ALTERNATING);
        Files.writeString(folder.resolve("tokenizer_config.json"), config.toString());
        assertThat(ChatTemplate.open(folder).render(List.of(HELLO, new ChatMessage("assistant", "Hi")), false))
                .isEqualTo("<s>[user] Hello [assistant] Hi</s>");
    }

    @Test
    void picksTheDefaultOfSeveralTemplates() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"chat_template": [{"name": "tool_use", "template": "tools"}, {"name": "default", "template": "plain"}]}
                """);
        assertThat(ChatTemplate.open(folder).render(List.of(HELLO), true)).isEqualTo("plain");
    }

    @Test
    void writesToolsWithTheTemplateForTools() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"chat_template": [{"name": "tool_use", "template": "{{ tools[0].function.name }}"}, {"name": "default", "template": "{{ tools }}"}]}
                """);
        ChatTemplate template = ChatTemplate.open(folder);
        Conversation conversation = Conversation.of(List.of(HELLO));
        Map<String, Object> tool = Map.of("type", "function", "function", Map.of("name", "weather"));
        assertThat(template.render(conversation)).isEqualTo("None");
        assertThat(template.render(conversation.withTools(List.of(tool)))).isEqualTo("weather");
    }

    @Test
    void readsTheFolderOfMoreTemplates() throws IOException {
        Files.writeString(folder.resolve("chat_template.jinja"), "plain");
        Path more = Files.createDirectory(folder.resolve("additional_chat_templates"));
        Files.writeString(more.resolve("tool_use.jinja"), "tools");
        Conversation conversation = Conversation.of(List.of(HELLO));
        ChatTemplate template = ChatTemplate.open(folder);
        assertThat(template.render(conversation)).isEqualTo("plain");
        assertThat(template.render(conversation.withTools(List.of(Map.of("name", "f")))))
                .isEqualTo("tools");
    }

    @Test
    void readsTheTemplateOfItsOwnJsonFile() throws IOException {
        Files.writeString(folder.resolve("chat_template.json"), "{\"chat_template\": \"json {{ bos_token }}\"}");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<s>\"}");
        assertThat(ChatTemplate.exists(folder)).isTrue();
        assertThat(ChatTemplate.open(folder).render(List.of(HELLO), true)).isEqualTo("json <s>");
    }

    @Test
    void namesTheTemplatesWhereNoneIsTheDefaultOne() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"chat_template": [{"name": "rag", "template": "x"}]}
                """);
        assertThatThrownBy(() -> ChatTemplate.open(folder))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessage(
                        "%s has the templates [rag]; expected one called 'default'",
                        folder.resolve("tokenizer_config.json"));
    }

    @Test
    void passesOnDocumentsVariablesAndSpecialTokens() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"additional_special_tokens\": [\"<a>\", {\"content\": \"<b>\"}]}");
        Files.writeString(
                folder.resolve("chat_template.jinja"),
                "{{ documents }}{{ thinking }}{{ add_generation_prompt }}{{ additional_special_tokens | join }}");
        Conversation conversation = Conversation.of(List.of(HELLO));
        ChatTemplate template = ChatTemplate.open(folder);
        assertThat(template.render(conversation)).isEqualTo("NoneTrue<a><b>");
        assertThat(template.render(conversation
                        .withDocuments(List.of(Map.of("title", "x")))
                        .with("thinking", 3)
                        .with("add_generation_prompt", false)))
                .isEqualTo("[{'title': 'x'}]3False<a><b>");
    }

    @Test
    void tellsACallAndItsResult() {
        ToolCall call = new ToolCall("abc", "weather", Map.of("place", "Bern"));
        List<ChatMessage> messages = List.of(
                HELLO, new ChatMessage("assistant", "").calling(List.of(call)), ChatMessage.result(call, "sunny"));
        assertThat(template("{{ messages[1:] }}").render(messages, true))
                .isEqualTo("[{'role': 'assistant', 'content': '', 'tool_calls': [{'id': 'abc', 'type': 'function',"
                        + " 'function': {'name': 'weather', 'arguments': {'place': 'Bern'}}}]}, {'role': 'tool',"
                        + " 'content': 'sunny', 'tool_call_id': 'abc', 'name': 'weather'}]");
    }

    @Test
    void writesVicunaAsItsAuthorsDo() {
        List<ChatMessage> messages =
                List.of(HELLO, new ChatMessage("assistant", "Hi!"), new ChatMessage("user", "Who are you?"));
        ChatTemplate vicuna = builtIn("vicuna");
        assertThat(vicuna.render(messages, true))
                .isEqualTo("<s>A chat between a curious user and an artificial intelligence assistant. The assistant"
                        + " gives helpful, detailed, and polite answers to the user's questions."
                        + " USER: Hello ASSISTANT: Hi!</s>USER: Who are you? ASSISTANT:");
        assertThat(vicuna.render(List.of(new ChatMessage("system", "Be brief."), HELLO), true))
                .isEqualTo("<s>Be brief. USER: Hello ASSISTANT:");
        assertThat(vicuna.render(List.of(HELLO, new ChatMessage("assistant", "Hi!")), false))
                .endsWith("USER: Hello ASSISTANT: Hi!</s>");
    }

    @Test
    void writesLlama2AsItsAuthorsDo() {
        List<ChatMessage> messages = List.of(
                new ChatMessage("system", "Be brief."),
                new ChatMessage("user", " Hello "),
                new ChatMessage("assistant", "Hi!"),
                new ChatMessage("user", "Bye"));
        assertThat(builtIn("llama-2").render(messages, true))
                .isEqualTo("<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHello [/INST] Hi! </s><s>[INST] Bye [/INST]");
        assertThat(builtIn("llama-2").render(List.of(HELLO), true)).isEqualTo("<s>[INST] Hello [/INST]");
        assertThatThrownBy(() -> builtIn("llama-2").render(List.of(HELLO, HELLO), true))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageEndingWith("turn 2 is user");
    }

    @Test
    void writesChatMl() {
        assertThat(builtIn("chatml").render(List.of(new ChatMessage("system", "Be brief."), HELLO), true))
                .isEqualTo("""
                        <|im_start|>system
                        Be brief.<|im_end|>
                        <|im_start|>user
                        Hello<|im_end|>
                        <|im_start|>assistant
                        """);
        assertThat(builtIn("chatml").render(List.of(HELLO), false)).isEqualTo("<|im_start|>user\nHello<|im_end|>\n");
    }

    @Test
    void takesTheSpecialTokensOfTheModelForABuiltInFormat() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"), "{\"bos_token\": \"<begin>\", \"eos_token\": \"<end>\"}");
        assertThat(builtIn("vicuna").render(List.of(HELLO, new ChatMessage("assistant", "Hi!")), false))
                .startsWith("<begin>A chat")
                .endsWith("Hi!<end>");
    }

    @Test
    void choosesTheModelsOwnTemplateAFormatOrAFile() throws IOException {
        assertThat(ChatTemplate.choose(folder, "auto")).isEmpty();
        Path file = Files.writeString(folder.resolve("mine.jinja"), "mine");
        assertThat(ChatTemplate.choose(folder, file.toString()).orElseThrow().render(List.of(HELLO), true))
                .isEqualTo("mine");
        Files.writeString(folder.resolve("chat_template.jinja"), "own");
        assertThat(ChatTemplate.choose(folder, "auto").orElseThrow().render(List.of(HELLO), true))
                .isEqualTo("own");
        assertThat(builtIn("chatml").source()).isEqualTo("the format chatml");
        assertThatThrownBy(() -> ChatTemplate.choose(folder, "alpaca"))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessage("chat template 'alpaca' is neither a built-in format nor a file; expected auto, one of"
                        + " [vicuna, llama-2, chatml], or the path of a .jinja file");
    }

    @Test
    void prefersTheTemplateFile() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer_config.json"), "{\"chat_template\": \"config\", \"bos_token\": \"<s>\"}");
        Files.writeString(folder.resolve("chat_template.jinja"), "file {{ bos_token }}");
        assertThat(ChatTemplate.open(folder).render(List.of(HELLO), true)).isEqualTo("file <s>");
    }

    @Test
    void passesOnWhyTheTemplateRefusesAConversation() {
        ChatTemplate template = template(ALTERNATING);
        assertThatThrownBy(() -> template.render(List.of(HELLO, HELLO), true))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessage(
                        "the chat template refuses the conversation: roles must alternate user/assistant, turn 2 is user");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{{ 7 * 7 }}", "{% raw %}", "{# x #}", "{{ ''.class }}", "{%- if", "<|user|>", "\\n 'quoted'"})
    void neverInterpretsTheContents(String content) {
        assertThat(template("{{ messages[0].content }}").render(List.of(new ChatMessage("user", content)), true))
                .isEqualTo(content);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "\"a\n  {% if true %}\n  b\n  {% endif %}\nc\" | \"a\n  b\nc\"",
                "a {% if true %} b {% endif %} c | a  b  c",
                "\"{{ 'x' }} {% if true %}\ny{% endif %}\" | x y",
                "\"a \n {%- if true -%} \n b \n {%- endif -%} \n c\" | abc",
                "\"  {%+ if true %}x{% endif +%}\n y\" | \"  x\n y\"",
                "\"  {# gone #}\n y {# gone #} z\" | \" y  z\"",
                "\"{{ 'a' -}}  b  {{- 'c' }}\n\n\" | \"abc\n\"",
                "\"{{ 'a' }}\nb\" | \"a\nb\"",
                "\"{% raw %}{{ x }} {% if %}{% endraw %}!\" | {{ x }} {% if %}!",
                "{{ '{% x %} }}' }} | {% x %} }}",
                "\"{% set x %}\n hello\n{% endset %}[{{ x }}]\" | \"[ hello\n]\""
            })
    void trimsAsHuggingFaceDoes(String template, String expected) {
        assertThat(template(template).render(List.of(HELLO), true)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{{ ' a b '.strip() }} | a b",
                "{{ 'xxaxx'.lstrip('x') }} | axx",
                "{{ 'a,b,c'.split(',')[-1] }} | c",
                "{{ 'a.b.c'.split('.', 1)[1] }} | b.c",
                "{{ '+'.join(' a  b '.split()) }} | a+b",
                "{{ 'hello world'.title() }} | Hello World",
                "{{ 'ab'.upper() }}{{ 'AB'.lower() }}{{ 'ab'.capitalize() }} | ABabAb",
                "{% if 'abc'.startswith('ab') and 'abc'.endswith('bc') %}yes{% endif %} | yes",
                "{{ 'a.b.c'.replace('.', '') }} | abc",
                "{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %} | a1",
                "{% for x in [1, 2, 3] %}{% if loop.last %}{{ x }}{% endif %}{% endfor %} | 3",
                "{{ strftime_now('%d %B %Y') }} | 09 March 2025",
                "{% generation %}words{% endgeneration %} | words",
                "{% block name %}words{% endblock %} | words",
                "{% set ns = namespace(n=0) %}{% for x in [1, 2, 3] if ns.n < 2 %}{% set ns.n = ns.n + 1 %}{{ x }}{% endfor %} | 12",
                "{% for x in [1, 2, 3] if x > 1 %}{{ loop.index }}{{ loop.last }}{{ loop.length }}{% endfor %} | 1False22True2",
                "{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{{ twice('a') }} | aa",
                "{% if missing is defined %}yes{% else %}no{% endif %}{{ missing }} | no"
            })
    void knowsWhatTemplatesUse(String template, String expected) {
        assertThat(template(template).render(List.of(HELLO), true)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.getClass() }}",
                "{{ messages.getClass() }}",
                "{{ messages[0].getClass().forName('java.lang.Runtime') }}",
                "{{ ____int3rpr3t3r____.getResource('/etc/hostname') }}",
                "{{ ____int3rpr3t3r____.getContext() }}",
                "{{ ____int3rpr3t3r____.config }}"
            })
    void refusesFilesAndJavaObjects(String template) {
        assertThatThrownBy(() -> template(template).render(List.of(HELLO), true))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageStartingWith("the chat template fails: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ ''.class }}",
                "{{ ''.bytes }}",
                "{{ messages.class }}",
                "{{ messages[0].class }}",
                "{{ messages | attr('class') }}"
            })
    void seesNoJavaProperties(String template) {
        assertThat(template(template).render(List.of(HELLO), true)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ nothing() }}", "{{ 'a'.nothing() }}", "{{ 'a' | nothing }}", "{{ 1 + 'a' }}"})
    void failsOnABrokenTemplate(String template) {
        assertThatThrownBy(() -> template(template).render(List.of(HELLO), true))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageStartingWith("the chat template fails: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{% if true %} | Missing end tag: endif",
                "{{ 'a' + }} | unexpected end; expected a value, in {{ 'a' + }}",
                "{% bogus %} | Unknown tag: bogus",
                "{% set 1 = 2 %} | unexpected '1'; expected a name",
                "{{ 'a }} | '{{' in line 1 is never closed; expected '}}'",
                "{% include '/etc/hostname' %} | a chat template has no 'include'",
                "{% import '/etc/hostname' as x %} | a chat template has no 'import'",
                "{% from '/etc/hostname' import x %} | a chat template has no 'from'",
                "{% extends '/etc/hostname' %} | a chat template has no 'extends'"
            })
    void refusesADamagedTemplateAtOnce(String template, String message) {
        assertThatThrownBy(() -> template(template))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageStartingWith("the chat template of a test is damaged: ")
                .hasMessageContaining(message);
    }

    @Test
    void namesTheTagThatIsNeverClosed() {
        assertThatThrownBy(() -> template("a\n\n{% if"))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessage("the chat template of a test is damaged: '{%' in line 3 is never closed; expected '%}'");
    }

    @Test
    void saysWhatToAddWhereThereIsNoTemplate() throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat_template\": null}");
        assertThatThrownBy(() -> ChatTemplate.open(folder))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessage(
                        "%s has no chat template; add the model's chat_template.jinja, or 'chat_template' to its"
                                + " tokenizer_config.json, or choose one of [vicuna, llama-2, chatml], or send a finished prompt",
                        folder);
    }

    @Test
    void namesTheDamagedFile() throws IOException {
        Path file = Files.writeString(folder.resolve("tokenizer_config.json"), "{");
        assertThatThrownBy(() -> ChatTemplate.open(folder))
                .isInstanceOf(ChatTemplateException.class)
                .hasMessageStartingWith(file + " is damaged: ");
    }

    private ChatTemplate builtIn(String name) {
        return ChatTemplate.choose(folder, name).orElseThrow();
    }

    private static ChatTemplate template(String source) {
        Clock clock = Clock.fixed(Instant.parse("2025-03-09T14:05:07Z"), ZoneOffset.UTC);
        return ChatTemplate.of(source, Map.of("bos_token", "<s>", "eos_token", "</s>"), clock);
    }
}
