package dev.hydra.spring;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import org.jspecify.annotations.NullMarked;

/** The walls between Spring AI, Spring Boot and the engine. */
@AnalyzeClasses(packages = "dev.hydra.spring", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule chatKnowsSpringAiButNotBoot = noClasses()
            .that()
            .resideInAPackage("dev.hydra.spring.chat..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.springframework.boot..", "io.micrometer.core..")
            .because("HydraChatModel works in any Spring application, with or without Boot");

    @ArchTest
    static final ArchRule chatStandsOnTheEngineAlone = noClasses()
            .that()
            .resideInAPackage("dev.hydra.spring.chat..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.hydra.spring.autoconfigure..",
                    "dev.hydra.spring.actuate..",
                    "dev.hydra.spring.metrics..",
                    "dev.hydra.spring.openai..");

    @ArchTest
    static final ArchRule theEndpointForOpenAisClientsKnowsNeitherBootNorAKindOfServer = noClasses()
            .that()
            .resideInAPackage("dev.hydra.spring.openai..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.springframework.boot..",
                    "org.springframework.web.servlet..",
                    "org.springframework.web.reactive..",
                    "jakarta.servlet..")
            .because("one controller serves applications of either kind");

    @ArchTest
    static final ArchRule nothingDependsOnTheAutoConfigurations = noClasses()
            .that()
            .resideOutsideOfPackage("dev.hydra.spring.autoconfigure..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("dev.hydra.spring.autoconfigure..");

    @ArchTest
    static final ArchRule djlIsTheEnginesBusiness =
            noClasses().should().dependOnClassesThat().resideInAPackage("ai.djl..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.hydra.spring.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nullDoesNotExist = classes()
            .should(ArchConditions.be(describe(
                    "in a package whose package-info is @NullMarked",
                    (JavaClass type) -> type.getPackage().isAnnotatedWith(NullMarked.class))));
}
