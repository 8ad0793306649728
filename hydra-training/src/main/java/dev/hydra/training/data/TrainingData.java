package dev.hydra.training.data;

import dev.hydra.text.Tokenizer;
import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Rows that a model's draft heads are trained on, and rows that they are judged by. Immutable.
 *
 * @param training    in the order of the data
 * @param validation  in the order of the data; empty only where none was asked for
 * @param statistics  what became of the data
 * @param fingerprint SHA-256 of all rows, in hexadecimal: equal for equal rows in the same order alone
 */
public record TrainingData(
        List<TokenRow> training, List<TokenRow> validation, DataStatistics statistics, String fingerprint) {

    public TrainingData {
        training = List.copyOf(training);
        validation = List.copyOf(validation);
    }

    /**
     * Reads training data, as a model sees it. The same request gives the same rows.
     *
     * @param model   folder of the base model, in Hugging Face's layout
     * @param console hears of bad records and of progress
     * @throws DataException if there are too many bad records, or nothing is left for training or for validation, or the file of
     *     kept answers is in use or damaged
     * @throws IllegalStateException if the engine fails while the model answers; what it said is kept
     * @throws dev.hydra.text.TokenizerException if the model has no tokenizer
     * @throws dev.hydra.text.ChatTemplateException if the chat template is broken, or the chosen one does not exist
     * @throws IOException if a file cannot be read
     * @throws InterruptedException if the calling thread is interrupted while the model answers; what it said is kept
     */
    public static TrainingData read(DataRequest request, Path model, Console console)
            throws IOException, InterruptedException {
        Problems problems = new Problems(request.maximumBad(), console);
        try (Tokenizer tokenizer = Tokenizer.open(model)) {
            String fingerprint = Fingerprint.ofTokenizer(model);
            Optional<DialogueEncoder> encoder = DialogueEncoder.template(model, request.chatTemplate())
                    .map(template -> new DialogueEncoder(template, tokenizer, fingerprint));
            Rows rows = new Rows(request, tokenizer, encoder);
            if (request.answers() instanceof Answers.Regenerated options) {
                try (Regeneration regeneration = new Regeneration(request, options, model, tokenizer)) {
                    regenerate(request, regeneration, console, problems, rows);
                }
            } else {
                readFiles(request, console, problems, rows::add);
            }
            return rows.finish(problems.count());
        }
    }

    private static void regenerate(
            DataRequest request, Regeneration regeneration, Console console, Problems problems, Rows rows)
            throws IOException, InterruptedException {
        readFiles(request, console, problems, regeneration::expect);
        console.say("the model has %d chats to answer; %d are kept from earlier"
                .formatted(regeneration.missing(), regeneration.kept()));
        try (Progress progress = console.progress("answering", regeneration.missing(), "chats")) {
            readAgain(request, sample -> regeneration.answer(sample, progress));
            regeneration.finish(progress);
        }
        readAgain(request, sample -> {
            if (sample instanceof Dialogue dialogue) {
                try {
                    rows.add(regeneration.answered(dialogue));
                } catch (BadRecordException e) {
                    problems.add(dialogue.origin(), e);
                }
            }
        });
    }

    private static void readAgain(DataRequest request, SampleReader.Sink sink)
            throws IOException, InterruptedException {
        readFiles(request, Console.silent(), Problems.known(), sink);
    }

    private static void readFiles(DataRequest request, Console console, Problems problems, SampleReader.Sink sink)
            throws IOException, InterruptedException {
        for (Path file : request.files()) {
            long bytes = Files.isRegularFile(file) ? Files.size(file) : 0;
            try (Progress progress = console.progress("reading " + file.getFileName(), bytes, "bytes")) {
                new SampleReader(request.format(), problems, progress).read(file, sink);
            }
        }
    }
}
