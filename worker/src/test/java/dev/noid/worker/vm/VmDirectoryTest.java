package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.schema.job.JobKind;
import dev.noid.schema.job.JobSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VmDirectoryTest {
    private final Path data;
    private final VmDirectory directory;

    VmDirectoryTest(@TempDir Path data) {
        this.data = data;
        this.directory = new VmDirectories(data).of("vm-1");
    }

    @BeforeEach
    void make() {
        directory.make();
    }

    @Test
    void whatWasWrittenIsRead() {
        VmRecord record = record(VmRecord.Step.DISK);
        directory.write(record);
        directory.write(record.running(42));

        assertThat(directory.read()).contains(record.running(42));
    }

    @Test
    void aWriteThatWasCutShortLeavesTheOldRecord() throws IOException {
        VmRecord record = record(VmRecord.Step.START);
        directory.write(record);
        Files.writeString(directory.home().directory().resolve("vm.json.new"), "{\"vm\":\"vm-");

        assertThat(directory.read()).contains(record);
        directory.write(record.at(VmRecord.Step.RUNNING));
        assertThat(directory.read()).contains(record.at(VmRecord.Step.RUNNING));
    }

    @Test
    void aLayerThatVmJsonStillNamesStaysWhenThatCanNotBeTakenBack() throws IOException {
        VmRecord before = record(VmRecord.Step.RUNNING).withLayers(List.of("base.raw", "a.qcow2"));
        Path layers = Files.createDirectories(directory.home().layers());
        for (String name : List.of("base.raw", "a.qcow2", "b.qcow2")) {
            Files.createFile(layers.resolve(name));
        }
        directory.write(before.withLayers(List.of("base.raw", "a.qcow2", "b.qcow2")));
        Path full = Files.createDirectory(directory.home().directory().resolve("vm.json.new"));
        directory.goBack(before);
        assertThat(layers.resolve("b.qcow2")).exists();
        Files.delete(full);
        directory.goBack(before);
        assertThat(layers.resolve("b.qcow2")).doesNotExist();
        assertThat(directory.read()).contains(before);
    }

    @Test
    void nobodyElseCanEnterWhereVmsAre() throws IOException {
        for (String place : List.of("vms", "pool")) {
            Files.setPosixFilePermissions(data.resolve(place), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        assertThat(new VmDirectories(data).all()).hasSize(1);
        for (String place : List.of("vms", "pool")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(place))))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void aDirectoryThatWasJustMadeSaysNothing() {
        assertThat(directory.read()).isEmpty();
        assertThat(new VmDirectories(data).all())
                .extracting(found -> found.home().vm())
                .containsExactly("vm-1");
    }

    @Test
    void aRecordOfVersion1HasNoLayers() throws IOException {
        Files.writeString(directory.home().directory().resolve("vm.json"), """
                {"version":1,"vm":"vm-1","tenant":"tenant-1","name":"web","image":"sha256:0",
                 "shape":{"memoryMib":128,"cpus":1,"diskMib":512},"generation":1,"partition":3,"engine":"stub",
                 "operation":"create","job":"job-1","attempt":1,"step":"RUNNING","pid":42}""");
        assertThat(directory.read().orElseThrow().layers()).isEmpty();
    }

    @Test
    void layersThatAreInNoChainGoAndOfAnUnknownChainAllStay() throws IOException {
        Path layers = Files.createDirectories(directory.home().layers());
        for (String name : List.of("base.raw", "a.qcow2", "b.qcow2")) {
            Files.createFile(layers.resolve(name));
        }
        directory.keepLayers(List.of());
        assertThat(layers.resolve("b.qcow2")).exists();
        directory.keepLayers(List.of("base.raw", "a.qcow2"));
        assertThat(layers.resolve("a.qcow2")).exists();
        assertThat(layers.resolve("b.qcow2")).doesNotExist();
    }

    @Test
    void removalTakesEverythingAndFollowsNoLinks() throws IOException {
        Path elsewhere = Files.createDirectories(data.resolve("elsewhere"));
        Files.writeString(elsewhere.resolve("precious"), "kept");
        Path run = Files.createDirectories(directory.home().run(1).resolve("deep"));
        Files.writeString(run.resolve("file"), "x");
        Files.createSymbolicLink(directory.home().directory().resolve("link"), elsewhere);
        directory.write(record(VmRecord.Step.REMOVE));

        directory.remove();
        directory.remove();

        assertThat(directory.exists()).isFalse();
        assertThat(elsewhere.resolve("precious")).hasContent("kept");
    }

    static VmRecord record(VmRecord.Step step) {
        return new VmRecord(
                VmRecord.VERSION,
                "vm-1",
                "tenant-1",
                "web",
                "sha256:" + "0".repeat(64),
                new JobSpec.Shape(128, 1, 512),
                1,
                3,
                "stub",
                List.of("root"),
                JobKind.CREATE,
                "job-1",
                1,
                step,
                null,
                null,
                null);
    }
}
