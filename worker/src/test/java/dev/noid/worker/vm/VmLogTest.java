package dev.noid.worker.vm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.schema.ExecId;
import dev.noid.schema.record.Output;
import dev.noid.schema.record.Stream;
import java.nio.charset.StandardCharsets;
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
        VmLogs.Way way = (partition, output, _) -> {
            assertThat(partition).isEqualTo(record.partition());
            try {
                broker.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            sent.add((Output.Chunk) output);
        };
        return new VmLog(home, record, way, Duration.ofMillis(1));
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
}
