package dev.hydra.hub;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubTest {
    private static final String WEIGHTS = "model.safetensors";

    @TempDir
    Path cache;

    private HubOptions.Builder options(StubHub stub) {
        return HubOptions.builder(cache)
                .endpoint(stub.endpoint())
                .pause(Duration.ofMillis(5))
                .readTimeout(Duration.ofSeconds(5));
    }

    private Hub hub(StubHub stub) {
        return new Hub(options(stub).build(), HubListener.silent());
    }

    static Set<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString().replace('\\', '/'))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    @Test
    void downloadsWhatAModelNeedsAndNothingElse() throws Exception {
        try (StubHub stub = StubHub.withModel()) {
            Path folder = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);

            assertThat(names(folder))
                    .containsExactlyInAnyOrder(
                            "additional_chat_templates/tool_use.jinja",
                            "config.json",
                            "generation_config.json",
                            "model-00001-of-00002.safetensors",
                            "model-00002-of-00002.safetensors",
                            "model.safetensors.index.json",
                            "tokenizer.json",
                            "tokenizer_config.json");
            for (String name : names(folder)) {
                assertThat(folder.resolve(name)).hasBinaryContent(stub.content(name));
            }
        }
    }

    @Test
    void keepsFilesAsOtherClientsDo() throws Exception {
        try (StubHub stub = StubHub.withModel()) {
            Path folder = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);

            Path repository = cache.resolve("models--acme--tiny");
            assertThat(folder).isEqualTo(repository.resolve("snapshots").resolve(StubHub.COMMIT));
            assertThat(repository.resolve("refs/main")).hasContent(StubHub.COMMIT);
            String shard = "model-00001-of-00002.safetensors";
            assertThat(Files.readSymbolicLink(folder.resolve(shard))).hasToString("../../blobs/" + stub.hash(shard));
            String template = "additional_chat_templates/tool_use.jinja";
            assertThat(Files.readSymbolicLink(folder.resolve(template)))
                    .hasToString("../../../blobs/" + stub.hash(template));
            assertThat(stub.hash(shard)).hasSize(64);
            assertThat(stub.hash(template)).hasSize(40);
            // two of the eight files are equal
            assertThat(names(repository.resolve("blobs"))).hasSize(7).noneMatch(name -> name.contains("."));
            assertThat(cache.resolve(".locks/models--acme--tiny").resolve(stub.hash(shard) + ".lock"))
                    .exists();
        }
    }

    @Test
    void prefersSafetensorsAndTakesPyTorchsFilesWhereThereAreNone() throws Exception {
        try (StubHub stub = StubHub.withOneFile(150_000).random("pytorch_model.bin", 150_000)) {
            assertThat(names(hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL)))
                    .contains(WEIGHTS)
                    .doesNotContain("pytorch_model.bin");
        }
        try (StubHub stub = new StubHub().text("config.json", "{}").random("pytorch_model.bin", 150_000)) {
            assertThat(names(new Hub(options(stub).cache(cache.resolve("other")).build(), HubListener.silent())
                            .fetch(StubHub.LOCATION, HubContent.MODEL)))
                    .containsExactlyInAnyOrder("config.json", "pytorch_model.bin");
        }
    }

    @Test
    void downloadsHeadsAsTheirAuthorsPublishThem() throws Exception {
        try (StubHub stub = new StubHub()
                .text("config.json", "{\"hydra_num_heads\": 4}")
                .text("tree.json", "[[0]]")
                .text("tokenizer.json", "{}")
                .random("hydra_lm_head.pt", 150_000)) {
            assertThat(names(hub(stub).fetch(StubHub.LOCATION, HubContent.HEADS)))
                    .containsExactlyInAnyOrder("config.json", "hydra_lm_head.pt", "tree.json");
        }
    }

    @Test
    void downloadsHeadsThatAreAmongAModelsTensors() throws Exception {
        try (StubHub stub = StubHub.withModel()) {
            assertThat(names(hub(stub).fetch(StubHub.LOCATION, HubContent.HEADS)))
                    .containsExactlyInAnyOrder(
                            "config.json",
                            "model-00001-of-00002.safetensors",
                            "model-00002-of-00002.safetensors",
                            "model.safetensors.index.json");
        }
    }

    @Test
    void findsWhatIsThereAlready() throws Exception {
        try (StubHub stub = StubHub.withModel()) {
            Path folder = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);
            int asked = stub.asked().size();

            assertThat(hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL)).isEqualTo(folder);

            assertThat(stub.asked()).hasSize(asked + 1); // the listing alone
        }
    }

    @Test
    void followsABranchAndKeepsWhatHasNotChanged() throws Exception {
        try (StubHub stub = StubHub.withOneFile(150_000)) {
            Path before = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);
            stub.text("config.json", "{\"changed\": true}").commits();

            Path after = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);

            assertThat(after).isNotEqualTo(before);
            assertThat(before.resolve("config.json")).hasContent("{}");
            assertThat(after.resolve("config.json")).hasContent("{\"changed\": true}");
            assertThat(stub.asked(WEIGHTS)).hasSize(1);
            assertThat(cache.resolve("models--acme--tiny/refs/main")).hasContent(StubHub.NEXT_COMMIT);
        }
    }

    @Test
    void asksNobodyAboutACommitThatIsComplete() throws Exception {
        HubLocation commit = HubLocation.parse("hf://" + StubHub.REPOSITORY + "@" + StubHub.COMMIT);
        try (StubHub stub = StubHub.withModel()) {
            Path folder = hub(stub).fetch(commit, HubContent.MODEL);
            int asked = stub.asked().size();

            assertThat(hub(stub).fetch(commit, HubContent.MODEL)).isEqualTo(folder);

            assertThat(stub.asked()).hasSize(asked);
            assertThat(cache.resolve("models--acme--tiny/refs")).doesNotExist();
        }
    }

    @Test
    void takesARevisionWithSlashes() throws Exception {
        try (StubHub stub = StubHub.withModel()) {
            hub(stub).fetch(HubLocation.parse("hf://" + StubHub.REPOSITORY + "@refs/pr/1"), HubContent.MODEL);

            assertThat(cache.resolve("models--acme--tiny/refs/refs/pr/1")).hasContent(StubHub.COMMIT);
        }
    }

    @Test
    void usesTheCacheAloneWhenOffline() throws Exception {
        try (StubHub stub = StubHub.withModel()) {
            Path folder = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);
            int asked = stub.asked().size();

            Hub offline = new Hub(options(stub).offline(true).build(), HubListener.silent());
            assertThat(offline.fetch(StubHub.LOCATION, HubContent.MODEL)).isEqualTo(folder);

            assertThat(stub.asked()).hasSize(asked);
        }
    }

    @Test
    void usesWhatAnotherClientHasDownloaded() throws Exception {
        Path repository = cache.resolve("models--acme--tiny");
        Path snapshot = Files.createDirectories(repository.resolve("snapshots").resolve(StubHub.COMMIT));
        Files.writeString(Files.createDirectories(repository.resolve("refs")).resolve("main"), StubHub.COMMIT);
        Path blobs = Files.createDirectories(repository.resolve("blobs"));
        try (StubHub stub = StubHub.withOneFile(150_000)) {
            for (String name : List.of("config.json", "tokenizer.json", WEIGHTS)) {
                Files.write(blobs.resolve(stub.hash(name)), stub.content(name));
                Files.createSymbolicLink(snapshot.resolve(name), Path.of("../../blobs", stub.hash(name)));
            }

            assertThat(hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL)).isEqualTo(snapshot);
            assertThat(stub.asked()).hasSize(1);
            assertThat(new Hub(options(stub).offline(true).build(), HubListener.silent())
                            .fetch(StubHub.LOCATION, HubContent.MODEL))
                    .isEqualTo(snapshot);
        }
    }

    @Test
    void replacesAFileThatAnotherClientLeftCutShort() throws Exception {
        try (StubHub stub = StubHub.withOneFile(150_000)) {
            Path folder = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);
            Path blob = folder.resolve(WEIGHTS).toRealPath();
            Files.write(blob, new byte[1000]);

            hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);

            assertThat(folder.resolve(WEIGHTS)).hasBinaryContent(stub.content(WEIGHTS));
        }
    }

    @Test
    void asksForHashesWhereTheListingHasNone() throws Exception {
        try (StubHub stub = StubHub.withModel().withoutHashes()) {
            Path folder = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);

            for (String name : names(folder)) {
                assertThat(folder.resolve(name)).hasBinaryContent(stub.content(name));
            }
            assertThat(stub.asked().stream().filter(asked -> asked.method().equals("HEAD")))
                    .hasSize(8);
            assertThat(stub.askedOfStorage()).allMatch(asked -> asked.method().equals("GET"));
        }
    }

    @Test
    void tellsTheHubAloneWhoAsks() throws Exception {
        try (StubHub stub = StubHub.withModel().readableWith("hf_secret")) {
            new Hub(options(stub).token("hf_secret").build(), HubListener.silent())
                    .fetch(StubHub.LOCATION, HubContent.MODEL);

            assertThat(stub.asked()).isNotEmpty().allMatch(asked -> "Bearer hf_secret".equals(asked.authorization()));
            assertThat(stub.askedOfStorage()).hasSize(2).allMatch(asked -> asked.authorization() == null);
        }
    }

    @Test
    void followsRelativeRedirects() throws Exception {
        String moved = "/" + StubHub.REPOSITORY + "/resolve/" + StubHub.COMMIT + "/config.json";
        try (StubHub stub = StubHub.withOneFile(150_000)
                .failing("config.json", StubHub.status(307, "Location", moved + "?again"))) {
            Path folder = hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);

            assertThat(folder.resolve("config.json")).hasContent("{}");
        }
    }

    @Test
    void downloadsAFileOnceForAllWhoWantIt() throws Exception {
        try (StubHub stub = StubHub.withOneFile(2_000_000).failing(WEIGHTS, StubHub.slowly(200_000, 20))) {
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                Callable<Path> fetch = () -> hub(stub).fetch(StubHub.LOCATION, HubContent.MODEL);
                for (Future<Path> folder : threads.invokeAll(List.of(fetch, fetch, fetch, fetch))) {
                    assertThat(folder.get().resolve(WEIGHTS)).hasBinaryContent(stub.content(WEIGHTS));
                }
            } finally {
                threads.shutdownNow();
            }

            assertThat(stub.asked(WEIGHTS)).hasSize(1);
        }
    }

    @Test
    void movesFilesWhereThereAreNoLinks() throws Exception {
        try (StubHub stub = StubHub.withOneFile(150_000)) {
            HubFile file = stub.file(WEIGHTS);
            HubCache linkless = new HubCache(cache, StubHub.LOCATION, (link, target) -> {
                throw new FileSystemException(link.toString(), null, "a privilege is missing");
            });
            Files.createDirectories(linkless.blob(file).getParent());
            Files.write(linkless.partial(file), stub.content(WEIGHTS));

            linkless.complete(file);
            linkless.link(StubHub.COMMIT, file);

            Path moved = linkless.snapshot(StubHub.COMMIT).resolve(WEIGHTS);
            assertThat(Files.isSymbolicLink(moved)).isFalse();
            assertThat(moved).hasBinaryContent(stub.content(WEIGHTS));
            assertThat(linkless.blob(file)).doesNotExist();
            assertThat(linkless.has(StubHub.COMMIT, file)).isTrue();
        }
    }

    @Test
    void reportsEveryByteOnce() throws Exception {
        try (StubHub stub = StubHub.withModel()) {
            List<Long> started = new ArrayList<>();
            Map<String, Long> positions = new HashMap<>();
            List<String> ended = new ArrayList<>();
            new Hub(options(stub).build(), new HubListener() {
                        @Override
                        public void started(HubLocation location, int files, long bytes) {
                            started.add(bytes);
                        }

                        @Override
                        public void reached(String file, long position, long size) {
                            assertThat(position).isBetween(positions.getOrDefault(file, 0L), size);
                            positions.put(file, position);
                        }

                        @Override
                        public void ended() {
                            ended.add("ended");
                        }
                    })
                    .fetch(StubHub.LOCATION, HubContent.MODEL);

            assertThat(started).hasSize(1);
            assertThat(positions.values().stream().mapToLong(Long::longValue).sum())
                    .isEqualTo(started.get(0));
            assertThat(ended).hasSize(1);
        }
    }
}
