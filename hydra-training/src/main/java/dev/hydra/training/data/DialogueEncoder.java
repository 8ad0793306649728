package dev.hydra.training.data;

import dev.hydra.text.ChatMessage;
import dev.hydra.text.ChatTemplate;
import dev.hydra.text.ChatTemplateException;
import dev.hydra.text.Tokenizer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/*
 * Which part of a rendered chat is an answer, only the template knows, so it is asked twice for each: for the prompt, all turns
 * before the answer with what introduces it, and for the same turns with the answer. What the second adds is the answer and the
 * mark that ends it; white space behind the mark belongs to the next turn.
 *
 * Some templates introduce an answer in another way than they write one, for example by opening a thought that they later leave
 * out. Then the answer is looked up by its words, and what the template writes before it is given.
 *
 * Some templates write an answer in another way once it is no longer the last, mostly without its thoughts. Then the next prompt
 * does not go on where the answer ended, and it begins another sequence: every answer is learned behind the prompt that the
 * model would have been given for it. With all other templates a chat is one sequence.
 */
/** Writes chats as a model's template does, as tokens of which the assistant's are to be learned. For one thread. */
final class DialogueEncoder {
    private static final String PROBE = "Answer";
    private static final Clock TODAY = Clock.fixed(Instant.parse("2024-07-26T12:00:00Z"), ZoneOffset.UTC);

    private final ChatTemplate template;
    private final Tokenizer tokenizer;
    private final Continuation continuation;
    private final String fingerprint;
    private final String mark;

    /** An answer in a rendered chat: what goes before, its words as the template writes them, and the mark that ends it. */
    private record Span(String given, String words, String mark) {}

    /**
     * The template that is chosen for a model, as {@link ChatTemplate#choose(Path, String)}. One that writes the date writes that of
     * Llama 3, whenever it is asked: the same data have to give the same rows.
     */
    static Optional<ChatTemplate> template(Path model, String choice) {
        return ChatTemplate.choose(model, choice, TODAY);
    }

    /** @param fingerprint the tokenizer's: tokens of an utterance are used as they are where they are this tokenizer's */
    DialogueEncoder(ChatTemplate template, Tokenizer tokenizer, String fingerprint) {
        this.template = template;
        this.tokenizer = tokenizer;
        this.continuation = new Continuation(tokenizer);
        this.fingerprint = fingerprint;
        String probe = written(
                List.of(new ChatMessage(Dialogue.USER, "Question"), new ChatMessage(Dialogue.ASSISTANT, PROBE)));
        int at = probe.lastIndexOf(PROBE);
        this.mark = at < 0 ? "" : probe.substring(at + PROBE.length());
    }

    private String written(List<ChatMessage> messages) {
        return template.render(messages, false).stripTrailing();
    }

    /**
     * The chat as tokens, up to its last answer.
     *
     * @return mostly one sequence; more where the template rewrites what was said before
     * @throws BadRecordException if there is nothing to learn, or the template refuses the chat or hides an answer
     */
    List<ChatTokens> encode(Dialogue dialogue) {
        if (dialogue.answers().isEmpty()) {
            throw new BadRecordException("there is no turn of the assistant's; expected an answer to learn");
        }
        try {
            return sequences(dialogue);
        } catch (ChatTemplateException e) {
            throw new BadRecordException(String.valueOf(e.getMessage()));
        }
    }

    private List<ChatTokens> sequences(Dialogue dialogue) {
        List<ChatTokens> sequences = new ArrayList<>();
        Transcript transcript = new Transcript(tokenizer, continuation);
        for (int place : dialogue.answers()) {
            Utterance utterance = dialogue.utterances().getOrDefault(place, Utterance.UNKNOWN);
            List<Integer> said = utterance.tokenizer().equals(fingerprint) ? utterance.tokens() : List.of();
            Span span = span(dialogue.messages(), place, !said.isEmpty());
            if (!span.given().startsWith(transcript.text())) {
                sequences.add(transcript.tokens());
                transcript = new Transcript(tokenizer, continuation);
            }
            transcript.give(span.given().substring(transcript.text().length()));
            String learned = utterance.ended() ? span.words() + span.mark() : span.words();
            if (said.isEmpty()) {
                transcript.learn(learned);
            } else {
                transcript.learn(said, learned);
            }
        }
        sequences.add(transcript.tokens());
        return sequences;
    }

    private Span span(List<ChatMessage> messages, int place, boolean generated) {
        String prompt = template.render(messages.subList(0, place), true);
        String text = written(messages.subList(0, place + 1));
        String ending = text.endsWith(mark) ? mark : "";
        int end = text.length() - ending.length();
        if (text.startsWith(prompt) && prompt.length() < end) {
            return new Span(prompt, text.substring(prompt.length(), end), ending);
        }
        String words = messages.get(place).content();
        if (generated) {
            return new Span(prompt, words, ending);
        }
        int start = text.lastIndexOf(words.strip(), end);
        if (start < 0 || !text.substring(start, end).strip().equals(words.strip())) {
            throw new BadRecordException(
                    "the chat template writes the answer of turn %d in other words; expected '%s' in '%s'"
                            .formatted(place + 1, brief(words), brief(text)));
        }
        return new Span(text.substring(0, start), text.substring(start, end), ending);
    }

    private static String brief(String text) {
        String line = text.strip().replace('\n', ' ');
        return line.length() <= 60 ? line : "…" + line.substring(line.length() - 60);
    }
}
