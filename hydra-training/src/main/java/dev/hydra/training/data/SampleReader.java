package dev.hydra.training.data;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import dev.hydra.training.console.Progress;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads files of training data, record by record; only one record is in memory at a time. For one thread. */
final class SampleReader {
    private static final TypeAdapter<JsonElement> JSON = new Gson().getAdapter(JsonElement.class);

    private final DataFormat format;
    private final SampleParser parser;
    private final Problems problems;
    private final Progress progress;

    /** Takes one record after another. */
    @FunctionalInterface
    interface Sink {
        /**
         * Takes a record.
         *
         * @throws BadRecordException if the record is to be reported and skipped
         */
        void accept(Sample sample) throws IOException, InterruptedException;
    }

    private enum Layout {
        ARRAY,
        LINES,
        WHOLE
    }

    /**
     * @param format   what the files have
     * @param problems hears of bad records
     * @param progress advances by the bytes that were read
     */
    SampleReader(DataFormat format, Problems problems, Progress progress) {
        this.format = format;
        this.parser = new SampleParser(format);
        this.problems = problems;
        this.progress = progress;
    }

    /**
     * Reads a file.
     *
     * @throws DataException if there are too many bad records, or the file is damaged in a way that hides where the next one begins
     */
    void read(Path file, Sink sink) throws IOException, InterruptedException {
        if (!Files.isRegularFile(file)) {
            throw new DataException(
                    "%s is %s; expected a file".formatted(file, Files.isDirectory(file) ? "a folder" : "not there"));
        }
        Layout layout = layout(file);
        try (InputStream in = new Measured(Files.newInputStream(file), progress)) {
            switch (layout) {
                case ARRAY -> readArray(file, in, sink);
                case LINES -> readLines(file, in, sink);
                case WHOLE -> {
                    byte[] bytes = in.readAllBytes();
                    pass(Origin.whole(file), origin -> new Document(Lines.decode(bytes), origin), sink);
                }
            }
        }
    }

    private Layout layout(Path file) throws IOException {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        boolean json = name.endsWith(".json") || name.endsWith(".jsonl") || name.endsWith(".ndjson");
        boolean text = name.endsWith(".txt") || name.endsWith(".text") || name.endsWith(".md");
        if (format == DataFormat.TEXT && !json || format == DataFormat.AUTO && text) {
            return Layout.WHOLE;
        }
        int first = firstCharacter(file);
        if (first == '[') {
            return Layout.ARRAY;
        }
        return first == '{' || json || format != DataFormat.AUTO ? Layout.LINES : Layout.WHOLE;
    }

    /** The first byte that is neither white space nor part of a byte order mark; -1 if there is none. */
    private static int firstCharacter(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            int first = in.read();
            while (first == 0xEF || first == 0xBB || first == 0xBF || first >= 0 && first <= ' ') {
                first = in.read();
            }
            return first;
        }
    }

    private void readLines(Path file, InputStream in, Sink sink) throws IOException, InterruptedException {
        Lines lines = new Lines(in);
        for (long number = 1; lines.advance(); number++) {
            pass(
                    Origin.line(file, number),
                    origin -> {
                        String line = lines.text();
                        return line.isBlank() ? null : parser.parse(parse(line), origin);
                    },
                    sink);
        }
    }

    /**
     * Text as JSON.
     *
     * @throws BadRecordException if it is not one value, written by the rules
     */
    static JsonElement parse(String text) {
        try (JsonReader reader = new JsonReader(new StringReader(text))) {
            JsonElement element = JSON.read(reader);
            JsonToken end = reader.peek(); // refuses a second value
            assert end == JsonToken.END_DOCUMENT : end;
            return element;
        } catch (IOException | JsonParseException e) {
            throw new BadRecordException("broken JSON: %s; expected an object".formatted(reason(e)));
        }
    }

    private void readArray(Path file, InputStream in, Sink sink) throws IOException, InterruptedException {
        long number = 0;
        try (JsonReader reader = new JsonReader(new InputStreamReader(in, StandardCharsets.UTF_8.newDecoder()))) {
            reader.beginArray();
            for (number = 1; reader.peek() != JsonToken.END_ARRAY; number++) {
                JsonElement element = JSON.read(reader);
                pass(Origin.record(file, number), origin -> parser.parse(element, origin), sink);
            }
            reader.endArray();
            JsonToken end = reader.peek(); // refuses anything behind the list
            assert end == JsonToken.END_DOCUMENT : end;
        } catch (CharacterCodingException e) {
            throw new DataException(
                    "%s is not UTF-8 somewhere behind record %d; expected UTF-8: convert it"
                            .formatted(file, Math.max(0, number - 1)),
                    e);
        } catch (MalformedJsonException | EOFException | JsonParseException e) {
            throw new DataException(
                    "%s: broken JSON: %s; what comes behind cannot be read: mend it, or write one record per line"
                            .formatted(Origin.record(file, number), reason(e)),
                    e);
        }
    }

    /** What Gson found, without its advice to programmers. */
    private static String reason(Exception e) {
        String line = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
        int advice = line.indexOf("malformed JSON at ");
        return advice < 0 ? line : line.substring(advice);
    }

    /** Makes a sample of a record; null for nothing at all. */
    @FunctionalInterface
    private interface Making {
        @Nullable
        Sample of(Origin origin);
    }

    private void pass(Origin origin, Making making, Sink sink) throws IOException, InterruptedException {
        try {
            Sample sample = making.of(origin);
            if (sample != null) {
                sink.accept(sample);
            }
        } catch (BadRecordException e) {
            problems.add(origin, e);
        }
    }

    /** Reports what is read. */
    private static final class Measured extends FilterInputStream {
        private final Progress progress;

        Measured(InputStream in, Progress progress) {
            super(in);
            this.progress = progress;
        }

        @Override
        public int read() throws IOException {
            int octet = super.read();
            progress.advance(octet < 0 ? 0 : 1);
            return octet;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = super.read(bytes, offset, length);
            progress.advance(Math.max(0, count));
            return count;
        }
    }
}
