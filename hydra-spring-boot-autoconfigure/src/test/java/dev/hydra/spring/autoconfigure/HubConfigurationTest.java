package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.demo.DemoModel;
import dev.hydra.spring.FolderHub;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.chat.HydraChatModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

/** Models and heads on the hub, and the model that heads name as theirs. */
@ExtendWith(OutputCaptureExtension.class)
class HubConfigurationTest {
    private static final String BASE = "acme/reciter";
    private static final String HEADS = "acme/reciter-heads";
    private static final String TOKEN = "hf_Geheim0123456789";

    @TempDir
    Path folder;

    @TempDir
    Path cache;

    private ApplicationContextRunner application() {
        return new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(HydraEngineAutoConfiguration.class, HydraChatAutoConfiguration.class))
                .withPropertyValues("hydra.device=cpu", "HF_HUB_CACHE=" + cache);
    }

    /** The options can be looked at, and nothing is opened with them. */
    private ApplicationContextRunner withoutTheEngine() {
        return application()
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()));
    }

    private Path headsFor(String base) throws IOException {
        Path heads = Reciter.writeHeads(folder);
        Path config = heads.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace('"' + Reciter.NAME + '"', '"' + base + '"'));
        return heads;
    }

    @Test
    void downloadsModelAndHeadsBeforeItOpensThem(CapturedOutput output) throws IOException {
        try (FolderHub hub =
                new FolderHub().with(BASE, Reciter.writeModel(folder)).with(HEADS, Reciter.writeHeads(folder))) {
            ApplicationContextRunner both = application()
                    .withPropertyValues(
                            "hydra.model.location=hf://" + BASE,
                            "hydra.heads.location=hf://" + HEADS,
                            "hydra.hub.endpoint=" + hub.endpoint(),
                            "HF_TOKEN=" + TOKEN);
            both.run(context -> {
                assertThat(context.getBean(HydraChatModel.class).call("say x")).isEqualTo("yz");
                assertThat(context.getBean(Hydra.class).description().name()).isEqualTo(BASE);
                assertThat(context.getBean(HydraOptions.class).heads())
                        .containsExactly(cache.resolve("models--acme--reciter-heads/snapshots/" + FolderHub.COMMIT));
            });
            assertThat(hub.authorizations()).containsExactly("Bearer " + TOKEN);
            both.withPropertyValues("hydra.hub.endpoint=http://127.0.0.1:9", "hydra.hub.offline=true")
                    .run(context -> assertThat(context).hasSingleBean(Hydra.class));
        }
        assertThat(output)
                .contains("downloading hf://acme/reciter: ")
                .doesNotContain(TOKEN)
                .doesNotContain("trained for 'reciter'");
    }

    @Test
    void looksForThePropertyBeforeTheVariable() throws IOException {
        try (FolderHub hub = new FolderHub().with(BASE, Reciter.writeModel(folder))) {
            withoutTheEngine()
                    .withPropertyValues(
                            "hydra.model.location=hf://" + BASE,
                            "HF_ENDPOINT=http://127.0.0.1:9",
                            "hydra.hub.endpoint=" + hub.endpoint(),
                            "HF_HUB_OFFLINE=1",
                            "hydra.hub.offline=false",
                            "HF_TOKEN=hf_other",
                            "hydra.hub.token=" + TOKEN,
                            "hydra.hub.cache=" + folder.resolve("elsewhere"))
                    .run(context -> assertThat(
                                    context.getBean(HydraOptions.class).model())
                            .startsWith(folder.resolve("elsewhere"))
                            .isDirectory());
            assertThat(hub.authorizations()).containsExactly("Bearer " + TOKEN);
        }
    }

    @Test
    void opensTheFolderBesideTheHeadsThatTheyName() {
        Path model = Reciter.writeModel(folder);
        application()
                .withPropertyValues("hydra.heads.location=" + Reciter.writeHeads(folder))
                .run(context -> {
                    assertThat(context.getBean(HydraOptions.class).model()).isEqualTo(model);
                    assertThat(context.getBean(HydraChatModel.class).call("say x"))
                            .isEqualTo("yz");
                });
    }

    @Test
    void opensTheFolderThatTheHeadsNameByItsPath() throws IOException {
        Path model = Reciter.writeModel(folder.resolve("models"));
        withoutTheEngine()
                .withPropertyValues("hydra.heads.location=" + headsFor(model.toString()))
                .run(context ->
                        assertThat(context.getBean(HydraOptions.class).model()).isEqualTo(model));
    }

    @Test
    void opensTheRepositoryThatTheHeadsName() throws IOException {
        Path model = FolderHub.cache(cache, BASE, Reciter.writeModel(folder.resolve("models")));
        withoutTheEngine()
                .withPropertyValues("HF_HUB_OFFLINE=1", "hydra.heads.location=" + headsFor(BASE))
                .run(context ->
                        assertThat(context.getBean(HydraOptions.class).model()).isEqualTo(model));
    }

    @Test
    void opensTheDemoModelForHeadsThatNameIt() throws IOException {
        withoutTheEngine()
                .withPropertyValues("hydra.heads.location=" + headsFor("hydra-demo"))
                .run(context -> assertThat(context.getBean(HydraOptions.class).model())
                        .isEqualTo(DemoModel.extract().model()));
    }

    @Test
    void warnsOfAnotherNameWhereTheSizesFit(CapturedOutput output) throws IOException {
        application()
                .withPropertyValues(
                        "hydra.model.location=" + Reciter.writeModel(folder),
                        "hydra.heads.location=" + headsFor("acme/orator"))
                .run(context -> assertThat(context.getBean(HydraChatModel.class).call("say x"))
                        .isEqualTo("yz"));

        assertThat(output).contains("were trained for 'acme/orator'").contains("is called 'reciter'");
    }

    @Test
    void namesBothSidesThatDoNotFit(CapturedOutput output) {
        Path model = Reciter.writeModel(folder);
        Path heads = Reciter.writeForeignHeads(folder);
        fail("--hydra.model.location=" + model, "--hydra.heads.location=" + heads);

        assertThat(report(output))
                .contains("the heads in " + heads + ", trained for 'reciter', do not fit the model reciter in " + model)
                .contains("the heads score 261 token ids; the base model's vocab_size is 260");
    }

    @Test
    void asksForTheModelThatTheHeadsDoNotName(CapturedOutput output) throws IOException {
        fail("--hydra.heads.location=" + headsFor(""));
        assertThat(report(output))
                .contains("hydra.model.location is not set")
                .contains("do not say which base model they were trained for")
                .contains("Set hydra.model.location to the folder of the model that the heads were trained for");

        fail("--hydra.heads.location=" + headsFor("orator"));
        assertThat(report(output)).contains("were trained for 'orator', which is no folder");
    }

    @Test
    void refusesHeadsOfDifferentModels(CapturedOutput output) throws IOException {
        Reciter.writeModel(folder);
        Path medusa = Reciter.writeMedusaHeads(folder);
        fail("--hydra.heads.location=" + headsFor(BASE) + "," + medusa);

        assertThat(report(output))
                .contains("the heads belong to different base models")
                .contains("hf://acme/reciter")
                .contains(folder.resolve(Reciter.NAME).toString());
    }

    @Test
    void saysWhatIsMissingWhenOffline(CapturedOutput output) {
        fail("--hydra.model.location=hf://" + BASE, "--hydra.hub.offline=true", "--hydra.hub.cache=" + cache);

        assertThat(report(output))
                .contains("hf://acme/reciter is not in the cache " + cache)
                .contains("hydra.model.location: hf://acme/reciter")
                .contains("Set hydra.hub.offline to false");
    }

    @Test
    void saysHowToGetAccess(CapturedOutput output) throws IOException {
        try (FolderHub hub = new FolderHub()) {
            List<String> arguments = List.of(
                    "--hydra.model.location=hf://" + BASE,
                    "--hydra.hub.endpoint=" + hub.endpoint(),
                    "--hydra.hub.cache=" + cache,
                    "--HF_TOKEN_PATH=" + folder.resolve("nothing"));
            fail(arguments.toArray(String[]::new));
            assertThat(report(output)).contains("answers 401").contains("set hydra.hub.token or the variable HF_TOKEN");

            fail(
                    arguments.get(0),
                    arguments.get(1),
                    arguments.get(2),
                    "--hydra.heads.location=none",
                    "--hydra.hub.token=" + TOKEN);
            assertThat(report(output))
                    .contains("there is no repository acme/reciter")
                    .contains("Correct hydra.model.location");
        }
        assertThat(output).doesNotContain(TOKEN);
    }

    @Test
    void namesThePropertyThatHasAnUnsuitableValue(CapturedOutput output) {
        fail("--hydra.model.location=hf://reciter");
        assertThat(report(output)).contains("hydra.model.location").contains("expected hf://owner/name");

        fail("--hydra.model.location=hf://" + BASE, "--hydra.hub.endpoint=huggingface");
        assertThat(report(output)).contains("hydra.hub.endpoint is unsuitable").contains("not a plain web address");

        fail("--hydra.model.location=hf://" + BASE, "--hydra.hub.token=" + TOKEN + " " + TOKEN);
        assertThat(report(output)).contains("hydra.hub.token is unsuitable");
        fail("--hydra.model.location=hf://" + BASE, "--hydra.hub.downloads=0");
        assertThat(report(output)).contains("hydra.hub.downloads").contains("expected 1 or more");
        fail("--hydra.model.location=hf://" + BASE, "--hydra.hub.read-timeout=0s");
        assertThat(report(output)).contains("hydra.hub.read-timeout").contains("expected a time above 0");
        assertThat(output).doesNotContain(TOKEN);
    }

    @Test
    void asksForAModelWhenHeadsAreToBeNone() {
        withoutTheEngine()
                .withClassLoader(new FilteredClassLoader("dev.hydra.demo"))
                .withPropertyValues("hydra.heads.location=none")
                .run(context -> assertThatException()
                        .isThrownBy(() -> context.getBean(HydraOptions.class))
                        .withRootCauseInstanceOf(HydraConfigurationException.class)
                        .withStackTraceContaining("hydra.model.location is not set"));
    }

    private static void fail(String... arguments) {
        assertThatException()
                .isThrownBy(() -> new SpringApplicationBuilder(Application.class)
                        .web(WebApplicationType.NONE)
                        .run(arguments));
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
