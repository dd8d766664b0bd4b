package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import dev.noid.worker.guest.LogListener;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class VmLogTest {
    private static final ExecId ANY = new ExecId("job-1", 1);

    @TempDir
    Path home;

    private final List<Output.Chunk> sent = new CopyOnWriteArrayList<>();
    private final CountDownLatch broker = new CountDownLatch(1);

    private VmLog log(VmRecord record) {
        return new VmLog(home, record, this::send, Duration.ofMillis(1));
    }

    private void send(int partition, Output output, Runnable safe) {
        assertThat(partition)
                .isEqualTo(VmDirectoryTest.record(VmRecord.Step.RUNNING).partition());
        try {
            broker.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        sent.add((Output.Chunk) output);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private String said(Stream stream) {
        StringBuilder text = new StringBuilder();
        for (Output.Chunk chunk : sent) {
            if (chunk.stream() == stream) {
                assertThat(chunk.offset()).isEqualTo(text.length());
                text.append(new String(chunk.bytes(), StandardCharsets.UTF_8));
            }
        }
        return text.toString();
    }

    @Test
    void whatIsHeardGoesUnderTheVmAndItsGenerationInOrderAndTogether() {
        VmLog log = log(VmDirectoryTest.record(VmRecord.Step.RUNNING));
        for (int i = 0; i < 100; i++) {
            log.log(ANY, Stream.STDOUT, bytes(i % 10 + ""));
        }
        log.log(new ExecId("job-2", 1), Stream.STDERR, bytes("other"));
        broker.countDown();
        await().until(() -> said(Stream.STDERR).equals("other"));

        assertThat(said(Stream.STDOUT)).isEqualTo("0123456789".repeat(10));
        assertThat(sent).hasSizeLessThan(10).allMatch(chunk -> chunk.exec().equals(new ExecId("vm-1", 1)));
    }

    @Test
    void linesOfBothStreamsInTurnsGoTogetherToo() {
        VmLog log = log(VmDirectoryTest.record(VmRecord.Step.RUNNING));
        for (int i = 0; i < 1000; i++) {
            log.log(ANY, i % 2 == 0 ? Stream.STDOUT : Stream.STDERR, bytes(i / 2 % 10 + ""));
        }
        broker.countDown();
        await().until(() -> said(Stream.STDERR).length() == 500);

        assertThat(said(Stream.STDOUT)).isEqualTo(said(Stream.STDERR)).isEqualTo("0123456789".repeat(50));
        assertThat(sent).hasSizeLessThan(5);
    }

    @Test
    void whatIsTooMuchIsLeftOutAndSeenByTheOffsetOfWhatComesNext() {
        VmLog log = log(VmDirectoryTest.record(VmRecord.Step.RUNNING));
        byte[] much = new byte[64 << 10];
        for (int i = 0; i < 10; i++) {
            log.log(ANY, Stream.STDOUT, much);
        }
        broker.countDown();
        await().until(() -> sent.size() >= 4);
        log.log(ANY, Stream.STDOUT, bytes("end"));
        await().until(() -> sent.getLast().bytes().length == 3);

        assertThat(sent.getLast().offset()).isEqualTo(10L * much.length);
        assertThat(sent.stream().mapToLong(chunk -> chunk.bytes().length).sum()).isLessThan(7L * much.length);
    }

    @Test
    void aWorkerThatComesAfterGoesOnWhereItWasAndAnotherGenerationBeginsAnew() {
        broker.countDown();
        VmRecord record = VmDirectoryTest.record(VmRecord.Step.RUNNING);
        log(record).log(ANY, Stream.STDOUT, bytes("one "));
        await().until(() -> sent.size() == 1);
        log(record).log(ANY, Stream.STDOUT, bytes("two"));
        await().until(() -> said(Stream.STDOUT).equals("one two"));

        log(record.next(List.of(), true)).log(ANY, Stream.STDOUT, bytes("new"));
        await().until(() -> sent.size() == 3);
        assertThat(sent.getLast().exec()).isEqualTo(new ExecId("vm-1", 2));
        assertThat(sent.getLast().offset()).isZero();
    }

    /// Each with its pieces in a record of its own. Waits until the first one is on its way.
    private void hears(LogListener log, VmDirectory directory, int pieces) {
        for (int i = 0; i < pieces; i++) {
            log.log(ANY, Stream.STDOUT, new byte[64 << 10]);
            await().until(() -> Files.exists(offsets(directory)));
        }
    }

    private static Path offsets(VmDirectory directory) {
        return directory.home().directory().resolve("log-offsets");
    }

    @Test
    void theLogOfAVmThatWasReplacedLeavesTheOffsetsToTheOneThatCameAfter() throws IOException {
        VmDirectory directory = new VmDirectories(home).of("vm-1");
        directory.make();
        VmLogs logs = new VmLogs(this::send, Duration.ofMillis(1));
        VmRecord record = VmDirectoryTest.record(VmRecord.Step.RUNNING);
        hears(logs.of(directory, record), directory, 3);

        VmRecord next = record.next(List.of(), true);
        logs.of(directory, next).log(ANY, Stream.STDOUT, bytes("new"));
        await().untilAsserted(() -> assertThat(offsets(directory)).hasContent("2 3 0"));
        broker.countDown();
        await().until(() -> sent.size() == 4);
        assertThat(offsets(directory)).hasContent("2 3 0");
    }

    /// As when a VM that did not answer is looked for again.
    @Test
    void oneThatComesAfterInTheSameGenerationGoesOnBehindAllThatWasHeard() throws IOException {
        VmDirectory directory = new VmDirectories(home).of("vm-1");
        directory.make();
        VmLogs logs = new VmLogs(this::send, Duration.ofMillis(1));
        VmRecord record = VmDirectoryTest.record(VmRecord.Step.RUNNING);
        LogListener before = logs.of(directory, record);
        hears(before, directory, 3);
        logs.of(directory, record).log(ANY, Stream.STDOUT, bytes("after"));
        before.log(ANY, Stream.STDOUT, bytes("too late"));
        broker.countDown();
        await().until(() -> sent.size() == 4);

        assertThat(sent)
                .extracting(Output.Chunk::offset)
                .containsExactlyInAnyOrder(0L, 64L << 10, 128L << 10, 192L << 10);
        assertThat(offsets(directory)).hasContent("1 " + ((192 << 10) + 5) + " 0");
    }
}
