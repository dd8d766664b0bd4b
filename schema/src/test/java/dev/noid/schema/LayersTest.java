package dev.noid.schema;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class LayersTest {
    @Test
    void records_know_nothing_of_the_api_and_only_they_know_kafka() {
        var classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("dev.noid.schema");
        noClasses()
                .that()
                .resideInAPackage("..record..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("..api..")
                .check(classes);
        noClasses()
                .that()
                .resideOutsideOfPackage("..record..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.apache.kafka..")
                .check(classes);
    }
}
