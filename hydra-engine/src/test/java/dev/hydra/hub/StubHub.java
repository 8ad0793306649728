package dev.hydra.hub;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/**
 * A hub with one repository, on this machine: a server that lists and redirects, and another one, as the real hub has, that keeps large
 * files. What it does wrong is asked for in advance.
 */
final class StubHub implements AutoCloseable {
    static final String REPOSITORY = "acme/tiny";
    static final HubLocation LOCATION = HubLocation.of(REPOSITORY);
    static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
    static final String NEXT_COMMIT = "89abcdef0123456789abcdef0123456789abcdef";
    /** The key of the listing among the faults. */
    static final String LISTING = "";

    private static final int LARGE = 100_000;
    private static final long SEED = 20261125;

    /** What was asked. */
    record Asked(
            String method,
            String path,
            @Nullable String authorization,
            @Nullable String range) {}

    /** Answers in place of the hub. */
    @FunctionalInterface
    interface Fault {
        void answer(HttpExchange exchange, byte[] content) throws IOException;
    }

    private final HttpServer hub;
    private final HttpServer storage;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final Map<String, byte[]> files = new TreeMap<>();
    private final Map<String, Deque<Fault>> faults = new ConcurrentHashMap<>();
    private final Map<String, Fault> always = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();
    private final List<Asked> askedOfStorage = new CopyOnWriteArrayList<>();
    private volatile String commit = COMMIT;
    private volatile @Nullable String token;
    private volatile boolean hashesListed = true;

    StubHub() throws IOException {
        hub = serve(exchange -> ask(asked, exchange, this::answer));
        storage = serve(exchange -> ask(askedOfStorage, exchange, this::store));
    }

