package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.hydra.spring.Reciter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.DefaultResourceLoader;

@ExtendWith(OutputCaptureExtension.class)
class StartUpFailureTest {

    @TempDir
    Path folder;

    @Test
    void asksForAModelWhenNoneIsSet(CapturedOutput output) {
        assertThatException()
                .isThrownBy(() -> application()
                        .resourceLoader(new DefaultResourceLoader(new FilteredClassLoader("dev.hydra.demo")))
                        .run());

        assertThat(report(output))
                .contains("hydra.model.location is not set")
                .contains("Set hydra.model.location to the folder of a model")
                .contains("hydra-demo-model");
    }

    @Test
    void saysThatTheDemoModelIsNotThere(CapturedOutput output) {
        assertThatException()
                .isThrownBy(() -> application()
                        .resourceLoader(new DefaultResourceLoader(new FilteredClassLoader("dev.hydra.demo")))
                        .run("--hydra.model.location=demo"));

        assertThat(report(output))
                .contains("hydra.model.location is 'demo'")
                .contains("Add the dependency dev.hydra:hydra-demo-model");
    }

    @Test
    void namesTheFolderThatIsMissing(CapturedOutput output) {
        fail("--hydra.model.location=" + folder.resolve("nothing"));

        assertThat(report(output))
                .contains("hydra.model.location points to " + folder.resolve("nothing") + ", which does not exist")
                .contains("Set hydra.model.location to the folder of a model");
    }

    @Test
    void saysThatAFileIsNoFolder(CapturedOutput output) throws IOException {
        Path file = Files.createFile(folder.resolve("model.gguf"));

        fail("--hydra.model.location=" + file);

        assertThat(report(output)).contains(file + ", which is not a folder");
    }

    @Test
    void namesTheChatTemplatesThatThereAre(CapturedOutput output) {
        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--hydra.chat.template=alpaca");

        assertThat(report(output))
                .contains(
                        "chat template 'alpaca' is neither a built-in format nor a file; expected auto, one of [vicuna,"
                                + " llama-2, chatml], or the path of a .jinja file")
                .contains("hydra.chat.template: alpaca");
    }

    @Test
    void namesTheMissingFolderOfTheHeads(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.heads.location=" + folder.resolve("nothing"));

        assertThat(report(output))
                .contains("hydra.heads.location points to " + folder.resolve("nothing") + ", which does not exist")
                .contains("none to decode without drafts");
    }

    @Test
    void namesTheFileThatIsMissingInAModel(CapturedOutput output) throws IOException {
        Path model = Reciter.writeModel(folder);
        Files.delete(model.resolve("config.json"));

        fail("--hydra.model.location=" + model);

        assertThat(report(output))
                .contains("config.json")
                .contains("hydra.model.location: " + model)
                .contains("hydra.heads.location: not set");
    }

