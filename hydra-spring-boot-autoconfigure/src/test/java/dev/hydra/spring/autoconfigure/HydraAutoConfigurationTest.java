package dev.hydra.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.hydra.Hydra;
import dev.hydra.HydraOptions;
import dev.hydra.ModelDescription;
import dev.hydra.ModelDescription.DrafterDescription;
import dev.hydra.checkpoint.GenerationDefaults;
import dev.hydra.decode.DecodeListener;
import dev.hydra.decode.DecodeStatistics;
import dev.hydra.demo.DemoModel;
import dev.hydra.draft.DecodingMode;
import dev.hydra.graph.DataType;
import dev.hydra.sampling.Exact;
import dev.hydra.sampling.Typical;
import dev.hydra.spring.Reciter;
import dev.hydra.spring.actuate.HydraEndpoint;
import dev.hydra.spring.actuate.HydraEndpointWebExtension;
import dev.hydra.spring.actuate.HydraHealthIndicator;
import dev.hydra.spring.actuate.HydraInfoContributor;
import dev.hydra.spring.actuate.RecentDecoding;
import dev.hydra.spring.chat.HydraChatModel;
import dev.hydra.spring.chat.HydraChatOptions;
import dev.hydra.spring.chat.ResponseFormat;
import dev.hydra.spring.metrics.HydraMeters;
import dev.hydra.tree.TreeShape;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurationImportSelector;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.annotation.AnnotationAttributes;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.mock.env.MockEnvironment;
import tools.jackson.databind.json.JsonMapper;

class HydraAutoConfigurationTest {

    @TempDir
    static Path folder;

    private static final AutoConfigurations ALL = AutoConfigurations.of(
            HydraEngineAutoConfiguration.class,
            HydraLifecycleAutoConfiguration.class,
            HydraChatAutoConfiguration.class,
            HydraEndpointAutoConfiguration.class,
            HydraHealthAutoConfiguration.class,
            HydraInfoAutoConfiguration.class,
            HydraMetricsAutoConfiguration.class,
            ChatClientAutoConfiguration.class);

    private ApplicationContextRunner application;

    @BeforeEach
    void withTheReciter() {
        application = new ApplicationContextRunner()
                .withConfiguration(ALL)
                .withPropertyValues(
                        "hydra.device=cpu",
                        "hydra.model.location=" + Reciter.writeModel(folder),
                        "hydra.heads.location=" + Reciter.writeHeads(folder));
    }

    @Test
    void putsTheModelBehindTheChatClient() {
        application.run(context -> {
            assertThat(context).hasSingleBean(Hydra.class).hasSingleBean(HydraChatModel.class);
            ChatClient chat = context.getBean(ChatClient.Builder.class).build();

            assertThat(chat.prompt("say abc").call().content()).isEqualTo("defghijklmnopqrstuvwxyz");
            assertThat(chat.prompt("count: 0")
                            .options(HydraChatOptions.builder().maxTokens(3))
                            .call()
                            .content())
                    .isEqualTo("123");
            assertThat(String.join("", chat.prompt("say x").stream().content().toIterable()))
                    .isEqualTo("yz");
        });
    }

