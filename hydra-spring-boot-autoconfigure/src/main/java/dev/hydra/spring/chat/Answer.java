package dev.hydra.spring.chat;

import dev.hydra.text.TextRun;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.springframework.ai.chat.messages.AssistantMessage.ToolCall;

/**
 * One answer as it comes: what of it is words, each with its origin, and which tools it calls. Belongs to the decoding thread.
 */
final class Answer {

    private static final int ID_LENGTH = 9;
    private static final String ID_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    private final CallScanner scanner;
    private final Deque<TextRun> unsettled = new ArrayDeque<>();
    private final List<ToolCall> calls = new ArrayList<>();

    Answer(CallScanner scanner) {
        this.scanner = scanner;
    }

    /** Takes more of the answer; the words that are settled now. */
    List<TextRun> read(List<TextRun> runs) {
        List<CallScanner.Piece> pieces = new ArrayList<>();
        for (TextRun run : runs) {
            unsettled.add(run);
            pieces.addAll(scanner.read(run.text()));
        }
        return words(pieces);
    }

    /** Ends the answer; the words that were held back. */
    List<TextRun> finish() {
        return words(scanner.finish());
    }

    /** The calls so far, with ids of their own: nine letters and digits, as some chat templates insist. */
    List<ToolCall> calls() {
        return List.copyOf(calls);
    }

    private List<TextRun> words(List<CallScanner.Piece> pieces) {
        List<TextRun> words = new ArrayList<>();
        for (CallScanner.Piece piece : pieces) {
            List<TextRun> runs = settle(piece.source().length());
            if (piece instanceof CallScanner.Piece.Calls made) {
                made.calls().forEach(call -> calls.add(new ToolCall(id(), "function", call.name(), call.arguments())));
            } else {
                words.addAll(runs);
            }
        }
        return words;
    }

    private List<TextRun> settle(int length) {
        List<TextRun> settled = new ArrayList<>();
        int missing = length;
        while (missing > 0) {
            TextRun run = unsettled.remove();
            if (run.text().length() > missing) {
                unsettled.push(new TextRun(run.text().substring(missing), run.depth()));
                run = new TextRun(run.text().substring(0, missing), run.depth());
            }
            settled.add(run);
            missing -= run.text().length();
        }
        return settled;
    }

    private static String id() {
        return ThreadLocalRandom.current()
                .ints(ID_LENGTH, 0, ID_CHARACTERS.length())
                .mapToObj(at -> ID_CHARACTERS.substring(at, at + 1))
                .collect(Collectors.joining());
    }
}
