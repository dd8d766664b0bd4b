package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Three times as much into and out of a command in a real VM as gateway and worker have of heap, 128 MiB each.
class BulkTest {
    private static final long BYTES = 384L << 20;

    @Test
    void more_than_anybody_has_memory_for_piped_through_cat_arrives_byte_identical() throws Exception {
        try (Stack stack = Stack.up(
                        "qemu", Map.of("NOID_GATEWAY_OPTIONS", "-Xmx128m", "NOID_WORKER_OPTIONS", "-Xmx128m"));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            assertThat(stack.cli().run("create", "pipe").exitCode()).isZero();
            long gateway = stack.pid("gateway");
            long worker = stack.pid("worker");

            Process cat = stack.cli().start("exec", "pipe", "--", "cat");
            Processes.Drain err = Processes.drain(cat.getErrorStream());
            Future<String> sent = threads.submit(() -> send(cat.getOutputStream()));
            Future<String> received = threads.submit(() -> receive(cat.getInputStream()));

            assertThat(received.get(Duration.ofMinutes(6).toSeconds(), TimeUnit.SECONDS))
                    .as(() -> err.soFar() + stack.logs())
                    .isEqualTo(sent.get(10, TimeUnit.SECONDS));
            assertThat(cat.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(cat.exitValue()).as(err.text()).isZero();
            assertThat(stack.pid("gateway")).isEqualTo(gateway);
            assertThat(stack.pid("worker")).isEqualTo(worker);
        }
    }

    private static String send(OutputStream out) {
        MessageDigest digest = sha256();
        SplittableRandom random = new SplittableRandom(42);
        byte[] block = new byte[1 << 16];
        try (out) {
            for (long sent = 0; sent < BYTES; sent += block.length) {
                random.nextBytes(block);
                digest.update(block);
                out.write(block);
            }
        } catch (IOException e) {
            return "stdin closed early: " + e;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String receive(InputStream in) {
        MessageDigest digest = sha256();
        byte[] buffer = new byte[1 << 16];
        try (in) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        } catch (IOException e) {
            return "stdout broke: " + e;
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
