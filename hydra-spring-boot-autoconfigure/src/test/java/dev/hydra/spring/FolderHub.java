package dev.hydra.spring;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A hub on this machine whose repositories are folders. */
public final class FolderHub implements AutoCloseable {
    public static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    private final HttpServer server;
    private final Map<String, Path> repositories = new TreeMap<>();
    private final Set<String> authorizations = ConcurrentHashMap.newKeySet();

    public FolderHub() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    /** Offers a folder as {@code owner/name}. */
    public FolderHub with(String repository, Path folder) {
        repositories.put(repository, folder);
        return this;
    }

    public String endpoint() {
        return "http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
                + server.getAddress().getPort();
    }

    /** Who asked; empty for nobody. */
    public Set<String> authorizations() {
        return authorizations;
    }

    /** Puts a folder into a cache, as a client does that has downloaded it. */
    public static Path cache(Path cache, String repository, Path folder) throws IOException {
        Path target = cache.resolve("models--" + repository.replace("/", "--"));
        Path snapshot = Files.createDirectories(target.resolve("snapshots").resolve(COMMIT));
        Files.writeString(Files.createDirectories(target.resolve("refs")).resolve("main"), COMMIT);
        for (Path file : files(folder)) {
            Files.copy(file, snapshot.resolve(file.getFileName()));
        }
        return snapshot;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String asking = exchange.getRequestHeaders().getFirst("Authorization");
        authorizations.add(asking == null ? "" : asking);
        String path = exchange.getRequestURI().getPath();
        for (Map.Entry<String, Path> repository : repositories.entrySet()) {
            if (path.equals("/api/models/" + repository.getKey() + "/revision/main")) {
                send(exchange, listing(repository.getValue()).getBytes(StandardCharsets.UTF_8));
                return;
            }
            String resolve = "/" + repository.getKey() + "/resolve/" + COMMIT + "/";
            if (path.startsWith(resolve)) {
                send(exchange, Files.readAllBytes(repository.getValue().resolve(path.substring(resolve.length()))));
                return;
            }
        }
        exchange.getResponseHeaders().add("X-Error-Code", "RepoNotFound");
        exchange.sendResponseHeaders(asking == null ? 401 : 404, -1);
        exchange.close();
    }

    private static void send(HttpExchange exchange, byte[] bytes) throws IOException {
        try (exchange) {
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        }
    }

    private static String listing(Path folder) throws IOException {
        StringBuilder files = new StringBuilder();
        for (Path file : files(folder)) {
            files.append(files.isEmpty() ? "" : ",")
                    .append("""
                    {"rfilename": "%s", "size": %d, "blobId": "%s"}""".formatted(file.getFileName(), Files.size(file), blob(Files.readAllBytes(file))));
        }
        return """
                {"sha": "%s", "siblings": [%s]}""".formatted(COMMIT, files);
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile).sorted().collect(Collectors.toList());
        }
    }

    private static String blob(byte[] content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-1");
            digest.update("blob %d\0".formatted(content.length).getBytes(StandardCharsets.US_ASCII));
            return HexFormat.of().formatHex(digest.digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
