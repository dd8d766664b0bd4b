package dev.noid.gateway;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// The data goes one way: http -> submit -> placement -> dispatch, and live -> http and ws.
final class LayersTest {
    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.noid.gateway");

    @Test
    void data_goes_one_way() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("wiring")
                .definedBy("dev.noid.gateway")
                .layer("http")
                .definedBy("dev.noid.gateway.http..")
                .layer("ws")
                .definedBy("dev.noid.gateway.ws..")
                .layer("submit")
                .definedBy("dev.noid.gateway.submit..")
                .layer("placement")
                .definedBy("dev.noid.gateway.placement..")
                .layer("policy")
                .definedBy("dev.noid.gateway.policy..")
                .layer("dispatch")
                .definedBy("dev.noid.gateway.dispatch..")
                .layer("live")
                .definedBy("dev.noid.gateway.live..")
                .layer("store")
                .definedBy("dev.noid.gateway.store..")
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("wiring")
                .whereLayer("ws")
                .mayOnlyBeAccessedByLayers("wiring", "http")
                .whereLayer("submit")
                .mayOnlyBeAccessedByLayers("wiring", "http", "ws")
                .whereLayer("placement")
                .mayOnlyBeAccessedByLayers("wiring", "submit")
                .whereLayer("policy")
                .mayOnlyBeAccessedByLayers("wiring", "submit")
                .whereLayer("dispatch")
                .mayOnlyBeAccessedByLayers("wiring", "ws", "submit", "placement")
                .whereLayer("live")
                .mayOnlyBeAccessedByLayers("wiring", "http", "ws", "submit")
                .check(classes);
    }

    /// Whoever counts what clients hold knows nothing of what that is.
    @Test
    void limits_depend_on_nothing_of_the_gateway() {
        noClasses()
                .that()
                .resideInAPackage("dev.noid.gateway.limit..")
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.noid.gateway..").and(resideOutsideOfPackage("dev.noid.gateway.limit..")))
                .check(classes);
    }

    @Test
    void sql_is_in_store_alone() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.noid.gateway.store..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.jdbi..", "java.sql..", "com.zaxxer..")
                .check(classes);
    }

    @Test
    void kafka_is_in_dispatch_and_live_alone() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.noid.gateway.dispatch..", "dev.noid.gateway.live..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka..")
                .check(classes);
    }

    @Test
    void javalin_is_in_http_and_ws_alone() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.noid.gateway.http..", "dev.noid.gateway.ws..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.javalin..", "org.eclipse.jetty..", "jakarta.servlet..")
                .check(classes);
    }
}
