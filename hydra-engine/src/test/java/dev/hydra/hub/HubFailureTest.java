package dev.hydra.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hydra.hub.HubException.Reason;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class HubFailureTest {
    private static final String WEIGHTS = "model.safetensors";
    private static final int SIZE = 1_000_000;

    @TempDir
    Path cache;

    private StubHub stub;

    @BeforeEach
    void start() throws IOException {
        stub = StubHub.withOneFile(SIZE);
    }

    @AfterEach
    void stop() {
        stub.close();
    }

    private HubOptions.Builder options() {
        return HubOptions.builder(cache).endpoint(stub.endpoint()).attempts(3).pause(Duration.ofMillis(5));
    }

    /** One whose patience ends before that of a server that says nothing. */
    private Hub impatient() {
        return new Hub(options().readTimeout(Duration.ofSeconds(2)).build(), HubListener.silent());
    }

    private Path fetch() throws InterruptedException {
        return new Hub(options().build(), HubListener.silent()).fetch(StubHub.LOCATION, HubContent.MODEL);
    }

    private HubException failure() {
        return failure(new Hub(options().build(), HubListener.silent()), StubHub.LOCATION);
    }

    private static HubException failure(Hub hub, HubLocation location) {
        HubException failure = catchThrowableOfType(HubException.class, () -> hub.fetch(location, HubContent.MODEL));
        assertThat(failure).isNotNull();
        return failure;
    }

    private Path partial() {
        return new HubCache(cache, StubHub.LOCATION).partial(stub.file(WEIGHTS));
    }

    private Path blob() {
        return new HubCache(cache, StubHub.LOCATION).blob(stub.file(WEIGHTS));
    }

    private Path snapshot() {
        return new HubCache(cache, StubHub.LOCATION).snapshot(StubHub.COMMIT);
    }

    private void assertNothingToLoad() {
        assertThat(snapshot().resolve(WEIGHTS)).doesNotExist();
        assertThat(Files.isSymbolicLink(snapshot().resolve(WEIGHTS))).isFalse();
        assertThat(blob()).doesNotExist();
        assertThat(cache.resolve("models--acme--tiny/refs/main")).doesNotExist();
        HubException offline =
                failure(new Hub(options().offline(true).build(), HubListener.silent()), StubHub.LOCATION);
        assertThat(offline.reason()).isEqualTo(Reason.OFFLINE);
    }

    private void assertWhole(Path folder) {
        assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(stub.content(WEIGHTS));
        assertThat(partial()).doesNotExist();
    }

    @Test
    void goesOnWhereAConnectionBroke() throws Exception {
        stub.failing(WEIGHTS, StubHub.breakingAfter(300_000), StubHub.breakingAfter(300_000));

        assertWhole(fetch());

        assertThat(stub.asked(WEIGHTS)).hasSize(3);
        assertThat(stub.asked(WEIGHTS).get(0).range()).isNull();
        assertThat(stub.asked(WEIGHTS).get(2).range()).isEqualTo("bytes=600000-");
    }

    @Test
    void countsOnlyFailuresWithoutGain() throws Exception {
        for (int i = 0; i < 8; i++) {
            stub.failing(WEIGHTS, StubHub.breakingAfter(100_000));
        }

        assertWhole(fetch());
    }

    @Test
    void keepsWhatCameOverAConnectionThatBrokeAtOnce() throws Exception {
        for (int i = 1; i < 100; i++) {
            stub.failing(WEIGHTS, StubHub.breakingAfter(SIZE / 100));
        }

        // with two attempts, each has to gain something
        assertWhole(
                new Hub(options().attempts(2).build(), HubListener.silent()).fetch(StubHub.LOCATION, HubContent.MODEL));

        assertThat(stub.asked(WEIGHTS)).hasSize(100);
    }

    @Test
    void givesUpWhenNothingComes() {
        stub.alwaysFailing(WEIGHTS, StubHub.breakingAfter(0));

        HubException failure = failure();

        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure)
                .hasMessageContaining("hf://acme/tiny: model.safetensors")
                .hasMessageContaining("3 attempts");
        assertThat(stub.asked(WEIGHTS)).hasSize(3);
        assertNothingToLoad();
    }

    @Test
    void goesOnWhereAnEarlierRunStopped() throws Exception {
        stub.failing(WEIGHTS, StubHub.breakingAfter(400_000));
        stub.failing(WEIGHTS, StubHub.status(418));
        assertThat(failure().reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(partial()).hasSize(400_000);
        assertNothingToLoad();

        assertWhole(fetch());

        assertThat(stub.asked(WEIGHTS).get(2).range()).isEqualTo("bytes=400000-");
    }

    @Test
    void beginsAnewWhereAServerIgnoresTheRange() throws Exception {
        stub.failing(WEIGHTS, StubHub.breakingAfter(400_000), StubHub.ignoringRanges());

        assertWhole(fetch());

        assertThat(stub.asked(WEIGHTS)).hasSize(2);
    }

    @Test
    void beginsAnewWhereARemainderIsNotOfThisFile() throws Exception {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), new byte[400_000]);

        assertWhole(fetch());

        assertThat(stub.asked(WEIGHTS)).hasSize(2);
        assertThat(stub.asked(WEIGHTS).get(1).range()).isNull();
    }

    @Test
    void dropsARemainderThatIsTooLong() throws Exception {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), new byte[SIZE + 1]);

        assertWhole(fetch());
    }

    @Test
    void takesARemainderThatIsWhole() throws Exception {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), stub.content(WEIGHTS));

        assertWhole(fetch());

        assertThat(stub.asked(WEIGHTS)).isEmpty();
    }

    @Test
    void beginsAnewWhereTheServerHasNoSuchRange() throws Exception {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), Arrays.copyOf(stub.content(WEIGHTS), 400_000));
        stub.failing(WEIGHTS, StubHub.status(416));

        assertWhole(fetch());
    }

    @Test
    void refusesARangeThatWasNotAskedFor() throws Exception {
        Files.createDirectories(partial().getParent());
        Files.write(partial(), Arrays.copyOf(stub.content(WEIGHTS), 400_000));
        stub.failing(WEIGHTS, (exchange, content) -> {
            exchange.getResponseHeaders().add("Content-Range", "bytes 0-%d/%d".formatted(SIZE - 1, SIZE));
            exchange.sendResponseHeaders(206, SIZE);
            exchange.getResponseBody().write(content);
        });

        assertWhole(fetch());
    }

    @Test
    void triesOnceMoreAfterAWrongHash() throws Exception {
        stub.failing(WEIGHTS, StubHub.damaged());

        assertWhole(fetch());

        assertThat(stub.asked(WEIGHTS)).hasSize(2);
    }

    @Test
    void failsOnASecondWrongHashAndLeavesNothing() {
        stub.alwaysFailing(WEIGHTS, StubHub.damaged());

        HubException failure = failure();

        assertThat(failure.reason()).isEqualTo(Reason.CORRUPT);
        assertThat(failure).hasMessageContaining(WEIGHTS).hasMessageContaining("expected " + stub.hash(WEIGHTS));
        assertThat(stub.asked(WEIGHTS)).hasSize(2);
        assertThat(partial()).doesNotExist();
        assertNothingToLoad();
    }

    @Test
    void checksSmallFilesAsGitDoes() {
        stub.alwaysFailing("config.json", StubHub.damaged());

        HubException failure = failure();

        assertThat(failure.reason()).isEqualTo(Reason.CORRUPT);
        assertThat(failure).hasMessageContaining("config.json").hasMessageContaining(stub.hash("config.json"));
        assertThat(snapshot().resolve("config.json")).doesNotExist();
    }

    @Test
    void refusesMoreBytesThanThereAre() {
        stub.alwaysFailing(WEIGHTS, (exchange, content) -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(content);
            exchange.getResponseBody().write(new byte[50_000]);
        });

        assertThat(failure()).hasMessageContaining("sends more than the " + SIZE + " bytes");
        assertNothingToLoad();
    }

    @Test
    void doesNotWaitForEverForAnAnswer() {
        stub.alwaysFailing(StubHub.LISTING, (exchange, content) -> sleep(20_000));

        HubException failure = failure(impatient(), StubHub.LOCATION);

        assertThat(failure.reason()).isEqualTo(Reason.UNREACHABLE);
        assertThat(failure).hasMessageContaining("timed out");
    }

    @Test
    void doesNotWaitForEverForTheNextByte() throws Exception {
        stub.failing(WEIGHTS, StubHub.stallingAfter(200_000));

        assertWhole(impatient().fetch(StubHub.LOCATION, HubContent.MODEL));

        assertThat(stub.asked(WEIGHTS).get(1).range()).isEqualTo("bytes=200000-");
    }

    @ParameterizedTest
    @ValueSource(ints = {429, 500, 502, 503, 504})
    void triesAgainWhereTheServerIsBusy(int status) throws Exception {
        stub.failing(StubHub.LISTING, StubHub.status(status)).failing(WEIGHTS, StubHub.status(status));

        assertWhole(fetch());
    }

    @Test
    void waitsAsLongAsTheServerAsks() throws Exception {
        stub.failing(StubHub.LISTING, StubHub.status(429, "Retry-After", "1"));
        long start = System.nanoTime();

        assertWhole(fetch());

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void waitsUntilWhenTheServerAsks() throws Exception {
        long start = System.nanoTime();
        String then = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                ZonedDateTime.now(ZoneOffset.UTC).plusSeconds(3));
        stub.failing(WEIGHTS, StubHub.status(503, "Retry-After", then));

        assertWhole(fetch());

        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(1500));
    }

    @Test
    void doesNotWaitForHours() {
        stub.alwaysFailing(StubHub.LISTING, StubHub.status(429, "Retry-After", "7200"));

        HubException failure = failure();

        assertThat(failure.reason()).isEqualTo(Reason.BUSY);
        assertThat(failure).hasMessageContaining("answers 429");
        assertThat(stub.asked()).hasSize(1);
    }

    @Test
    void saysHowToGetAccess() {
        stub.readableWith("hf_right");

        HubException nobody = failure();
        HubException somebody =
                failure(new Hub(options().token("hf_wrong").build(), HubListener.silent()), StubHub.LOCATION);

        assertThat(nobody.reason()).isEqualTo(Reason.REFUSED);
        assertThat(nobody)
                .hasMessageContaining("answers 401 and says 'Access to this model is restricted.'")
                .hasMessageContaining("accept the conditions at " + stub.endpoint() + "/acme/tiny")
                .hasMessageContaining("give a token");
        assertThat(somebody).hasMessageContaining("with the account of this token");
        assertThat(trace(somebody)).doesNotContain("hf_wrong");
    }

    @Test
    void saysThatARepositoryMayBePrivate() {
        stub.alwaysFailing(StubHub.LISTING, StubHub.status(401, "X-Error-Code", "RepoNotFound"));

        HubException failure = failure();

        assertThat(failure.reason()).isEqualTo(Reason.REFUSED);
        assertThat(failure).hasMessageContaining("does not exist, or is not public");
    }

    @Test
    void saysWhatIsNotThere() {
        Hub hub = new Hub(options().build(), HubListener.silent());

        HubException repository = failure(hub, HubLocation.of("acme/nothing"));
        HubException revision = failure(hub, HubLocation.parse("hf://acme/tiny@v9"));
        stub.alwaysFailing(WEIGHTS, StubHub.status(404, "X-Error-Code", "EntryNotFound"));
        HubException file = failure(hub, StubHub.LOCATION);

        assertThat(List.of(repository.reason(), revision.reason(), file.reason()))
                .containsOnly(Reason.NOT_FOUND);
        assertThat(repository).hasMessageContaining("there is no repository acme/nothing");
        assertThat(revision).hasMessageContaining("there is no revision 'v9'");
        assertThat(file)
                .hasMessageContaining("hf://acme/tiny: model.safetensors")
                .hasMessageContaining("no such file");
    }

    @Test
    void saysWhatARepositoryLacks() throws IOException {
        stub.close();
        stub = new StubHub().text("config.json", "{}").random("model.gguf", 100_000);

        HubException failure = failure();

        assertThat(failure.reason()).isEqualTo(Reason.INCOMPLETE);
        assertThat(failure)
                .hasMessageContaining("has no weights that can be opened")
                .hasMessageContaining("but config.json, model.gguf");
    }

    @Test
    void refusesAnIndexThatLeadsElsewhere() throws IOException {
        stub.close();
        stub = new StubHub()
                .text("config.json", "{}")
                .text("model.safetensors.index.json", "{\"weight_map\": {\"a\": \"../../../../etc/passwd\"}}");

        assertThat(failure()).hasMessageContaining("lists '../../../../etc/passwd'");
    }

    @Test
    void refusesWhatIsNoHub() {
        stub.alwaysFailing(StubHub.LISTING, (exchange, content) -> {
            exchange.sendResponseHeaders(200, 14);
            exchange.getResponseBody().write("<html></html>\n".getBytes(StandardCharsets.UTF_8));
        });

        assertThat(failure()).hasMessageContaining("no listing of a repository").hasMessageContaining(stub.endpoint());
    }

    @Test
    void refusesACommitThatIsAPath() {
        stub.alwaysFailing(StubHub.LISTING, (exchange, content) -> {
            byte[] listing = "{\"sha\": \"../../..\", \"siblings\": []}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, listing.length);
            exchange.getResponseBody().write(listing);
        });

        assertThat(failure()).hasMessageContaining("its 'sha' is no commit");
    }

    @Test
    void doesNotFollowRedirectsForEver() {
        stub.alwaysFailing("config.json", StubHub.status(302, "Location", "config.json"));

        assertThat(failure()).hasMessageContaining("redirected more than 10 times");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:///etc/passwd", "http://", "::", ""})
    void doesNotFollowARedirectOffTheWeb(String target) {
        stub.alwaysFailing("config.json", StubHub.status(302, "Location", target));

        assertThat(failure()).hasMessageContaining("expected a web address");
    }

    @Test
    void usesTheCacheWhereNobodyAnswers() throws Exception {
        Path folder = fetch();
        stub.close();

        assertThat(fetch()).isEqualTo(folder);

        stub = StubHub.withOneFile(SIZE);
    }

    @Test
    void usesTheOlderStateWhereTheNewerOneCannotBeHad() throws Exception {
        Path folder = fetch();
        stub.random(WEIGHTS, SIZE + 1)
                .alwaysFailing(WEIGHTS, StubHub.breakingAfter(0))
                .commits();

        assertThat(fetch()).isEqualTo(folder);
        assertThat(folder.resolve(WEIGHTS)).hasSize(SIZE);

        stub.alwaysFailing(WEIGHTS, StubHub.damaged());
        assertThat(failure().reason()).isEqualTo(Reason.CORRUPT);
    }

    @Test
    void failsWhereNobodyAnswersAndTheCacheIsNotComplete() throws Exception {
        Path folder = fetch();
        Files.delete(folder.resolve(WEIGHTS));
        stub.close();

        assertThat(failure().reason()).isEqualTo(Reason.UNREACHABLE);

        stub = StubHub.withOneFile(SIZE);
    }

    @Test
    void namesWhatIsMissingWhenOffline() throws Exception {
        Hub offline = new Hub(options().offline(true).build(), HubListener.silent());
        assertThat(failure(offline, StubHub.LOCATION))
                .hasMessageContaining("hf://acme/tiny is not in the cache " + cache)
                .hasMessageContaining("does not know the revision 'main'");

        Files.delete(fetch().resolve(WEIGHTS));

        assertThat(failure(offline, StubHub.LOCATION))
                .hasMessageContaining("model.safetensors is missing at commit " + StubHub.COMMIT);
    }

    @Test
    void doesNotTakeWeightsWithoutATokenizerForAModel() throws Exception {
        Path folder = fetch();
        Path repository = cache.resolve("models--acme--tiny");
        try (Stream<Path> records = Files.list(repository.resolve(".hydra"))) {
            for (Path record : records.toList()) {
                Files.delete(record); // as if another client had been here
            }
        }
        Files.delete(folder.resolve("tokenizer.json"));

        assertThat(failure(new Hub(options().offline(true).build(), HubListener.silent()), StubHub.LOCATION))
                .hasMessageContaining("tokenizer.json or tokenizer.model");
    }

    @Test
    void asksForRoomBeforeItBegins() {
        long much = 1L << 60;
        stub.alwaysFailing(StubHub.LISTING, (exchange, content) -> {
            String listing =
                    new String(content, StandardCharsets.UTF_8).replace("\"size\":" + SIZE, "\"size\":" + much);
            byte[] bytes = listing.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
        });

        HubException failure = failure();

        assertThat(failure.reason()).isEqualTo(Reason.NO_SPACE);
        assertThat(failure)
                .hasMessageContaining(
                        "(" + (much + stub.content("config.json").length + stub.content("tokenizer.json").length)
                                + " bytes) are still to be downloaded")
                .hasMessageContaining(cache + " has room for");
        assertThat(stub.askedOfStorage()).isEmpty();
    }

    /** The device answers every write as a full disk does. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void saysHowMuchIsMissingWhenTheDiskIsFull() throws Exception {
        Files.createDirectories(partial().getParent());
        Files.createSymbolicLink(partial(), Path.of("/dev/full"));

        HubException failure = failure();

        assertThat(failure.reason()).isEqualTo(Reason.NO_SPACE);
        assertThat(failure)
                .hasMessageContaining("No space left on device")
                .hasMessageContaining("it still needs 1.0 MB (1000000 bytes)")
                .hasMessageContaining(cache + " has room for");
        assertNothingToLoad();
        Files.delete(partial());
    }

    @Test
    void saysThatTheCacheIsNoFolder() throws Exception {
        Path file = Files.createFile(cache.resolve("file"));

        HubException failure = failure(new Hub(options().cache(file).build(), HubListener.silent()), StubHub.LOCATION);

        assertThat(failure.reason()).isEqualTo(Reason.CACHE);
        assertThat(failure).hasMessageContaining(file.toString());
    }

    @Test
    void endsPromptlyWhenInterrupted() throws Exception {
        stub.alwaysFailing(WEIGHTS, StubHub.slowly(20_000, 400));
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(() -> {
            try {
                fetch();
            } catch (InterruptedException | RuntimeException e) {
                thrown.set(e);
            }
        });
        thread.start();
        await(() -> Files.exists(partial()) && partial().toFile().length() >= 100_000);

        long start = System.nanoTime();
        thread.interrupt();
        thread.join(15_000);

        // the rest would come in twenty seconds
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        await(HubFailureTest::noThreadIsLeft);
        assertThat(partial()).isNotEmptyFile();
        assertNothingToLoad();
        stub.alwaysFailing(WEIGHTS, StubHub.slowly(SIZE, 0));
        assertWhole(fetch());
        assertThat(stub.asked(WEIGHTS).get(1).range()).isNotNull();
    }

    @Test
    void stopsTheOthersWhenOneFileFails() throws Exception {
        stub.alwaysFailing("config.json", StubHub.status(404)).alwaysFailing(WEIGHTS, StubHub.slowly(10_000, 200));
        long start = System.nanoTime();

        assertThat(failure().reason()).isEqualTo(Reason.NOT_FOUND);

        await(HubFailureTest::noThreadIsLeft);
        // the weights would come in twenty seconds
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
    }

    @Test
    void leavesNothingToLoadWhenTheProcessIsKilled() throws Exception {
        stub.failing(WEIGHTS, StubHub.slowly(20_000, 200));
        Process process = child();
        await(() -> Files.exists(partial()) && partial().toFile().length() >= 200_000);

        process.destroyForcibly();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();

        long left = Files.size(partial());
        assertThat(left).isBetween(200_000L, SIZE - 1L);
        assertNothingToLoad();
        assertWhole(fetch());
        assertThat(stub.asked(WEIGHTS).get(1).range()).isEqualTo("bytes=" + left + "-");
    }

    @Test
    void letsOneProcessDownloadForAll() throws Exception {
        stub.failing(WEIGHTS, StubHub.slowly(50_000, 200));
        Process first = child();
        await(() -> Files.exists(partial()) && partial().toFile().length() > 0);
        Process second = child();

        assertWhole(fetch());

        assertThat(first.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(second.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(List.of(first.exitValue(), second.exitValue())).containsOnly(0);
        assertThat(stub.asked(WEIGHTS)).hasSize(1);
    }

    private Process child() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Fetcher.class.getName(),
                        cache.toString(),
                        stub.endpoint())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** Another process that wants the same model. */
    static final class Fetcher {
        private Fetcher() {}

        public static void main(String[] arguments) throws InterruptedException {
            HubOptions options = HubOptions.builder(Path.of(arguments[0]))
                    .endpoint(arguments[1])
                    .build();
            new Hub(options, HubListener.logging()).fetch(StubHub.LOCATION, HubContent.MODEL);
            System.exit(0);
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("time to wait for the condition").isLessThan(end);
            Thread.sleep(10);
        }
    }

    // a thread is still listed for a moment after its executor has ended
    private static boolean noThreadIsLeft() {
        return Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("hydra-hub-"));
    }

    private static void sleep(long milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String trace(Throwable thrown) {
        StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
