package dev.hydra.training;

import dev.hydra.training.console.Console;
import dev.hydra.training.console.Progress;
import dev.hydra.training.data.TokenRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The base's final hidden rows of a text, kept in a file, so that the base runs over the text once and not once per epoch and per
 * training. The file holds the rows' tokens one behind another, each token's numbers in the data type of the products; it appears
 * whole or not at all.
 *
 * <p>Not for use by several threads.
 */
final class HiddenStates implements AutoCloseable {

    private final List<TokenRow> rows;
    private final FileChannel file;
    private final long[] starts;
    private final int bytesPerToken;

    private HiddenStates(List<TokenRow> rows, Path path, int bytesPerToken) throws IOException {
        this.rows = rows;
        this.bytesPerToken = bytesPerToken;
        starts = new long[rows.size() + 1];
        for (int row = 0; row < rows.size(); row++) {
            starts[row + 1] = starts[row] + rows.get(row).size();
        }
        file = FileChannel.open(path, StandardOpenOption.READ);
        if (file.size() != starts[rows.size()] * bytesPerToken) {
            file.close();
            throw new IOException("%s has %d bytes; %d tokens of %d bytes were expected: delete it"
                    .formatted(path, Files.size(path), starts[rows.size()], bytesPerToken));
        }
    }

    /**
     * Opens the file, and makes it where it is missing.
     *
     * @param path whose name says which base, text and data type it belongs to
     */
    static HiddenStates open(Path path, List<TokenRow> rows, int bytesPerToken, TrainingGraph graph, Console console)
            throws IOException {
        if (!Files.exists(path)) {
            Path unfinished = path.resolveSibling(path.getFileName() + ".part");
            Files.createDirectories(path.toAbsolutePath().getParent());
            try (FileChannel out = FileChannel.open(
                            unfinished,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.TRUNCATE_EXISTING);
                    Progress progress = console.progress("running the base model", rows.size(), "rows")) {
                for (TokenRow row : rows) {
                    ByteBuffer hidden = graph.hidden(Batch.of(List.of(row), row.size()));
                    while (hidden.hasRemaining()) {
                        out.write(hidden);
                    }
                    progress.advance(1);
                }
                out.force(true);
            }
            Files.move(unfinished, path, StandardCopyOption.ATOMIC_MOVE);
        }
        return new HiddenStates(rows, path, bytesPerToken);
    }

    /** A batch of some of the rows, with their hidden rows. */
    Batch batch(List<Integer> numbers) {
        List<TokenRow> members = numbers.stream().map(rows::get).toList();
        int length = members.stream().mapToInt(TokenRow::size).max().orElseThrow();
        int rowBytes = Math.multiplyExact(length, bytesPerToken);
        ByteBuffer hidden = ByteBuffer.allocateDirect(Math.multiplyExact(rowBytes, members.size()))
                .order(ByteOrder.nativeOrder());
        for (int i = 0; i < members.size(); i++) {
            // what lies behind a short row stays zero
            hidden.limit(i * rowBytes + members.get(i).size() * bytesPerToken).position(i * rowBytes);
            read(hidden, starts[numbers.get(i)] * bytesPerToken);
        }
        return Batch.of(members, length).withHidden(hidden.clear());
    }

    private void read(ByteBuffer into, long from) {
        try {
            long at = from;
            while (into.hasRemaining()) {
                int read = file.read(into, at);
                if (read < 0) {
                    throw new IOException("the file of hidden rows ended at byte %d".formatted(at));
                }
                at += read;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
