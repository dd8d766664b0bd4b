package dev.noid.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// Words go one way: command -> exec -> http -> settings, print.
class LayersTest {
    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.noid.cli");

    @Test
    void nothing_below_a_command_knows_commands_or_picocli() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "dev.noid.cli.exec", "dev.noid.cli.http", "dev.noid.cli.settings", "dev.noid.cli.print")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.noid.cli.command", "dev.noid.cli.training", "picocli..")
                .check(classes);
    }

    @Test
    void plain_requests_know_nothing_of_streams_and_start_no_http_client() {
        noClasses()
                .that()
                .resideInAnyPackage("dev.noid.cli.http", "dev.noid.cli.settings", "dev.noid.cli.print")
                .and()
                .doNotHaveSimpleName("Patch") // a method HttpURLConnection does not know, and nobody is in a hurry with
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.noid.cli.exec", "java.net.http..", "dev.noid.cli.ws")
                .check(classes);
    }

    @Test
    void one_package_knows_the_websocket_library() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.noid.cli.ws", "dev.noid.cli.training")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.java_websocket..")
                .check(classes);
    }

    @Test
    void the_cli_speaks_only_http() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.apache.kafka..", "dev.noid.gateway..", "dev.noid.worker..", "java.sql..")
                .check(classes);
    }
}
