package dev.hydra.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A headless Chromium with one page, driven through its DevTools protocol: nothing but the browser itself is needed. Clicks and keys
 * are the browser's own input, at the place where an element really is.
 */
final class Browser implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final List<String> PROGRAMS = List.of("chromium", "chromium-browser", "google-chrome");
    private static final int SHIFT = 8;

    private final Process process;
    private final WebSocket socket;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> errors = new CopyOnWriteArrayList<>();

    /** The browser of this machine: what the system property {@code chromium} names, or the first on the path. */
    static Optional<Path> program() {
        String named = System.getProperty("chromium");
        if (named != null) {
            return Optional.of(Path.of(named));
        }
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator, -1))
                .flatMap(folder -> PROGRAMS.stream().map(program -> Path.of(folder, program)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /**
     * Starts the browser.
     *
     * @param folder an empty one, for its profile
     */
    Browser(Path program, Path folder) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        program.toString(),
                        "--headless=new",
                        // the tests may run as root, in a container
                        "--no-sandbox",
                        "--disable-dev-shm-usage",
                        "--disable-gpu",
                        "--no-first-run",
                        "--disable-background-networking",
                        "--disable-component-update",
                        "--disable-sync",
                        "--force-color-profile=srgb",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + folder,
                        "about:blank")
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("chromium.log").toFile());
        // what it leaves behind goes with the folder
        builder.environment().put("TMPDIR", folder.toString());
        process = builder.start();
        HttpClient client = HttpClient.newHttpClient();
        URI page = page(client, port(folder));
        socket = client.newWebSocketBuilder().buildAsync(page, new Answers()).join();
        call("Page.enable", Map.of());
        call("Runtime.enable", Map.of());
        call("Network.enable", Map.of());
        call("Log.enable", Map.of());
        size(1100, 900);
    }

    private int port(Path folder) throws IOException, InterruptedException {
        Path file = folder.resolve("DevToolsActivePort");
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(file) || Files.readAllLines(file).size() < 2) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new IllegalStateException("the browser did not start: "
                        + Files.readString(folder.resolve("chromium.log"), StandardCharsets.UTF_8));
            }
            Thread.sleep(20);
        }
        return Integer.parseInt(Files.readAllLines(file).get(0));
    }

    private static URI page(HttpClient client, int port) throws IOException, InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < end) {
            String targets = client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
            for (JsonNode target : JSON.readTree(targets)) {
                if (target.get("type").asString().equals("page")) {
                    return URI.create(target.get("webSocketDebuggerUrl").asString());
                }
            }
            Thread.sleep(20);
        }
        throw new IllegalStateException("the browser has no page");
    }

    /** Opens an address, and waits until its modules have run. */
    void open(String url) {
        requests.clear();
        errors.clear();
        call("Page.navigate", Map.of("url", url));
        await("location.href === '%s' && document.readyState === 'complete'".formatted(url));
    }

    /** The window's size in CSS pixels. */
    void size(int width, int height) {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    }

    /** What the reader prefers, for example {@code prefers-color-scheme} and {@code dark}; an empty value for the usual. */
    void prefer(String feature, String value) {
        call("Emulation.setEmulatedMedia", Map.of("features", List.of(Map.of("name", feature, "value", value))));
    }

    /** The value of an expression; promises are awaited. */
    JsonNode evaluate(String expression) {
        JsonNode result =
                call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
        if (result.has("exceptionDetails")) {
            throw new AssertionError(expression + " threw " + result.get("exceptionDetails"));
        }
        return result.path("result").path("value");
    }

    /** The text of the first element that a selector finds. */
    String text(String selector) {
        return evaluate("document.querySelector('%s').textContent".formatted(selector))
                .asString();
    }

    /** The texts of all elements that a selector finds. */
    List<String> texts(String selector) {
        List<String> texts = new ArrayList<>();
        evaluate("Array.from(document.querySelectorAll('%s'), (found) => found.textContent)".formatted(selector))
                .forEach(text -> texts.add(text.asString()));
        return texts;
    }

    int count(String selector) {
        return evaluate("document.querySelectorAll('%s').length".formatted(selector))
                .asInt();
    }

    boolean isTrue(String condition) {
        return evaluate("Boolean(%s)".formatted(condition)).asBoolean();
    }

    /** Waits until a condition holds. */
    void await(String condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!isTrue(condition)) {
            if (System.nanoTime() > end) {
                throw new AssertionError("after %s still not: %s; errors %s, page: %s"
                        .formatted(PATIENCE, condition, errors, evaluate("document.body.innerText")));
            }
            pause();
        }
    }

    /** Clicks into the middle of an element, which must be what lies there. */
    void click(String selector) {
        JsonNode at = evaluate("""
                (() => {
                  const target = document.querySelector('%s');
                  target.scrollIntoView({block: 'nearest', inline: 'nearest'});
                  const {left, top, width, height} = target.getBoundingClientRect();
                  const [x, y] = [left + width / 2, top + height / 2];
                  const hit = document.elementFromPoint(x, y);
                  return {x, y, hit: target.contains(hit) || (hit !== null && hit.contains(target)) || target.labels?.[0]?.contains(hit), found: hit?.outerHTML};
                })()""".formatted(selector));
        if (!at.path("hit").asBoolean()) {
            throw new AssertionError(selector + " cannot be clicked; there lies " + at.path("found"));
        }
        for (String type : List.of("mousePressed", "mouseReleased")) {
            call(
                    "Input.dispatchMouseEvent",
                    Map.of(
                            "type",
                            type,
                            "x",
                            at.get("x").asDouble(),
                            "y",
                            at.get("y").asDouble(),
                            "button",
                            "left",
                            "clickCount",
                            1));
        }
    }

    /** Enters text where the focus is. */
    void type(String text) {
        call("Input.insertText", Map.of("text", text));
    }

    /** Presses and releases a key. */
    void press(Key key) {
        press(key, 0);
    }

    /** Presses and releases a key with Shift held. */
    void pressWithShift(Key key) {
        press(key, SHIFT);
    }

    private void press(Key key, int modifiers) {
        for (String type : List.of(key.text.isEmpty() ? "rawKeyDown" : "keyDown", "keyUp")) {
            call(
                    "Input.dispatchKeyEvent",
                    Map.of(
                            "type",
                            type,
                            "key",
                            key.name,
                            "code",
                            key.name.equals(" ") ? "Space" : key.name,
                            "windowsVirtualKeyCode",
                            key.code,
                            "modifiers",
                            modifiers,
                            "text",
                            type.equals("keyDown") ? key.text : ""));
        }
    }

    /** A picture of the window, as PNG. */
    byte[] picture() {
        return picture(Map.of("format", "png"));
    }

    /** A picture of an element, as PNG, with twice as many pixels each way. */
    byte[] picture(String selector) {
        JsonNode box = evaluate("""
                (() => {
                  const {x, y, width, height} = document.querySelector('%s').getBoundingClientRect();
                  return {x, y, width, height, scale: 2};
                })()""".formatted(selector));
        return picture(Map.of("format", "png", "clip", box));
    }

    private byte[] picture(Map<String, ?> how) {
        // out of the way: what lies below the pointer looks different
        call("Input.dispatchMouseEvent", Map.of("type", "mouseMoved", "x", 0, "y", 0));
        return Base64.getDecoder()
                .decode(call("Page.captureScreenshot", how).get("data").asString());
    }

    /** The addresses that the page has asked for since it was opened, its own first. */
    List<String> requests() {
        return List.copyOf(requests);
    }

    /** What went wrong in the page since it was opened: exceptions, and what the browser logs as an error. */
    List<String> errors() {
        return List.copyOf(errors);
    }

    static void pause() {
        try {
            Thread.sleep(15);
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted while the page works", e);
        }
    }

    private JsonNode call(String method, Map<String, ?> parameters) {
        int id = calls.incrementAndGet();
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        answers.put(id, answer);
        socket.sendText(JSON.writeValueAsString(Map.of("id", id, "method", method, "params", parameters)), true)
                .join();
        JsonNode told = answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        if (told.has("error")) {
            throw new AssertionError(method + " failed: " + told.get("error"));
        }
        return told.path("result");
    }

    @Override
    public void close() {
        List<ProcessHandle> family = process.descendants().toList();
        socket.abort();
        // the first process ends the others, and tidies up
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        family.forEach(ProcessHandle::destroyForcibly);
        // none may write into the profile any more, which is deleted next
        family.forEach(member ->
                member.onExit().completeOnTimeout(member, 10, TimeUnit.SECONDS).join());
    }

    /** Keys that the page knows. */
    enum Key {
        ENTER("Enter", 13, "\r"),
        ESCAPE("Escape", 27, ""),
        TAB("Tab", 9, ""),
        SPACE(" ", 32, " "),
        HOME("Home", 36, ""),
        END("End", 35, ""),
        LEFT("ArrowLeft", 37, ""),
        RIGHT("ArrowRight", 39, "");

        private final String name;
        private final int code;
        private final String text;

        Key(String name, int code, String text) {
            this.name = name;
            this.code = code;
            this.text = text;
        }
    }

    /** Hears the browser's answers and events. */
    private final class Answers implements WebSocket.Listener {

        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                hear(JSON.readTree(message.toString()));
                message.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }

        private void hear(JsonNode told) {
            if (told.has("id")) {
                answers.remove(told.get("id").asInt()).complete(told);
                return;
            }
            JsonNode parameters = told.get("params");
            switch (told.get("method").asString()) {
                case "Network.requestWillBeSent" ->
                    requests.add(parameters.at("/request/url").asString());
                case "Runtime.exceptionThrown" ->
                    errors.add(parameters.at("/exceptionDetails").toString());
                case "Log.entryAdded" -> {
                    if (parameters.at("/entry/level").asString().equals("error")) {
                        errors.add(parameters.at("/entry/text").asString());
                    }
                }
                default -> {
                    // of no interest
                }
            }
        }
    }
}
