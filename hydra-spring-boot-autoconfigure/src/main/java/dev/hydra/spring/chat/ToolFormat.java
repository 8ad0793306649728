package dev.hydra.spring.chat;

/** How a model writes its calls of tools. What is in no such form, or names no tool of the request, is text. */
public enum ToolFormat {
    /** As the chat template writes a call; where it writes none in a known format, {@link #JSON}. */
    AUTO,

    /**
     * Llama 3.1: an answer that begins with <code>{"name": …, "parameters": {…}}</code>, several separated by semicolons;
     * {@code <|python_tag|>} may stand in front of them, anywhere.
     */
    LLAMA,

    /** Hermes and Qwen: <code>&lt;tool_call&gt;{"name": …, "arguments": {…}}&lt;/tool_call&gt;</code>, anywhere, any number. */
    HERMES,

    /**
     * Mistral: <code>[TOOL_CALLS] [{"name": …, "arguments": {…}}, …]</code>, or <code>[TOOL_CALLS]name{…}</code> as newer models have it,
     * also with {@code [CALL_ID]} and {@code [ARGS]}; anywhere, any number.
     */
    MISTRAL,

    /**
     * For models that were told of no format: an answer that begins with <code>{"name": …, "arguments": {…}}</code> or a list of these, in a
     * fence of code or not. The tools and this form are described to the model in the system message.
     */
    JSON
}