    @Test
    void saysThatAModelIsCutShort(CapturedOutput output) throws IOException {
        Path model = Reciter.writeModel(folder);
        Path weights = model.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));

        fail("--hydra.model.location=" + model);

        assertThat(report(output)).contains("model.safetensors").contains("If a file is cut short, fetch it again");
    }

    @Test
    void saysThatHeadsBelongToAnotherModel(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.heads.location=" + Reciter.writeForeignHeads(folder));

        assertThat(report(output))
                .contains("the heads score 261 token ids; the base model's vocab_size is 260")
                .contains("heads that were trained for exactly this model")
                .contains("none to decode without drafts");
    }

    @Test
    void saysThatATreeIsDeeperThanTheHeads(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.heads.location=" + Reciter.writeHeads(folder),
                "--hydra.decoding.tree=chain-4");

        assertThat(report(output)).contains("4 levels deep").contains("3 draft heads");
    }

    @Test
    void namesATreeThatIsUnknownOrUnreadable(CapturedOutput output) {
        String model = "--hydra.model.location=" + Reciter.writeModel(folder);
        fail(model, "--hydra.decoding.tree=oak");
        assertThat(report(output)).contains("hydra.decoding.tree").contains("oak");

        fail(model, "--hydra.decoding.tree=" + folder.resolve("oak.json"));
        assertThat(report(output)).contains("oak.json").contains("cannot be read");
    }

    @Test
    void namesTheModeThatThereAreNoHeadsFor(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.heads.location=" + Reciter.writeHeads(folder),
                "--hydra.decoding.mode=medusa");

        assertThat(report(output))
                .contains("mode is medusa; this model decodes in [plain, hydra]")
                .contains("hydra.decoding.mode: MEDUSA")
                .contains("hydra.heads.location: " + Reciter.writeHeads(folder));
    }

    @Test
    void refusesTwoSetsOfHeadsForOneMode(CapturedOutput output) {
        Path heads = Reciter.writeHeads(folder);
        Path others = Reciter.writeHeads(folder.resolve("others"));

        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--hydra.heads.location=" + heads + "," + others);

        assertThat(report(output))
                .contains("two sets of heads")
                .contains("hydra.heads.location: " + heads + ", " + others);
    }

    @Test
    void refusesHeadsAndNoneAtOnce(CapturedOutput output) {
        String heads = Reciter.writeHeads(folder).toString();
        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--hydra.heads.location=none," + heads);

        assertThat(report(output))
                .contains("hydra.heads.location is none, " + heads + ": none and folders at once")
                .contains("none alone");
    }

    @Test
    void namesTheHeadsOfAListThatBelongToAnotherModel(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.heads.location[0]=" + Reciter.writeMedusaHeads(folder),
                "--hydra.heads.location[1]=" + Reciter.writeForeignHeads(folder));

        assertThat(report(output))
                .contains("hydra.heads.location: " + Reciter.writeMedusaHeads(folder) + ", "
                        + Reciter.writeForeignHeads(folder));
    }

    @Test
    void saysThatTheHeadsBringNoEmbeddings(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.heads.location=" + Reciter.writeHeads(folder),
                "--hydra.heads.use-own-embeddings=true");

        assertThat(report(output)).contains("own embeddings").contains("hydra.heads.use-own-embeddings: true");
    }

    @Test
    void refusesDefaultsThatTypicalAcceptanceDoesNotGoWith(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.decoding.acceptance=typical",
                "--hydra.chat.temperature=0.7",
                "--hydra.chat.top-p=0.9");

        assertThat(report(output))
                .contains("hydra.chat.* asks for what the engine would refuse every time: typical acceptance")
                .contains("set hydra.decoding.acceptance to exact");
    }

    @ParameterizedTest
    @CsvSource({
        "hydra.decoding.mode, sideways, MEDUSA",
        "hydra.decoding.acceptance, maybe, TYPICAL",
        "hydra.model.data-type, float8, FLOAT16",
        "hydra.decoding.prompt-chunk, 0, expected 1 or more",
        "hydra.decoding.posterior-threshold, 0, 'expected more than 0, up to 1'",
        "hydra.decoding.posterior-alpha, 1.5, 'expected more than 0, up to 1'",
        "hydra.cache.rows, 0, expected 1 or more",
        "hydra.cache.positions, 1, 'expected 0 for what the model knows, or 2 or more'",
        "hydra.scheduler.queue, 0, expected 1 or more",
        "hydra.chat.max-tokens, -1, expected 0 or more",
        "hydra.chat.temperature, -0.1, expected 0 to 100",
        "hydra.chat.top-k, -1, 'expected 0 for all tokens, or more'",
        "hydra.chat.top-p, 0, 'expected more than 0, up to 1'",
        "hydra.chat.min-p, 1, 'up to less than 1'",
        "hydra.chat.repetition-penalty, 0, expected 0.01 to 100",
        "hydra.chat.frequency-penalty, 101, expected -100 to 100",
        "hydra.chat.presence-penalty, -101, expected -100 to 100"
    })
    void namesThePropertyThatHasAnUnsuitableValue(
            String property, String value, String expected, CapturedOutput output) {
        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--" + property + "=" + value);

        assertThat(report(output))
                .containsSubsequence("Description:", property, expected)
                .contains(value);
    }

    @Test
    void namesADeviceThatDoesNotExist(CapturedOutput output) {
        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--hydra.device=abacus");

        assertThat(report(output)).contains("device is 'abacus'");
    }

    @Test
    void saysHowMuchMemoryIsMissingAndWhatToChange(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.device=cpu",
                "--hydra.cache.rows=1000000000");

        assertThat(report(output))
                .containsSubsequence("the model needs", "GiB on cpu", "for a cache of 1000000000 rows", "are available")
                .contains("hydra.model.data-type: auto", "hydra.cache.rows: 1000000000", "hydra.cache.positions: ");
    }

    private static void fail(String... arguments) {
        assertThatException().isThrownBy(() -> application().run(arguments));
    }

    private static SpringApplicationBuilder application() {
        return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE);
    }

    private static String report(CapturedOutput output) {
        assertThat(output).contains("APPLICATION FAILED TO START");
        String all = output.getAll();
        return all.substring(all.lastIndexOf("APPLICATION FAILED TO START"));
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({HydraEngineAutoConfiguration.class, HydraChatAutoConfiguration.class})
    static class Application {}
}
