package dev.hydra.training.demo;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import dev.hydra.training.corpus.Conversation;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/** Writes chats as {@code messages} records, a line each. */
final class ChatFile {

    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private ChatFile() {}

    /** A record of a chat, as others publish them. */
    private record Chat(List<Message> messages) {}

    private record Message(String role, String content) {}

    static void write(Path file, Stream<Conversation> chats) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            for (Iterator<Conversation> all = chats.iterator(); all.hasNext(); ) {
                List<Message> messages = all.next().turns().stream()
                        .map(turn -> new Message(turn.role().label(), turn.text()))
                        .toList();
                writer.write(GSON.toJson(new Chat(messages)) + "\n");
            }
        }
    }
}
