package dev.noid.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

/// The data goes one way: intake -> job -> vm -> checkpoint -> engine and guest; rows and records beside it.
class LayersTest {
    private static final String ROOT = "dev.noid.worker";
    private static final JavaClasses WORKER = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    @Test
    void intakeSeesNoEngineNoGuestAndNoRows() {
        holds(noClasses()
                .that()
                .resideInAPackage(in("intake"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(in("engine"), in("guest"), in("store"), in("vm"), in("host")));
    }

    @Test
    void theWayIsNeverGoneBack() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackages(ROOT, in("intake"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("intake")));
        holds(noClasses()
                .that()
                .resideInAnyPackage(
                        in("vm"), in("checkpoint"), in("engine"), in("guest"), in("host"), in("store"), in("publish"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("job")));
        holds(noClasses()
                .that()
                .resideInAnyPackage(in("checkpoint"), in("engine"), in("guest"), in("host"), in("store"), in("publish"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("vm")));
        holds(noClasses()
                .that()
                .resideInAnyPackage(in("engine"), in("guest"), in("host"), in("store"), in("publish"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("checkpoint")));
    }

    @Test
    void anEngineKnowsNeitherKafkaNorRows() {
        holds(noClasses()
                .that()
                .resideInAnyPackage(in("engine"), in("guest"), in("host"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "org.jdbi..", "java.sql..", in("store"), in("publish")));
    }

    @Test
    void theGuestDoesNotKnowWhichEngineCarriesItsBytes() {
        holds(noClasses()
                .that()
                .resideInAPackage(in("guest"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(in("engine")));
    }

    @Test
    void onlyTheStoreSpeaksSql() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackage(in("store"))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jdbi..", "java.sql..", "com.zaxxer.hikari.."));
    }

    @Test
    void onlyIntakeAndPublishSpeakKafka() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackages(in("intake"), in("publish"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka.."));
    }

    @Test
    void foreignFunctionsAreCalledInOnePlace() {
        holds(noClasses()
                .that()
                .resideOutsideOfPackage(in("host.ffi"))
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign.."));
    }

    private static void holds(ArchRule rule) {
        rule.check(WORKER);
    }

    private static String in(String part) {
        return ROOT + "." + part + "..";
    }
}
