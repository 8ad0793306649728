package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.hydra.Hydra;
import dev.hydra.spring.Reciter;
import dev.hydra.tree.TreeShape;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.DefaultResourceLoader;
import tools.jackson.databind.json.JsonMapper;

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
                .contains("hydra.decoding.mode: medusa")
                .contains("hydra.heads.location: " + Reciter.writeHeads(folder));
    }

    @Test
    void refusesTwoSetsOfHeadsForOneMode(CapturedOutput output) {
        Path heads = Reciter.writeHeads(folder);
        Path others = Reciter.writeHeads(folder.resolve("others"));

        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--hydra.heads.location=" + heads + "," + others);

        assertThat(report(output))
                .contains("two sets of heads")
                .contains("hydra.heads.location: " + heads + "," + others);
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

    @Test
    void refusesStopSequencesThatMightCutAnObject(CapturedOutput output) {
        fail(
                "--hydra.model.location=" + Reciter.writeModel(folder),
                "--hydra.chat.response-format=json",
                "--hydra.chat.stop-sequences=stop");

        assertThat(report(output))
                .contains("hydra.chat.* asks for what the engine would refuse every time: the answer has to be JSON")
                .contains("hydra.chat.response-format to text");
    }

    /** A property, a value that will not do, and what is said about it. */
    private record Unsuitable(String property, String value, String said) {}

    /** Every property there is, with a value that it cannot have. */
    private static List<Unsuitable> unsuitable() {
        return List.of(
                new Unsuitable("hydra.device", "abacus", "expected auto, cpu, gpu or gpu1"),
                new Unsuitable("hydra.warm-up", "perhaps", "Invalid boolean value"),
                new Unsuitable("hydra.model.location", "/no/such/model", "which does not exist"),
                new Unsuitable("hydra.model.data-type", "float8", "FLOAT16"),
                new Unsuitable("hydra.heads.location", "/no/such/heads", "which does not exist"),
                new Unsuitable("hydra.heads.use-own-embeddings", "true", "0 of 0 sets of heads have any"),
                new Unsuitable("hydra.decoding.mode", "sideways", "MEDUSA"),
                new Unsuitable("hydra.decoding.tree", "oak", "no tree is named 'oak'"),
                new Unsuitable("hydra.decoding.prompt-chunk", "0", "expected 1 or more"),
                new Unsuitable("hydra.decoding.acceptance", "maybe", "TYPICAL"),
                new Unsuitable("hydra.decoding.posterior-threshold", "0", "expected more than 0, up to 1"),
                new Unsuitable("hydra.decoding.posterior-alpha", "1.5", "expected more than 0, up to 1"),
                new Unsuitable("hydra.cache.rows", "0", "expected 1 or more"),
                new Unsuitable("hydra.cache.positions", "1", "expected 0 for what the model knows, or 2 or more"),
                new Unsuitable("hydra.scheduler.queue", "0", "expected 1 or more"),
                new Unsuitable("hydra.chat.template", "alpaca", "is neither a built-in format nor a file"),
                new Unsuitable("hydra.chat.tool-format", "morse", "HERMES"),
                new Unsuitable("hydra.chat.response-format", "xml", "JSON"),
                new Unsuitable("hydra.chat.max-tokens", "-1", "expected 0 or more"),
                new Unsuitable("hydra.chat.stop-sequences", "one,,two", "expected texts of one character at least"),
                new Unsuitable("hydra.chat.temperature", "-0.1", "expected 0 to 100"),
                new Unsuitable("hydra.chat.top-k", "-1", "expected 0 for all tokens, or more"),
                new Unsuitable("hydra.chat.top-p", "0", "expected more than 0, up to 1"),
                new Unsuitable("hydra.chat.min-p", "1", "up to less than 1"),
                new Unsuitable("hydra.chat.seed", "dice", "java.lang.Long"),
                new Unsuitable("hydra.chat.repetition-penalty", "0", "expected 0.01 to 100"),
                new Unsuitable("hydra.chat.frequency-penalty", "101", "expected -100 to 100"),
                new Unsuitable("hydra.chat.presence-penalty", "-101", "expected -100 to 100"),
                new Unsuitable("hydra.hub.endpoint", "huggingface", "not a plain web address"),
                new Unsuitable("hydra.hub.token", "hf one", "is unsuitable"),
                new Unsuitable("hydra.hub.cache", "/no/such/cache", "is not in the cache /no/such/cache"),
                new Unsuitable("hydra.hub.offline", "perhaps", "Invalid boolean value"),
                new Unsuitable("hydra.hub.downloads", "0", "expected 1 or more"),
                new Unsuitable("hydra.hub.connect-timeout", "0s", "expected a time above 0"),
                new Unsuitable("hydra.hub.read-timeout", "soon", "java.time.Duration"));
    }

    @ParameterizedTest
    @MethodSource("unsuitable")
    void namesThePropertyThatHasAnUnsuitableValue(Unsuitable setting, CapturedOutput output) {
        String model = setting.property().startsWith("hydra.hub.")
                ? "hf://acme/reciter"
                : Reciter.writeModel(folder).toString();
        // the last argument of a name is appended to the first: the property under test must be the only one
        List<String> arguments = new ArrayList<>(List.of("--" + setting.property() + "=" + setting.value()));
        Map.of("hydra.model.location", model, "hydra.hub.offline", "true", "hydra.heads.location", "none")
                .forEach((name, value) -> {
                    if (!name.equals(setting.property())) {
                        arguments.add("--" + name + "=" + value);
                    }
                });

        fail(arguments.toArray(String[]::new));

        assertThat(report(output)).contains("Description:", setting.property(), setting.said(), "Action:");
        if (setting.property().equals("hydra.hub.token")) {
            assertThat(output).doesNotContain(setting.value());
        } else {
            assertThat(report(output)).contains(setting.value());
        }
    }

    @Test
    void knowsAnUnsuitableValueOfEveryProperty() throws IOException {
        try (InputStream metadata = getClass().getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
            List<String> properties =
                    JsonMapper.shared().readTree(metadata).get("properties").findValuesAsString("name").stream()
                            .filter(name -> name.startsWith("hydra."))
                            // read in web applications alone
                            .filter(name -> !name.startsWith("hydra.openai."))
                            .toList();

            assertThat(unsuitable()).extracting(Unsuitable::property).containsExactlyInAnyOrderElementsOf(properties);
        }
    }

    @Test
    void saysWhereAPropertyWasSet(CapturedOutput output) throws IOException {
        Path settings = Files.writeString(
                folder.resolve("application.yaml"),
                "hydra:\n  device: abacus\n  model.location: " + Reciter.writeModel(folder));

        fail("--spring.config.location=" + settings.toUri());

        assertThat(report(output))
                .containsPattern("hydra\\.device: abacus \\(from .*application\\.yaml.* - 2:11\\)")
                .contains("Set hydra.device to auto, cpu, gpu or a numbered one");
    }

    @Test
    void saysThatAModelHasNoTokenizer(CapturedOutput output) throws IOException {
        Path model = Reciter.writeModel(folder);
        Path tokenizer = model.resolve("tokenizer.json");
        String whole = Files.readString(tokenizer);
        Files.delete(tokenizer);
        fail("--hydra.model.location=" + model);
        assertThat(report(output))
                .contains("Hydra cannot read its model's tokenizer: " + model + " has no tokenizer")
                .contains("hydra.model.location: " + model);

        Files.writeString(tokenizer, whole.substring(0, whole.length() / 2));
        fail("--hydra.model.location=" + model);
        assertThat(report(output)).contains("tokenizer.json").contains("Copy the model's tokenizer.json");
    }

    @Test
    void saysThatAModelsChatTemplateIsDamaged(CapturedOutput output) throws IOException {
        Path model = Reciter.writeModel(folder);
        Files.writeString(model.resolve("chat_template.jinja"), "{% for message in messages %}");

        fail("--hydra.model.location=" + model);

        assertThat(report(output))
                .contains("Hydra cannot use its chat template: the chat template of " + model)
                .contains("hydra.chat.template: not set")
                .contains("to one of [vicuna, llama-2, chatml]");
    }

    @Test
    void saysThatAModelsDefaultsAreUnsuitable(CapturedOutput output) throws IOException {
        Path model = Reciter.writeModel(folder);
        Files.writeString(model.resolve("generation_config.json"), "{\"top_p\": 7}");

        fail("--hydra.model.location=" + model);

        assertThat(report(output)).contains("generation_config.json", "top_p", "hydra.model.location: " + model);
    }

    @Test
    void saysThatTheTreeOfTheHeadsIsDamaged(CapturedOutput output) throws IOException {
        Path heads = Reciter.writeHeads(folder);
        Files.writeString(heads.resolve("tree.json"), "[[0, 0, 0, 0]]");
        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--hydra.heads.location=" + heads);
        assertThat(report(output)).contains("4 levels deep", "hydra.decoding.tree: not set");

        Files.writeString(heads.resolve("tree.json"), "[[-1]]");
        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--hydra.heads.location=" + heads);
        assertThat(report(output)).contains("tree.json", "ranks start at 0", "hydra.heads.location: " + heads);
    }

    @Test
    void saysHowManyPositionsTheModelKnows(CapturedOutput output) {
        fail("--hydra.model.location=" + Reciter.writeModel(folder), "--hydra.cache.positions=5000");

        assertThat(report(output))
                .contains("a cache row of 5000 positions; the model knows 4096")
                .contains("hydra.cache.positions: 5000")
                .contains("Set hydra.cache.positions to no more than the model knows");
    }

    @Test
    void saysThatAModelCannotAnswer(CapturedOutput output) throws IOException {
        Path model = Reciter.writeModel(folder);
        // a token that the tokenizer knows and the model does not, in every prompt
        Path tokenizer = model.resolve("tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer).replace("}], \"normalizer\"", """
                        }, {"id": 260, "content": "<|new|>", "special": true, "single_word": false, "lstrip": false, \
                        "rstrip": false, "normalized": false}], "normalizer\""""));
        Files.writeString(model.resolve("chat_template.jinja"), "<|new|>{{ messages[0].content }}");

        fail("--hydra.model.location=" + model);

        assertThat(report(output))
                .contains("Hydra has opened its model, and it does not answer: ", "token 260")
                .contains("hydra.warm-up: not set")
                .contains("are of the same model");
    }

    @Test
    void reportsAModelThatTheApplicationOpensItself(CapturedOutput output) {
        assertThatException()
                .isThrownBy(() -> new SpringApplicationBuilder(OwnModel.class)
                        .web(WebApplicationType.NONE)
                        .run("--reciter=" + folder));

        assertThat(report(output)).contains("Hydra cannot open its model: the tree is 4 levels deep");
    }

    @Test
    void leavesTheApplicationsOwnFailuresToBoot(CapturedOutput output) {
        assertThatException()
                .isThrownBy(() -> new SpringApplicationBuilder(Application.class, OwnFailure.class)
                        .web(WebApplicationType.NONE)
                        .run("--hydra.model.location=" + Reciter.writeModel(folder)));

        assertThat(output).contains("Application run failed", "mine").doesNotContain("APPLICATION FAILED TO START");
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
                .contains(
                        "hydra.model.data-type: not set",
                        "hydra.cache.rows: 1000000000",
                        "hydra.cache.positions: not set");
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
    static class OwnModel {

        @Bean
        Hydra own(@Value("${reciter}") Path folder) {
            return Hydra.open(
                    Reciter.options(folder).tree(TreeShape.named("chain-4")).build());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnFailure {

        @Bean
        String own(Hydra hydra) {
            throw new IllegalArgumentException(
                    "mine, with " + hydra.description().name());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration({HydraEngineAutoConfiguration.class, HydraChatAutoConfiguration.class})
    static class Application {}
}
