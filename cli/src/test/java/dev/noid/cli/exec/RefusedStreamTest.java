package dev.noid.cli.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.noid.cli.ExitCode;
import dev.noid.cli.Failure;
import dev.noid.cli.FakeGateway;
import dev.noid.cli.http.Api;
import dev.noid.cli.print.Terminal;
import dev.noid.cli.settings.Server;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A handshake that is refused tells as much as any other refusal.
@Timeout(30)
class RefusedStreamTest {
    private final FakeGateway gateway = new FakeGateway();

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void a_token_that_is_not_good_any_more() {
        Failure failure = follow("wrong", "job-1");
        assertThat(failure.exitCode()).isEqualTo(ExitCode.AUTH);
        assertThat(failure.message()).isEqualTo("no good token");
        assertThat(failure.hint()).isEqualTo("a hint");
    }

    @Test
    void a_job_that_is_not_there() {
        Failure failure = follow(FakeGateway.TOKEN, "gone");
        assertThat(failure.exitCode()).isEqualTo(ExitCode.FAILED);
        assertThat(failure.message()).isEqualTo("no job gone");
    }

    private Failure follow(String token, String job) {
        OutputStream nowhere = OutputStream.nullOutputStream();
        Terminal terminal = Terminal.of(InputStream.nullInputStream(), nowhere, nowhere);
        Api api = new Api(new Server(URI.create(gateway.url()), token), terminal);
        JobStream stream = new JobStream(api, new OutputCursor(nowhere, nowhere), null);
        return catchThrowableOfType(Failure.class, () -> stream.follow(job));
    }
}
