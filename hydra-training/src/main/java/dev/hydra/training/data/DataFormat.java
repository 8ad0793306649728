package dev.hydra.training.data;

/** How a file of training data is written. */
public enum DataFormat {
    /**
     * As each file looks: a name that ends in {@code .txt}, {@code .text} or {@code .md} is text; otherwise a file that begins
     * with a bracket is a JSON array of records, one that begins with a brace has a record per line, and the names in a record say
     * which of the others it is; and everything else is text.
     */
    AUTO,
    /** Records as ShareGPT has them: {@code {"conversations": [{"from": "human", "value": "…"}, …]}}. */
    SHAREGPT,
    /** Records as OpenAI has them: {@code {"messages": [{"role": "user", "content": "…"}, …]}}. */
    MESSAGES,
    /**
     * Text without turns: a file is one document, and in a {@code .json}, {@code .jsonl} or {@code .ndjson} file so is every record
     * {@code {"text": "…"}}.
     */
    TEXT
}
