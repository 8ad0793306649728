package dev.hydra.training;

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

/** The trainer's walls. */
@AnalyzeClasses(packages = "dev.hydra.training", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    @ArchTest
    static final ArchRule springIsUnknown =
            noClasses().should().dependOnClassesThat().resideInAnyPackage("org.springframework..", "io.micrometer..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("dev.hydra.training.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nullDoesNotExist = classes()
            .should(ArchConditions.be(describe(
                    "in a package whose package-info is @NullMarked",
                    (JavaClass type) -> type.getPackage().isAnnotatedWith(NullMarked.class))));
}