    @Test
    void closesTheEngineWithTheContext() {
        Hydra[] opened = new Hydra[1];
        application.run(context -> opened[0] = context.getBean(Hydra.class));

        assertThatIllegalStateException()
                .isThrownBy(() -> HydraChatModel.builder(opened[0]).build().call("say x"))
                .withMessageContaining("closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "openai"})
    void leavesTheModelClosedWhenAnotherOneIsSelected(String selected) {
        application
                .withPropertyValues("spring.ai.model.chat=" + selected, "management.endpoints.web.exposure.include=*")
                .withBean(SimpleMeterRegistry.class)
                .withClassLoader(new FilteredClassLoader(ChatClient.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(Hydra.class)
                        .doesNotHaveBean(HydraChatModel.class)
                        .doesNotHaveBean(HydraEndpoint.class)
                        .doesNotHaveBean(HydraHealthIndicator.class)
                        .doesNotHaveBean(HydraInfoContributor.class)
                        .doesNotHaveBean(MeterBinder.class));
    }

    @Test
    void opensTheModelWhenHydraIsSelected() {
        application
                .withPropertyValues("spring.ai.model.chat=hydra")
                .run(context -> assertThat(context).hasSingleBean(HydraChatModel.class));
    }

    @Test
    void backsOffWhenUserDefinesChatModel() {
        application
                .withBean("mine", HydraChatModel.class, () -> null)
                .run(context -> assertThat(context).hasBean("mine").doesNotHaveBean("hydraChatModel"));
    }

    @Test
    void backsOffWhenUserOpensTheEngine() {
        application
                .withPropertyValues("hydra.model.location=/nowhere")
                .withUserConfiguration(OwnEngine.class)
                .run(context -> {
                    assertThat(context).hasSingleBean(Hydra.class).doesNotHaveBean(HydraOptions.class);
                    assertThat(context.getBean(HydraChatModel.class).call("say x"))
                            .isEqualTo("yz");
                });
    }

    @Test
    void backsOffWhenUserChoosesTheEnginesOptions() {
        application
                .withPropertyValues("hydra.model.location=/nowhere")
                .withBean(
                        HydraOptions.class,
                        () -> Reciter.options(folder).positions(64).build())
                .run(context -> assertThat(
                                context.getBean(Hydra.class).description().positions())
                        .isEqualTo(64));
    }

    @Test
    void handsEveryPropertyOn() throws IOException {
        Path tree = Files.writeString(folder.resolve("tree.json"), "[[0], [0, 0]]");
        application
                .withPropertyValues(
                        "hydra.model.data-type=float32",
                        "hydra.decoding.mode=plain",
                        "hydra.decoding.tree=" + tree,
                        "hydra.decoding.prompt-chunk=7",
                        "hydra.cache.rows=2",
                        "hydra.cache.positions=128",
                        "hydra.scheduler.queue=3",
                        "hydra.chat.template=vicuna",
                        "hydra.chat.max-tokens=5",
                        "hydra.chat.stop-sequences=one,two",
                        "hydra.chat.temperature=0.7",
                        "hydra.chat.top-k=40",
                        "hydra.chat.top-p=0.9",
                        "hydra.chat.min-p=0.05",
                        "hydra.chat.seed=-3",
                        "hydra.chat.repetition-penalty=1.1",
                        "hydra.chat.frequency-penalty=0.2",
                        "hydra.chat.presence-penalty=-0.3")
                .run(context -> {
                    HydraOptions options = context.getBean(HydraOptions.class);
                    assertThat(options.model()).hasFileName(Reciter.NAME);
                    assertThat(options.heads()).containsExactly(Reciter.writeHeads(folder));
                    assertThat(options.ownEmbeddings()).isFalse();
                    assertThat(options.mode()).isEqualTo(DecodingMode.PLAIN);
                    assertThat(options.acceptance()).isEqualTo(new Exact());
                    assertThat(options.rows()).isEqualTo(2);
                    assertThat(options.tree()).isEqualTo(TreeShape.parse("[[0], [0, 0]]"));
                    assertThat(options.device()).isEqualTo("cpu");
                    assertThat(options.dataType()).isEqualTo(DataType.FLOAT32);
                    assertThat(options.positions()).isEqualTo(128);
                    assertThat(options.queue()).isEqualTo(3);
                    assertThat(options.promptChunk()).isEqualTo(7);
                    assertThat(options.chatTemplate()).isEqualTo("vicuna");
                    assertThat(context.getBean(Hydra.class).chatTemplate().source())
                            .isEqualTo("the format vicuna");

                    assertThat(context.getBean(HydraChatModel.class).getOptions())
                            .isEqualTo(HydraChatOptions.builder()
                                    .model(Reciter.NAME)
                                    .maxTokens(5)
                                    .stopSequences(List.of("one", "two"))
                                    .temperature(0.7)
                                    .topK(40)
                                    .topP(0.9)
                                    .minP(0.05)
                                    .seed(-3L)
                                    .repetitionPenalty(1.1)
                                    .frequencyPenalty(0.2)
                                    .presencePenalty(-0.3)
                                    .build());
                });
    }

    @ParameterizedTest
    @EnumSource
    void takesEveryDataType(DataType type) {
        withoutTheEngine()
                .withPropertyValues("hydra.model.data-type=" + type.name().toLowerCase(Locale.ROOT))
                .run(context -> assertThat(context.getBean(HydraOptions.class).dataType())
                        .isEqualTo(type));
    }

    @Test
    void leavesTheDataTypeToTheDevice() {
        withoutTheEngine()
                .withPropertyValues("hydra.model.data-type=auto")
                .run(context -> assertThat(context.getBean(HydraOptions.class).dataType())
                        .isNull());
    }

    @Test
    void handsOnThatTheHeadsBringTheirEmbeddings() {
        withoutTheEngine()
                .withPropertyValues("hydra.heads.use-own-embeddings=true")
                .run(context -> assertThat(context.getBean(HydraOptions.class).ownEmbeddings())
                        .isTrue());
    }

    @Test
    void handsOnWhatIsKeptOfADraft() {
        application
                .withPropertyValues(
                        "hydra.decoding.acceptance=typical",
                        "hydra.decoding.posterior-threshold=0.2",
                        "hydra.decoding.posterior-alpha=0.5")
                .run(context -> {
                    assertThat(context.getBean(HydraOptions.class).acceptance()).isEqualTo(new Typical(0.2, 0.5));
                    assertThat(context.getBean(Hydra.class).description().acceptance())
                            .isEqualTo(new Typical(0.2, 0.5));
                });
        application
                .withPropertyValues("hydra.decoding.acceptance=typical")
                .run(context -> assertThat(context.getBean(HydraOptions.class).acceptance())
                        .isEqualTo(Typical.standard()));
    }

    @Test
    void takesASetOfHeadsForEachMode() {
        String folders = Reciter.writeHeads(folder) + ", " + Reciter.writeMedusaHeads(folder);
        application.withPropertyValues("hydra.heads.location=" + folders).run(context -> {
            ModelDescription model = context.getBean(Hydra.class).description();
            assertThat(model.drafters())
                    .extracting(DrafterDescription::mode)
                    .containsExactly(DecodingMode.HYDRA, DecodingMode.MEDUSA);
            assertThat(model.mode()).isEqualTo(DecodingMode.HYDRA);
            ChatClient chat = context.getBean(ChatClient.Builder.class).build();
            for (DecodingMode mode : DecodingMode.values()) {
                assertThat(chat.prompt("say x")
                                .options(HydraChatOptions.builder().mode(mode))
                                .call()
                                .content())
                        .isEqualTo("yz");
            }
        });
        application
                .withPropertyValues("hydra.heads.location=" + folders, "hydra.decoding.mode=medusa")
                .run(context -> assertThat(
                                context.getBean(Hydra.class).description().mode())
                        .isEqualTo(DecodingMode.MEDUSA));
    }

    @Test
    void leavesWhatIsEmptyToTheModel() {
        application
                .withPropertyValues("hydra.heads.location=")
                .run(context ->
                        assertThat(context.getBean(HydraOptions.class).heads()).isEmpty());
    }

    @Test
    void opensTheDemoModelWithItsOwnHeads() {
        HydraProperties properties = new HydraProperties();
        ModelFolders folders = ModelFolders.of(
                properties, getClass().getClassLoader(), new HubFolders(properties.getHub(), new MockEnvironment()));

        assertThat(folders.model()).isEqualTo(DemoModel.extract().model());
        assertThat(folders.heads()).contains(DemoModel.extract().heads());
    }

    @Test
    void leavesTheDemoModelGreedy() {
        assertThat(GenerationDefaults.read(DemoModel.extract().model()).sampled())
                .isFalse();
    }

    @Test
    void laysPropertiesOverTheModelsFiles(@TempDir Path other) throws IOException {
        Path model = Reciter.writeModel(other);
        Files.writeString(
                model.resolve(GenerationDefaults.FILE),
                "{\"do_sample\": true, \"temperature\": 0.7, \"top_p\": 0.8, \"max_new_tokens\": 3}");
        application
                .withPropertyValues(
                        "hydra.model.location=" + model, "hydra.heads.location=none", "hydra.chat.temperature=0")
                .run(context -> {
                    HydraChatModel chat = context.getBean(HydraChatModel.class);
                    assertThat(chat.getOptions().getTemperature()).isZero();
                    assertThat(chat.getOptions().getTopP()).isEqualTo(0.8);
                    assertThat(chat.call("count: 0")).isEqualTo("123");
                });
    }

    @Test
    void answersInJsonWhereThePropertySaysSo() {
        application
                .withPropertyValues("hydra.chat.response-format=json", "hydra.chat.max-tokens=40")
                .run(context -> {
                    HydraChatModel chat = context.getBean(HydraChatModel.class);
                    assertThat(chat.getOptions().getResponseFormat()).isEqualTo(ResponseFormat.JSON);
                    assertThat(JsonMapper.shared()
                                    .readTree(chat.call("say abc"))
                                    .isObject())
                            .isTrue();
                });
    }

    /** The options can be looked at, and nothing is opened with them. */
    private ApplicationContextRunner withoutTheEngine() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(HydraEngineAutoConfiguration.class))
                .withInitializer(context ->
                        context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
                .withPropertyValues("hydra.model.location=" + Reciter.writeModel(folder));
    }

    @Test
    void hasTheEnginesDefaults() {
        application.run(context -> {
            HydraOptions defaults = Reciter.options(folder).warmUp(true).build();
            assertThat(context.getBean(HydraOptions.class))
                    .usingRecursiveComparison()
                    .ignoringFields("heads", "listeners")
                    .isEqualTo(defaults);
            assertThat(context.getBean(HydraChatModel.class).getOptions().getMaxTokens())
                    .isEqualTo(HydraChatModel.DEFAULT_MAX_TOKENS);
        });
    }

    @Test
    void takesAShippedTreeByItsName() {
        application
                .withPropertyValues("hydra.decoding.tree=chain-4", "hydra.heads.location=none")
                .run(context ->
                        assertThat(context.getBean(HydraOptions.class).tree()).isEqualTo(TreeShape.named("chain-4")));
    }

    @Test
    void decodesWithoutDraftsWhenThereAreToBeNone() {
        application.withPropertyValues("hydra.heads.location=none").run(context -> {
            assertThat(context.getBean(Hydra.class).description().drafter().kind())
                    .isEqualTo("none");
            assertThat(context.getBean(HydraChatModel.class).call("say x")).isEqualTo("yz");
        });
    }

    @Test
    void warmsUpWithoutCountingUnlessItIsSwitchedOff() {
        application.withBean(SimpleMeterRegistry.class).run(context -> {
            assertThat(context.getBean(HydraOptions.class).warmUp()).isTrue();
            assertThat(context.getBean(Hydra.class).statistics()).isEqualTo(DecodeStatistics.none());
            assertThat(context.getBean(MeterRegistry.class).getMeters())
                    .isNotEmpty()
                    .allSatisfy(meter -> assertThat(meter.measure())
                            .allSatisfy(measurement ->
                                    assertThat(measurement.getValue()).isZero()));
        });
        withoutTheEngine()
                .withPropertyValues("hydra.warm-up=false")
                .run(context ->
                        assertThat(context.getBean(HydraOptions.class).warmUp()).isFalse());
    }

    @Test
    void letsListenersHearTheDecoding() {
        var steps = new LongAdder();
        application
                .withBean(DecodeListener.class, () -> new DecodeListener() {
                    @Override
                    public void measured(DecodeStatistics delta) {
                        steps.add(delta.steps());
                    }
                })
                .run(context -> {
                    context.getBean(HydraChatModel.class).call("say abc");
                    assertThat(steps.sum()).isPositive();
                });
    }

    @Test
    void observesWithTheApplicationsRegistry() {
        application
                .withBean(ObservationRegistry.class, TestObservationRegistry::create)
                .run(context -> {
                    context.getBean(HydraChatModel.class).call("say x");
                    TestObservationRegistryAssert.assertThat(context.getBean(TestObservationRegistry.class))
                            .hasObservationWithNameEqualTo("gen_ai.client.operation");
                });
    }

    @Test
    void hasTheEndpointWhereItIsExposed() {
        application
                .withPropertyValues("management.endpoints.web.exposure.include=hydra")
                .run(context -> {
                    assertThat(context).hasSingleBean(HydraEndpoint.class).hasSingleBean(RecentDecoding.class);
                    context.getBean(HydraChatModel.class).call("say abc");
                    assertThat(context.getBean(HydraEndpoint.class)
                                    .report()
                                    .lastMinute()
                                    .steps())
                            .isPositive();
                });
    }

    @Test
    void hasNoEndpointUnlessItIsExposed() {
        application.run(context ->
                assertThat(context).doesNotHaveBean(HydraEndpoint.class).doesNotHaveBean(RecentDecoding.class));
    }

    @Test
    void hasNoEndpointWithoutAccess() {
        application
                .withPropertyValues(
                        "management.endpoints.web.exposure.include=hydra", "management.endpoint.hydra.access=NONE")
                .run(context -> assertThat(context).doesNotHaveBean(HydraEndpoint.class));
    }

    @Test
    void reportsHealthUnlessItIsSwitchedOff() {
        application.run(context -> assertThat(context).hasSingleBean(HydraHealthIndicator.class));
        application
                .withPropertyValues("management.health.hydra.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(HydraHealthIndicator.class));
    }

    @Test
    void tellsInfoUnlessItIsSwitchedOff() {
        application.run(context -> assertThat(context).hasSingleBean(HydraInfoContributor.class));
        for (String off : List.of("management.info.hydra.enabled=false", "management.info.defaults.enabled=false")) {
            application
                    .withPropertyValues(off)
                    .run(context -> assertThat(context).doesNotHaveBean(HydraInfoContributor.class));
        }
    }

    @Test
    void refusesOverTheWebOnlyWhereTheEndpointIsOnTheWeb() {
        application
                .withPropertyValues("management.endpoints.web.exposure.include=hydra")
                .run(context -> assertThat(context).hasSingleBean(HydraEndpointWebExtension.class));
        application
                .withPropertyValues(
                        "management.endpoints.jmx.exposure.include=hydra",
                        "management.endpoints.web.exposure.include=health",
                        "spring.jmx.enabled=true")
                .run(context -> assertThat(context)
                        .hasSingleBean(HydraEndpoint.class)
                        .doesNotHaveBean(HydraEndpointWebExtension.class));
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                HydraEndpointAutoConfiguration.class,
                HydraHealthAutoConfiguration.class,
                HydraInfoAutoConfiguration.class,
                HydraMetricsAutoConfiguration.class
            })
    void eachWorksWithoutTheOthers(Class<?> one) {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(HydraEngineAutoConfiguration.class, one))
                .withBean(SimpleMeterRegistry.class)
                .withPropertyValues(
                        "hydra.device=cpu",
                        "hydra.model.location=" + Reciter.writeModel(folder),
                        "hydra.heads.location=none",
                        "management.endpoints.web.exposure.include=hydra")
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    assertThat(context.getBeanNamesForType(HydraEndpoint.class).length
                                    + context.getBeanNamesForType(HydraHealthIndicator.class).length
                                    + context.getBeanNamesForType(HydraInfoContributor.class).length
                                    + context.getBeanNamesForType(HydraMeters.class).length)
                            .isEqualTo(1);
                });
    }

    @Test
    void backsOffWhenUserReportsByHimself() {
        application
                .withPropertyValues("management.endpoints.web.exposure.include=hydra")
                .withUserConfiguration(OwnReports.class)
                .run(context -> {
                    assertThat(context)
                            .hasSingleBean(HydraEndpoint.class)
                            .hasSingleBean(RecentDecoding.class)
                            .hasSingleBean(HydraInfoContributor.class)
                            .hasSingleBean(HydraMeters.class)
                            .doesNotHaveBean(HydraHealthIndicator.class);
                    assertThat(context.getBean("hydraGauges")).isSameAs(OwnReports.GAUGES);
                    assertThat(context)
                            .hasBean("ownEndpoint")
                            .hasBean("ownInfo")
                            .hasBean("ownMeters");
                });
    }

    @Test
    void leavesTwoEnginesToTheirOwner() {
        new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(
                        HydraEngineAutoConfiguration.class,
                        HydraEndpointAutoConfiguration.class,
                        HydraHealthAutoConfiguration.class,
                        HydraInfoAutoConfiguration.class,
                        HydraMetricsAutoConfiguration.class))
                .withBean(SimpleMeterRegistry.class)
                .withPropertyValues("management.endpoints.web.exposure.include=hydra")
                .withUserConfiguration(TwoEngines.class)
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(HydraEndpoint.class)
                        .doesNotHaveBean(HydraHealthIndicator.class)
                        .doesNotHaveBean(HydraInfoContributor.class)
                        .doesNotHaveBean(MeterBinder.class));
    }

    @Test
    void metersWhereThereIsARegistry() {
        application.withBean(SimpleMeterRegistry.class).run(context -> {
            MeterRegistry registry = context.getBean(MeterRegistry.class);
            context.getBean(MeterBinder.class).bindTo(registry);
            context.getBean(HydraChatModel.class).call("say abc");

            assertThat(registry.get(HydraMeters.STEPS).counter().count()).isPositive();
            assertThat(registry.get(HydraMeters.QUEUED_REQUESTS).gauge().value())
                    .isZero();
        });
        application.run(context -> assertThat(context).doesNotHaveBean(HydraMeters.class));
    }

    @Test
    void answersInAnApplicationWithoutActuator() {
        new ApplicationContextRunner()
                .withUserConfiguration(Hydras.class)
                .withClassLoader(new FilteredClassLoader(
                        "org.springframework.boot.actuate",
                        "org.springframework.boot.health",
                        MeterRegistry.class.getPackageName()))
                .withPropertyValues(
                        "hydra.device=cpu",
                        "hydra.model.location=" + Reciter.writeModel(folder),
                        "hydra.heads.location=" + Reciter.writeHeads(folder))
                .run(context -> assertThat(context.getBean(HydraChatModel.class).call("say x"))
                        .isEqualTo("yz"));
    }

    @Test
    void isPickedUpByABootApplication() {
        new ApplicationContextRunner()
                .withUserConfiguration(Everything.class)
                .withPropertyValues(
                        "hydra.device=cpu",
                        "hydra.model.location=" + Reciter.writeModel(folder),
                        "management.endpoints.web.exposure.include=hydra")
                .run(context -> assertThat(context)
                        .hasSingleBean(HydraChatModel.class)
                        .hasSingleBean(HydraEndpoint.class)
                        .hasSingleBean(HydraHealthIndicator.class)
                        .hasSingleBean(HydraInfoContributor.class)
                        .hasSingleBean(HydraMeters.class)
                        .hasSingleBean(ChatClient.Builder.class));
    }

    @Test
    void allTheClassesThatAreImportedExist() {
        List<String> imported =
                ImportCandidates.load(AutoConfiguration.class, getClass().getClassLoader()).getCandidates().stream()
                        .filter(name -> name.startsWith("dev.hydra"))
                        .toList();

        assertThat(imported)
                .hasSize(8)
                .allSatisfy(name -> assertThat(Class.forName(name)).isPublic());
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnEngine {

        @Bean
        Hydra ownEngine() {
            return Reciter.open(folder);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class TwoEngines {

        @Bean
        Hydra one() {
            return Reciter.open(folder);
        }

        @Bean
        Hydra other() {
            return Reciter.open(folder);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnReports {

        static final MeterBinder GAUGES = registry -> {};

        @Bean
        HydraEndpoint ownEndpoint(Hydra hydra, RecentDecoding recent) {
            return new HydraEndpoint(hydra, recent);
        }

        @Bean
        HealthIndicator hydraHealthIndicator() {
            return () -> Health.up().build();
        }

        @Bean
        HydraInfoContributor ownInfo(Hydra hydra) {
            return new HydraInfoContributor(hydra);
        }

        @Bean
        HydraMeters ownMeters() {
            return new HydraMeters(new SimpleMeterRegistry());
        }

        @Bean
        MeterBinder hydraGauges() {
            return GAUGES;
        }

        @Bean
        MeterRegistry registry() {
            return new SimpleMeterRegistry();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Everything {}

    @Configuration(proxyBeanMethods = false)
    @Import(HydrasOwn.class)
    static class Hydras {}

    /** Selects as a Boot application does, by the processor's metadata first, but from Hydra's own candidates. */
    static final class HydrasOwn extends AutoConfigurationImportSelector {

        @Override
        protected List<String> getCandidateConfigurations(
                AnnotationMetadata metadata, AnnotationAttributes attributes) {
            return super.getCandidateConfigurations(metadata, attributes).stream()
                    .filter(name -> name.startsWith("dev.hydra."))
                    .collect(Collectors.toCollection(ArrayList::new));
        }

        @Override
        protected AnnotationAttributes getAttributes(AnnotationMetadata metadata) {
            return new AnnotationAttributes();
        }

        @Override
        protected Set<String> getExclusions(AnnotationMetadata metadata, AnnotationAttributes attributes) {
            return Set.of();
        }
    }
}
