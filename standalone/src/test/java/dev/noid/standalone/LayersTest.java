package dev.noid.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// What a person types -> the stack -> its parts -> processes. A part knows nothing of the others.
class LayersTest {
    private static final String HERE = "dev.noid.standalone";

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(HERE);

    @Test
    void processesKnowNobody() {
        knowsNone("process", "supervisor", "postgres", "broker", "api", "firststart", "command", "training");
    }

    @Test
    void partsAndTheirSupervisorDoNotKnowEachOther() {
        knowsNone("supervisor", "postgres", "broker", "api", "firststart", "command", "training");
        knowsNone("postgres", "supervisor", "broker", "api", "firststart", "command", "training");
        knowsNone("broker", "supervisor", "postgres", "api", "firststart", "command", "training");
        knowsNone("firststart", "supervisor", "postgres", "broker", "api", "command", "training");
        knowsNone("api", "supervisor", "postgres", "broker", "firststart", "command", "training");
    }

    @Test
    void nobodyBelowKnowsTheStackOrItsCommands() {
        for (String part : new String[] {"process", "supervisor", "postgres", "broker", "api", "firststart"}) {
            noClasses()
                    .that()
                    .resideInAPackage(HERE + "." + part)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(HERE)
                    .check(classes);
        }
    }

    /// None of these classes is public API of Kafka.
    @Test
    void kafkasServerIsInBrokerAlone() {
        noClasses()
                .that()
                .resideOutsideOfPackage(HERE + ".broker")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("kafka..", "org.apache.kafka..")
                .check(classes);
    }

    /// Each is a process of its own: started by the name of its main class, never called.
    @Test
    void gatewayAndWorkerAreNotCalled() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.noid.gateway..", "dev.noid.worker..")
                .check(classes);
    }

    private void knowsNone(String part, String... others) {
        for (String other : others) {
            noClasses()
                    .that()
                    .resideInAPackage(HERE + "." + part)
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage(HERE + "." + other)
                    .check(classes);
        }
    }
}
