package dev.noid.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.noid.gateway.Gateway;
import dev.noid.gateway.GatewayConfig;
import dev.noid.gateway.policy.Keep;
import dev.noid.gateway.store.DatabaseConfig;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Two gateways on one database and one broker: whoever is asked, a host never gets more than it has.
class TwoGatewaysTest {
    private static final int ROOM_FOR = 4;

    @Test
    void creates_through_both_at_once_never_overbook_a_host() throws Exception {
        try (Stack stack = Stack.up("stub", Map.of("NOID_MEMORY", Integer.toString(ROOM_FOR * 256)));
                Gateway second = Gateway.start(config(stack));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Http> gateways = List.of(stack.http(), new Http("http://127.0.0.1:" + second.port(), stack.token()));
            List<Callable<Integer>> creates = IntStream.range(0, 24)
                    .<Callable<Integer>>mapToObj(i -> () -> gateways.get(i % 2)
                            .post("/vms", "{\"name\":\"vm-" + i + "\",\"memoryMib\":256}")
                            .status())
                    .toList();
            for (var status : threads.invokeAll(creates)) {
                assertThat(status.get()).isEqualTo(202);
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> running(gateways.getFirst()) >= ROOM_FOR);
            // Several sweeps of both gateways later there are still no more.
            await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(3)).untilAsserted(() -> {
                assertThat(running(gateways.getLast())).isEqualTo(ROOM_FOR);
                assertThat(gateways.getLast()
                                .get("/hosts")
                                .json()
                                .at("/items/0/memoryReservedMib")
                                .asInt())
                        .isEqualTo(ROOM_FOR * 256);
            });
            for (int i = 0; i < creates.size(); i++) {
                assertThat(gateways.get(i % 2).delete("/vms/vm-" + i).status()).isIn(200, 202);
            }
            await().atMost(Duration.ofSeconds(30))
                    .until(() ->
                            gateways.getFirst().get("/vms").json().path("items").isEmpty());
        }
    }

    private static int running(Http gateway) {
        return (int) gateway.get("/vms?limit=200").json().path("items").findValuesAsString("observed").stream()
                .filter("running"::equals)
                .count();
    }

    private static GatewayConfig config(Stack stack) {
        return new GatewayConfig(
                "127.0.0.1",
                0,
                "127.0.0.1:" + stack.port("broker"),
                new DatabaseConfig(
                        "jdbc:postgresql://127.0.0.1:" + stack.port("postgres") + "/postgres",
                        "noid_gateway",
                        stack.data().resolve("secrets/noid_gateway-password")),
                8,
                Keep.DEFAULT);
    }
}
