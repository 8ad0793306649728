package dev.hydra.training.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import dev.hydra.checkpoint.HeadsConfig;
import dev.hydra.checkpoint.HeadsKind;
import dev.hydra.training.RecitingModel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models and heads on the hub, and the base model that heads name as theirs. */
class LocationOptionsTest {
    private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

    @TempDir
    private Path folder;

    @TempDir
    private Path cache;

    private final Shell shell = new Shell();

    private RecitingModel reciting;
    private Path prompts;

    @BeforeEach
    void write() throws IOException {
        reciting = RecitingModel.write(folder);
        prompts = Files.writeString(folder.resolve("prompts.txt"), "the fox\na boat\n");
    }

    private Path headsFor(String base) throws IOException {
        Path heads = reciting.heads(HeadsKind.HYDRA, "heads");
        Path config = heads.resolve(HeadsConfig.FILE);
        Files.writeString(config, Files.readString(config).replace("\"reciting\"", "\"" + base + "\""));
        return heads;
    }

    /** As if somebody had downloaded it. */
    private void cache(String repository, Path content) throws IOException {
        Path target = cache.resolve("models--" + repository.replace("/", "--"));
        Path snapshot = Files.createDirectories(target.resolve("snapshots").resolve(COMMIT));
        Files.writeString(Files.createDirectories(target.resolve("refs")).resolve("main"), COMMIT);
        try (Stream<Path> files = Files.list(content)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, snapshot.resolve(file.getFileName()));
            }
        }
    }

    private int evaluate(String... more) {
        return shell.run(Stream.concat(
                        Stream.of(
                                "evaluate",
                                "--questions=" + prompts,
                                "--maximum-tokens=8",
                                "--rounds=1",
                                "--raw",
                                "--device=cpu"),
                        Stream.of(more))
                .toArray());
    }

    @Test
    void evaluatesOnTheModelThatTheHeadsName() throws IOException {
        assertThat(evaluate("--heads=" + headsFor("base"))).as(shell.people()).isZero();

        assertThat(shell.people()).contains("the heads were trained for " + reciting.folder());
        assertThat(shell.results()).contains("# Evaluation of base");
    }

    @Test
    void findsModelAndHeadsInTheCache() throws IOException {
        cache("acme/tiny", reciting.folder());
        cache("acme/tiny-heads", headsFor("acme/tiny"));

        assertThat(evaluate("--heads=hf://acme/tiny-heads", "--hub-offline", "--hub-cache=" + cache))
                .as(shell.people())
                .isZero();

        assertThat(shell.people()).contains("the heads were trained for hf://acme/tiny");
        assertThat(shell.results()).contains("# Evaluation of acme/tiny");
    }

    @Test
    void growsATreeForHeadsOnTheHubWhereItIsTold() throws IOException {
        cache("acme/tiny", reciting.folder());
        cache("acme/tiny-heads", headsFor("acme/tiny"));
        String[] grow = {
            "grow-tree",
            "--heads=hf://acme/tiny-heads",
            "--prompts=" + prompts,
            "--nodes=3",
            "--maximum-tokens=40",
            "--rounds=1",
            "--raw",
            "--device=cpu",
            "--hub-offline",
            "--hub-cache=" + cache
        };
        assertThat(shell.run((Object[]) grow)).isEqualTo(1);
        assertThat(shell.people()).contains("give --output");

        Path output = folder.resolve("out");
        assertThat(shell.run(Stream.concat(Stream.of(grow), Stream.of("--output=" + output))
                        .toArray()))
                .as(shell.people())
                .isZero();
        assertThat(output.resolve("tree.json")).exists();
    }

    @Test
    void inspectsAndConvertsWhatIsOnTheHub() throws IOException {
        cache("acme/tiny", reciting.folder());
        cache("acme/tiny-heads", headsFor("acme/tiny"));
        String[] hub = {"--hub-offline", "--hub-cache=" + cache};

        assertThat(shell.run((Object[]) Shell.with(
                        "inspect", "hf://acme/tiny-heads", "--base=hf://acme/tiny", "--json", hub[0], hub[1])))
                .as(shell.people())
                .isZero();
        assertThat(JsonParser.parseString(shell.results())
                        .getAsJsonObject()
                        .getAsJsonObject("heads")
                        .get("fits")
                        .getAsBoolean())
                .isTrue();
        assertThat(shell.run((Object[]) Shell.with("inspect", "hf://acme/tiny", hub[0], hub[1])))
                .as(shell.people())
                .isZero();
        assertThat(shell.results()).contains("tokenizer           tokenizer.json, ");

        Path converted = folder.resolve("converted");
        assertThat(shell.run(
                        (Object[]) Shell.with("convert", "hf://acme/tiny-heads", converted.toString(), hub[0], hub[1])))
                .as(shell.people())
                .isZero();
        assertThat(converted.resolve("hydra_lm_head.safetensors")).exists();
    }

    @Test
    void asksForAModelWhereNobodyNamesOne() throws IOException {
        assertThat(evaluate()).isEqualTo(1);
        assertThat(shell.people()).contains("neither --model nor --heads is given");

        assertThat(evaluate("--heads=" + headsFor(""))).isEqualTo(1);
        assertThat(shell.people()).contains("do not say which base model they were trained for");
    }

    @Test
    void saysWhatTheHubDoesNotGive() throws IOException {
        assertThat(evaluate("--model=hf://acme/tiny", "--hub-offline", "--hub-cache=" + cache))
                .isEqualTo(1);
        assertThat(shell.people())
                .contains("hydra evaluate: hf://acme/tiny is not in the cache " + cache)
                .doesNotContain("this is a bug");
        assertThat(evaluate("--model=hf://tiny")).isEqualTo(1);
        assertThat(shell.people()).contains("expected hf://owner/name");
        assertThat(evaluate("--model=hf://acme/tiny", "--hub-endpoint=nothing")).isEqualTo(1);
        assertThat(shell.people()).contains("the hub's endpoint is not a plain web address");
    }

    @Test
    void usesTheCacheWhereNobodyAnswers() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        cache("acme/tiny", reciting.folder());

        // what is cached is used; what is not cannot be had
        assertThat(evaluate(
                        "--model=hf://acme/tiny", "--hub-endpoint=http://127.0.0.1:" + port, "--hub-cache=" + cache))
                .as(shell.people())
                .isZero();
    }
}
