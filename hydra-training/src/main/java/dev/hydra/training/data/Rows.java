package dev.hydra.training.data;

import dev.hydra.text.ChatTemplate;
import dev.hydra.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Takes samples and makes rows of them, for training and for validation. For one thread. */
final class Rows {
    private final DataRequest request;
    private final Tokenizer tokenizer;
    private final Optional<DialogueEncoder> encoder;
    private final List<ChatTokens> training = new ArrayList<>();
    private final List<ChatTokens> validation = new ArrayList<>();
    private long records;
    private long truncated;
    private long dropped;

    /** @param encoder empty if the model has no chat template */
    Rows(DataRequest request, Tokenizer tokenizer, Optional<DialogueEncoder> encoder) {
        this.request = request;
        this.tokenizer = tokenizer;
        this.encoder = encoder;
    }

    /**
     * Adds a sample.
     *
     * @throws BadRecordException if nothing can be learned from it
     * @throws DataException if it is a chat and the model has no chat template
     */
    void add(Sample sample) {
        if (sample instanceof Dialogue dialogue) {
            add(dialogue);
        } else if (sample instanceof Document document) {
            add(document);
        }
    }

    private void add(Dialogue dialogue) {
        DialogueEncoder writer = encoder.orElseThrow(() -> new DataException(
                "%s is a chat, and the model has no chat template; add its chat_template.jinja to the model's folder, choose one of %s, or give text"
                        .formatted(dialogue.origin(), String.join(", ", ChatTemplate.builtIn()))));
        List<ChatTokens> whole = writer.encode(dialogue);
        List<ChatTokens> side = side(of(dialogue));
        boolean kept = false;
        boolean cut = false;
        for (ChatTokens chat : whole) {
            ChatTokens fitting = chat.part(0, Math.min(chat.size(), request.length()));
            cut |= fitting.size() < chat.size();
            if (fitting.learned() > 0) {
                side.add(fitting);
                kept = true;
            }
        }
        records += kept ? 1 : 0;
        truncated += kept && cut ? 1 : 0;
        dropped += kept ? 0 : 1;
    }

    private void add(Document document) {
        List<Integer> ids = tokenizer.encodePrompt(document.text());
        if (ids.size() < 2) {
            throw new BadRecordException("the text is a single token; expected 2 or more, one to see and one to learn");
        }
        records++;
        for (int from = 0; from + 1 < ids.size(); from += request.length()) {
            List<Integer> piece = ids.subList(from, Math.min(ids.size(), from + request.length()));
            ChatTokens.Builder tokens = new ChatTokens.Builder().given(piece.get(0));
            Fingerprint content = new Fingerprint().add(request.seed());
            piece.subList(1, piece.size()).forEach(tokens::learned);
            piece.forEach(content::add);
            side(content).add(tokens.build());
        }
    }

    // the questions alone decide: the same one with two answers would otherwise be learned and asked
    private Fingerprint of(Dialogue dialogue) {
        Fingerprint content = new Fingerprint().add(request.seed());
        dialogue.questions().forEach(message -> content.add(message.role()).add(message.content()));
        return content;
    }

    private List<ChatTokens> side(Fingerprint content) {
        double place = (content.number() >>> 11) * 0x1p-53;
        return place < request.validation() ? validation : training;
    }

    /**
     * What was made of all samples.
     *
     * @param bad records that were skipped
     * @throws DataException if a side is empty that must not be
     */
    TrainingData finish(int bad) {
        if (records == 0) {
            throw new DataException(
                    "there is nothing to learn in %s: %d records are bad, and %d chats have no answer within %d tokens; expected one chat at least"
                            .formatted(request.files(), bad, dropped, request.length()));
        }
        if (training.isEmpty() || validation.isEmpty() && request.validation() > 0) {
            throw new DataException(
                    "of %d records, %d sequences are for training and %d for validation; expected one of each: give more data, or another part than %s for validation, or another seed"
                            .formatted(records, training.size(), validation.size(), request.validation()));
        }
        RowPacker packer = request.packed() ? RowPacker.several(request.length()) : RowPacker.single(request.length());
        List<TokenRow> trained = packer.pack(training);
        List<TokenRow> validated = packer.pack(validation);
        return new TrainingData(
                trained, validated, statistics(trained, validated, bad), fingerprint(trained, validated));
    }

    private DataStatistics statistics(List<TokenRow> trained, List<TokenRow> validated, int bad) {
        long tokens = 0;
        long learned = 0;
        for (List<TokenRow> rows : List.of(trained, validated)) {
            tokens += rows.stream().mapToLong(TokenRow::size).sum();
            learned += rows.stream().mapToLong(TokenRow::learned).sum();
        }
        int rows = trained.size() + validated.size();
        return new DataStatistics(records, tokens, learned, rows, request.length(), truncated, dropped, bad);
    }

    private String fingerprint(List<TokenRow> trained, List<TokenRow> validated) {
        Fingerprint fingerprint = new Fingerprint().add(request.length());
        for (List<TokenRow> rows : List.of(trained, validated)) {
            fingerprint.add(rows.size());
            for (TokenRow row : rows) {
                fingerprint.add(row.chats().size());
                for (ChatTokens chat : row.chats()) {
                    fingerprint.add(chat.size());
                    for (int place = 0; place < chat.size(); place++) {
                        fingerprint.add(2L * chat.token(place) + (chat.learned(place) ? 1 : 0));
                    }
                }
            }
        }
        return fingerprint.hex();
    }
}