    private HttpServer serve(HttpHandler handler) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", handler);
        server.setExecutor(threads);
        server.start();
        return server;
    }

    /** With the files of a small model, its weights in two shards that are large. */
    static StubHub withModel() throws IOException {
        return new StubHub()
                .text("config.json", "{\"model_type\": \"llama\"}")
                .text("generation_config.json", "{}")
                .text("tokenizer.json", "{\"version\": \"1.0\"}")
                .text("tokenizer_config.json", "{}")
                .text("additional_chat_templates/tool_use.jinja", "{{ messages }}")
                .text("README.md", "# Tiny")
                .text(".gitattributes", "*.safetensors filter=lfs")
                .text("model.safetensors.index.json", """
                        {"metadata": {"total_size": 1}, "weight_map": {
                         "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}""")
                .random("model-00001-of-00002.safetensors", 1_500_000)
                .random("model-00002-of-00002.safetensors", 2_500_000)
                .random("pytorch_model.bin", 200_000)
                .random("model.gguf", 200_000);
    }

    /** With one large file for weights. */
    static StubHub withOneFile(int size) throws IOException {
        return new StubHub()
                .text("config.json", "{}")
                .text("tokenizer.json", "{\"version\": \"1.0\"}")
                .random("model.safetensors", size);
    }

    StubHub text(String path, String text) {
        files.put(path, text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    StubHub random(String path, int size) {
        byte[] bytes = new byte[size];
        new Random(SEED + path.hashCode()).nextBytes(bytes);
        files.put(path, bytes);
        return this;
    }

    /** Asks for a token from now on. */
    StubHub readableWith(String token) {
        this.token = token;
        return this;
    }

    /** Lists names alone, as some mirrors do. */
    StubHub withoutHashes() {
        hashesListed = false;
        return this;
    }

    /** The main branch moves on. */
    void commits() {
        commit = NEXT_COMMIT;
    }

    /** Answers the next request for a file, or for the listing, in this way, the one after that in the next way, and then well. */
    StubHub failing(String path, Fault... next) {
        faults.computeIfAbsent(path, any -> new ArrayDeque<>()).addAll(List.of(next));
        return this;
    }

    /** Answers all requests for a file in this way. */
    StubHub alwaysFailing(String path, Fault fault) {
        always.put(path, fault);
        return this;
    }

    byte[] content(String path) {
        return files.get(path);
    }

    HubFile file(String path) {
        return new HubFile(path, content(path).length, hash(path));
    }

    String hash(String path) {
        byte[] content = content(path);
        return isLarge(path)
                ? hex("SHA-256", new byte[0], content)
                : hex("SHA-1", "blob %d\0".formatted(content.length).getBytes(StandardCharsets.US_ASCII), content);
    }

    String endpoint() {
        return "http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
                + hub.getAddress().getPort();
    }

    String storageEndpoint() {
        return "http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
                + storage.getAddress().getPort();
    }

    List<Asked> asked() {
        return asked;
    }

    /** Requests for a file's content. */
    List<Asked> asked(String path) {
        List<Asked> all = isLarge(path) ? askedOfStorage : asked;
        return all.stream()
                .filter(each -> each.method().equals("GET") && each.path().endsWith("/" + path))
                .toList();
    }

    List<Asked> askedOfStorage() {
        return askedOfStorage;
    }

    /** A status with headers, name and value by turns. */
    static Fault status(int status, String... headers) {
        return (exchange, content) -> {
            for (int at = 0; at < headers.length; at += 2) {
                exchange.getResponseHeaders().add(headers[at], headers[at + 1]);
            }
            exchange.sendResponseHeaders(status, -1);
        };
    }

    /** A connection that breaks after some bytes of what was asked for. */
    static Fault breakingAfter(int bytes) {
        return (exchange, content) -> {
            int from = from(exchange);
            begin(exchange, content, from);
            exchange.getResponseBody().write(content, from, Math.min(bytes, content.length - from));
            exchange.getResponseBody().flush();
        };
    }

    /** A connection that stays, and says nothing more after some bytes. */
    static Fault stallingAfter(int bytes) {
        return (exchange, content) -> {
            breakingAfter(bytes).answer(exchange, content);
            pause(20_000);
        };
    }

    /** All of it, a little at a time. */
    static Fault slowly(int bytes, long milliseconds) {
        return (exchange, content) -> {
            int from = from(exchange);
            begin(exchange, content, from);
            for (int at = from; at < content.length; at += bytes) {
                exchange.getResponseBody().write(content, at, Math.min(bytes, content.length - at));
                exchange.getResponseBody().flush();
                pause(milliseconds);
            }
        };
    }

    /** All of it from the beginning, whatever was asked for. */
    static Fault ignoringRanges() {
        return (exchange, content) -> begin(exchange, content, 0).write(content);
    }

    /** As many bytes as there are, of which one is wrong. */
    static Fault damaged() {
        return (exchange, content) -> {
            byte[] wrong = content.clone();
            wrong[content.length / 2] ^= 1;
            int from = from(exchange);
            begin(exchange, wrong, from).write(wrong, from, wrong.length - from);
        };
    }

    private static void pause(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int from(HttpExchange exchange) {
        String range = exchange.getRequestHeaders().getFirst("Range");
        return range == null ? 0 : Integer.parseInt(range.replaceAll("bytes=(\\d+)-", "$1"));
    }

    private static OutputStream begin(HttpExchange exchange, byte[] content, int from) throws IOException {
        if (from > 0) {
            exchange.getResponseHeaders()
                    .add("Content-Range", "bytes %d-%d/%d".formatted(from, content.length - 1, content.length));
        }
        int length = content.length - from;
        exchange.sendResponseHeaders(from > 0 ? 206 : 200, length == 0 ? -1 : length);
        return exchange.getResponseBody();
    }

    private void ask(List<Asked> log, HttpExchange exchange, HttpHandler answer) throws IOException {
        log.add(new Asked(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                exchange.getRequestHeaders().getFirst("Authorization"),
                exchange.getRequestHeaders().getFirst("Range")));
        try (exchange) {
            answer.handle(exchange);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String api = "/api/models/" + REPOSITORY + "/revision/";
        String resolve = "/" + REPOSITORY + "/resolve/";
        if (token != null
                && !("Bearer " + token).equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
            status(401, "X-Error-Code", "GatedRepo", "X-Error-Message", "Access to this model is restricted.")
                    .answer(exchange, new byte[0]);
        } else if (path.startsWith(api)) {
            String revision = path.substring(api.length());
            byte[] listing = listing().getBytes(StandardCharsets.UTF_8);
            Fault known = List.of("main", "refs/pr/1", COMMIT, NEXT_COMMIT).contains(revision)
                    ? (asking, content) -> begin(asking, content, 0).write(content)
                    : status(404, "X-Error-Code", "RevisionNotFound");
            fault(LISTING, known).answer(exchange, listing);
        } else if (path.startsWith(resolve)) {
            String file = path.substring(resolve.length()).split("/", 2)[1];
            resolve(exchange, file);
        } else {
            status(404, "X-Error-Code", "RepoNotFound").answer(exchange, new byte[0]);
        }
    }

    private void resolve(HttpExchange exchange, String file) throws IOException {
        byte[] content = files.get(file);
        if (content == null) {
            status(404, "X-Error-Code", "EntryNotFound").answer(exchange, new byte[0]);
            return;
        }
        exchange.getResponseHeaders().add("X-Repo-Commit", commit);
        if (isLarge(file)) {
            status(
                            302,
                            "Location",
                            storageEndpoint() + "/signed/" + file + "?signature=geheim",
                            "X-Linked-Etag",
                            '"' + hash(file) + '"',
                            "X-Linked-Size",
                            String.valueOf(content.length))
                    .answer(exchange, content);
            return;
        }
        exchange.getResponseHeaders().add("ETag", '"' + hash(file) + '"');
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().add("Content-Length", String.valueOf(content.length));
            exchange.sendResponseHeaders(200, -1);
            return;
        }
        fault(file, StubHub::send).answer(exchange, content);
    }

    private void store(HttpExchange exchange) throws IOException {
        String file = exchange.getRequestURI().getPath().substring("/signed/".length());
        fault(file, StubHub::send).answer(exchange, files.get(file));
    }

    private static void send(HttpExchange exchange, byte[] content) throws IOException {
        int from = from(exchange);
        if (from >= content.length && from > 0) {
            exchange.sendResponseHeaders(416, -1);
            return;
        }
        begin(exchange, content, from).write(content, from, content.length - from);
    }

    private Fault fault(String path, Fault otherwise) {
        Deque<Fault> next = faults.get(path);
        if (next != null) {
            synchronized (next) {
                Fault fault = next.poll();
                if (fault != null) {
                    return fault;
                }
            }
        }
        return always.getOrDefault(path, otherwise);
    }

    private String listing() {
        JsonArray siblings = new JsonArray();
        files.forEach((path, content) -> {
            JsonObject file = new JsonObject();
            file.addProperty("rfilename", path);
            if (hashesListed) {
                file.addProperty("size", content.length);
                file.addProperty("blobId", isLarge(path) ? "0".repeat(40) : hash(path));
                if (isLarge(path)) {
                    JsonObject large = new JsonObject();
                    large.addProperty("sha256", hash(path));
                    large.addProperty("size", content.length);
                    large.addProperty("pointerSize", 134);
                    file.add("lfs", large);
                }
            }
            siblings.add(file);
        });
        JsonObject listing = new JsonObject();
        listing.addProperty("id", REPOSITORY);
        listing.addProperty("sha", commit);
        listing.add("siblings", siblings);
        return listing.toString();
    }

    private boolean isLarge(String path) {
        return files.get(path).length >= LARGE;
    }

    private static String hex(String algorithm, byte[]... parts) {
        try {
            MessageDigest digest = MessageDigest.getInstance(algorithm);
            Arrays.stream(parts).forEach(digest::update);
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        hub.stop(0);
        storage.stop(0);
        threads.shutdownNow();
    }
}
