package dev.hydra;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import ai.djl.engine.EngineException;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import org.jspecify.annotations.NullMarked;

/** The engine's walls: which package may know which other one. docs/architecture.md draws them. */
@AnalyzeClasses(packages = "dev.hydra", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule arrowsPointDownward = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("hydra")
            .definedBy("dev.hydra")
            .layer("schedule")
            .definedBy("dev.hydra.schedule..")
            .layer("decode")
            .definedBy("dev.hydra.decode..")
            .layer("draft")
            .definedBy("dev.hydra.draft..")
            .layer("sampling")
            .definedBy("dev.hydra.sampling..")
            .layer("grammar")
            .definedBy("dev.hydra.grammar..")
            .layer("graph")
            .definedBy("dev.hydra.graph..")
            .layer("tree")
            .definedBy("dev.hydra.tree..")
            .layer("checkpoint")
            .definedBy("dev.hydra.checkpoint..")
            .layer("text")
            .definedBy("dev.hydra.text..")
            .layer("hub")
            .definedBy("dev.hydra.hub..")
            .ensureAllClassesAreContainedInArchitecture()
            .whereLayer("hydra")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("schedule")
            .mayOnlyAccessLayers("decode", "draft", "sampling", "grammar", "graph", "tree", "checkpoint", "text")
            .whereLayer("decode")
            .mayOnlyAccessLayers("draft", "sampling", "grammar", "graph", "tree", "checkpoint")
            .whereLayer("draft")
            .mayOnlyAccessLayers("graph", "tree", "checkpoint")
            .whereLayer("sampling")
            .mayOnlyAccessLayers("graph", "tree", "checkpoint")
            .whereLayer("graph")
            .mayOnlyAccessLayers("tree", "checkpoint")
            .whereLayer("grammar")
            .mayNotAccessAnyLayer()
            .whereLayer("tree")
            .mayNotAccessAnyLayer()
            .whereLayer("checkpoint")
            .mayNotAccessAnyLayer()
            .whereLayer("text")
            .mayNotAccessAnyLayer()
            .whereLayer("hub")
            .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.hydra.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule springAndMicrometerAreUnknown = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework..", "io.micrometer..")
            .because("the engine is plain Java; the auto-configuration adapts it");

    @ArchTest
    static final ArchRule onlyGraphAndCheckpointKnowDjl = noClasses()
            .that()
            .resideOutsideOfPackages("dev.hydra.graph..", "dev.hydra.checkpoint..", "dev.hydra.text..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule textKnowsOnlyDjlsTokenizers = noClasses()
            .that()
            .resideInAPackage("dev.hydra.text..")
            .should(ArchConditions.dependOnClassesThat(describe(
                    "are DJL's, but neither its tokenizers nor the exception that these throw",
                    (JavaClass type) -> (type.getPackageName() + ".").startsWith("ai.djl.")
                            && !type.getPackageName().startsWith("ai.djl.huggingface")
                            && !type.isEquivalentTo(EngineException.class))));

    @ArchTest
    static final ArchRule onlyGraphKnowsThePyTorchEngine = noClasses()
            .that()
            .resideOutsideOfPackage("dev.hydra.graph..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("ai.djl.pytorch..");

    @ArchTest
    static final ArchRule nullDoesNotExist = classes()
            .should(ArchConditions.be(describe(
                    "in a package whose package-info is @NullMarked",
                    (JavaClass type) -> type.getPackage().isAnnotatedWith(NullMarked.class))));
}
