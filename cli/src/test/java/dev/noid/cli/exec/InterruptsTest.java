package dev.noid.cli.exec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.cli.FakeGateway;
import dev.noid.cli.http.Api;
import dev.noid.cli.print.Terminal;
import dev.noid.cli.settings.Server;
import dev.noid.schema.Json;
import dev.noid.schema.api.Problem;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InterruptsTest {
    private final FakeGateway gateway = new FakeGateway();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Terminal terminal = Terminal.of(InputStream.nullInputStream(), new ByteArrayOutputStream(), err);
    private final List<Integer> exits = new ArrayList<>();
    private final Interrupts interrupts = new Interrupts(
            new Api(new Server(URI.create(gateway.url()), FakeGateway.TOKEN), terminal), terminal, exits::add);

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void the_first_reaches_the_command_and_the_second_gives_up_and_says_so() {
        interrupts.running("job-1");
        interrupts.interrupt();
        assertThat(gateway.requests()).containsExactly("POST /jobs/job-1/signal {\"signal\":\"INT\"}");
        assertThat(exits).isEmpty();
        interrupts.interrupt();
        assertThat(exits).containsExactly(130);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("may still run")
                .contains("noid job cancel job-1");
    }

    @Test
    void one_that_comes_before_the_command_runs_reaches_it_then() {
        interrupts.interrupt();
        assertThat(gateway.requests()).isEmpty();
        interrupts.running("job-1");
        assertThat(gateway.requests()).hasSize(1);
        assertThat(interrupts.interrupted()).isTrue();
    }

    @Test
    void a_command_that_can_get_no_signal_yet_is_cancelled() {
        gateway.refuseSignals = true;
        interrupts.running("job-1");
        interrupts.interrupt();
        assertThat(gateway.requests()).last().asString().startsWith("POST /jobs/job-1/cancel");
    }

    @Test
    void a_command_is_left_alone_when_the_signal_may_have_been_lost_on_the_way() {
        gateway.said.put(
                "POST /jobs/job-1/signal",
                "504 "
                        + Json.api()
                                .writeValueAsString(Problem.of(
                                        504, "signal_unanswered", "x", "The worker has not answered.", "x")));
        interrupts.running("job-1");
        interrupts.interrupt();
        assertThat(gateway.requests()).containsExactly("POST /jobs/job-1/signal {\"signal\":\"INT\"}");
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains("may not have got the Ctrl-C: The worker has not answered.")
                .contains("noid job cancel job-1");
        assertThat(exits).isEmpty();
        interrupts.interrupt();
        assertThat(exits).containsExactly(130);
    }

    @Test
    void a_gateway_that_is_away_is_said_to_have_got_no_signal() {
        gateway.close();
        interrupts.running("job-1");
        interrupts.interrupt();
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("may not have got the Ctrl-C: nothing answers at ");
        assertThat(exits).isEmpty();
    }

    @Test
    void term_ends_the_command_and_undoes_what_was_made() {
        List<String> undone = new ArrayList<>();
        interrupts.undo(() -> undone.add("destroyed"));
        interrupts.running("job-1");
        interrupts.terminate(15);
        assertThat(gateway.requests()).last().asString().startsWith("POST /jobs/job-1/cancel");
        assertThat(undone).containsExactly("destroyed");
        assertThat(exits).containsExactly(143);
    }

    @Test
    void an_interrupt_while_a_vm_is_being_made_destroys_it() {
        List<String> undone = new ArrayList<>();
        interrupts.undo(() -> undone.add("destroyed"));
        interrupts.interrupt();
        assertThat(undone).containsExactly("destroyed");
        assertThat(exits).containsExactly(130);
    }
}
