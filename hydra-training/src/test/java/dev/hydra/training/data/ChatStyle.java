package dev.hydra.training.data;

import com.google.gson.JsonObject;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Ways to write a chat, each with a tokenizer that goes with it. */
enum ChatStyle {
    CHATML("bpe-qwen2", "", "", "<|im_end|>", """
            {% for message in messages %}{{'<|im_start|>' + message['role'] + '
            ' + message['content'] + '<|im_end|>' + '
            '}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
            ' }}{% endif %}"""),
    LLAMA_2("spm-metaspace", "<s>", " ", " </s>", """
            {% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}\
            {% set system_message = messages[0]['content'] %}{% else %}{% set loop_messages = messages %}\
            {% set system_message = false %}{% endif %}{% for message in loop_messages %}\
            {% if loop.index0 == 0 and system_message != false %}\
            {% set content = '<<SYS>>\\n' + system_message + '\\n<</SYS>>\\n\\n' + message['content'] %}\
            {% else %}{% set content = message['content'] %}{% endif %}\
            {% if message['role'] == 'user' %}{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}\
            {% elif message['role'] == 'assistant' %}{{ ' ' + content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}"""),
    VICUNA("spm-normalizer", "<s>", " ", "</s>", """
            {{ bos_token }}{% for message in messages %}\
            {% if message['role'] == 'system' %}{{ message['content'] + ' ' }}\
            {% elif message['role'] == 'user' %}{{ 'USER: ' + message['content'] + ' ' }}\
            {% else %}{{ 'ASSISTANT: ' + message['content'] + eos_token }}{% endif %}{% endfor %}\
            {% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}"""),
    /** The marks of turns are text to this tokenizer, so that tokens merge across their borders. */
    LLAMA_3("bpe-llama3", "<|begin_of_text|>", "", "<|eot_id|>", """
            {{ bos_token }}{% for message in messages %}\
            {{ '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}\
            {% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{% endif %}"""),
    /** Writes an empty thought before the last answer, and none before those that came earlier. */
    THOUGHTFUL("bpe-qwen2", "", "<think>\n\n</think>\n\n", "<|im_end|>", """
            {% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}\
            {% if message['role'] == 'assistant' and loop.last %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}\
            {{ message['content'].split('</think>')[-1].strip() + '<|im_end|>\\n' }}{% endfor %}\
            {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"""),
    /** Opens a thought in the prompt that it never writes. */
    OPENING("bpe-qwen2", "", "", "<|im_end|>", """
            {% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}\
            {{ message['content'].split('</think>')[-1].strip() + '<|im_end|>\\n' }}{% endfor %}\
            {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n<think>\\n' }}{% endif %}""");

    private static final Path TOKENIZERS = Path.of("../hydra-engine/src/test/resources/families/tokenizers");

    private final String tokenizer;
    private final String begin;
    private final String before;
    private final String mark;
    private final String template;

    ChatStyle(String tokenizer, String begin, String before, String mark, String template) {
        this.tokenizer = tokenizer;
        this.begin = begin;
        this.before = before;
        this.mark = mark;
        this.template = template;
    }

    /** What is learned of an answer that is not the last. */
    String learned(String answer) {
        return before + answer.strip() + mark;
    }

    String mark() {
        return mark;
    }

    /** Writes a model folder's tokenizer and template. */
    Path write(Path folder) throws IOException {
        writeTokenizer(folder);
        Files.writeString(folder.resolve("chat_template.jinja"), template);
        return folder;
    }

    /** Writes a model folder's tokenizer alone. */
    Path writeTokenizer(Path folder) throws IOException {
        Files.copy(TOKENIZERS.resolve(tokenizer).resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
        JsonObject config = new JsonObject();
        config.addProperty("bos_token", begin);
        config.addProperty("eos_token", mark.strip());
        Files.writeString(folder.resolve("tokenizer_config.json"), config.toString());
        return folder;
    }

    static DialogueEncoder encoder(Path folder, Tokenizer tokenizer) throws IOException {
        return new DialogueEncoder(
                DialogueEncoder.template(folder, ChatTemplate.AUTO).orElseThrow(),
                tokenizer,
                Fingerprint.ofTokenizer(folder));
    }
}
