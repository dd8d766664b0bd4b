package dev.noid.standalone.database;

import static org.assertj.core.api.Assertions.assertThat;

import dev.noid.gateway.store.Database;
import dev.noid.gateway.store.LabelFilter;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.job.JobState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Every list of the API walks an index, however many rows there are (attack J1): by the plans that the server says it
/// used, with what each of their steps read.
///
/// `-Dnoid.test.jobs=2000000` for as many rows; from a million on the times are looked at too.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ListsTest {
    private static final Logger log = LoggerFactory.getLogger(ListsTest.class);
    private static final int JOBS = Integer.getInteger("noid.test.jobs", 100_000);
    /// Enough for a few of them to be timed by.
    private static final int MANY = 1_000_000;
    private static final int VMS = 20_000;
    private static final int PAGE = 51;
    /// Rows that all steps of one list read together. Thirty pages: a list of all states or of all VMs that had a name
    /// is put together of as many walks.
    private static final long MOST_READ = 30L * PAGE;

    private static final Set<String> GROWING = Set.of("jobs", "job_labels", "attempts", "vms", "checkpoints");

    private final Tables tables = new Tables();

    ListsTest() throws IOException, InterruptedException, SQLException {
        tables.begin();
        fill();
    }

    @AfterAll
    void stop() throws IOException, SQLException {
        tables.close();
    }

    /// One VM in ten is there, the others are destroyed and share their names by tens. One job in twenty failed, one in
    /// a thousand ended in each of the other ways; twenty wait.
    private void fill() throws SQLException {
        tables.execute(
                // References are right by construction; to check each of them takes most of the time.
                "SET session_replication_role = replica",
                """
                INSERT INTO vms (id, tenant_id, name, desired, observed, host_id, image, memory_mib, cpus, disk_mib, partition)
                SELECT 'vm-' || lpad(n::text, 9, '0'), CASE WHEN n %% 20 = 0 THEN 'tenant-b' ELSE 'tenant-a' END,
                       CASE WHEN n %% 10 = 0 THEN 'there-' || n ELSE 'name-' || n / 10 END, 'running',
                       CASE WHEN n %% 10 = 0 THEN 'running' ELSE 'destroyed' END, 'host-1', 'sha256:1', 1, 1, 64, 0
                FROM generate_series(0, %d) n""".formatted(VMS - 1),
                """
                INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec, attempt, host_id, generation, outcome, created_at,
                                  placed_at, started_at, ended_at)
                SELECT 'job-' || lpad(n::text, 26, '0'), CASE WHEN n %% 20 = 0 THEN 'tenant-b' ELSE 'tenant-a' END,
                       'vm-' || lpad((n %% %d)::text, 9, '0'), 'exec',
                       CASE n %% 1000 WHEN 1 THEN 'lost' WHEN 2 THEN 'timed_out' WHEN 3 THEN 'cancelled' ELSE
                       CASE n %% 20 WHEN 7 THEN 'failed' ELSE 'succeeded' END END,
                       '%s', 1, 'host-1', 1, '%s', t, t, t, t
                FROM (SELECT n, now() - interval '1 day' + n * interval '1 millisecond' AS t
                      FROM generate_series(1, %d) n) n""".formatted(VMS, Tables.EXEC, Tables.OUTCOME, JOBS),
                """
                INSERT INTO attempts (job_id, attempt, host_id, generation, start_id, ended_at, outcome, event_sent)
                SELECT id, 1, 'host-1', 1, 's', ended_at, outcome, true FROM jobs""",
                """
                INSERT INTO job_labels (job_id, tenant_id, key, value, seq)
                SELECT id, tenant_id, 'for', 'tests', seq FROM jobs WHERE seq % 20 = 3""",
                """
                INSERT INTO jobs (id, tenant_id, vm_id, kind, state, spec)
                SELECT 'job-waits-' || n, 'tenant-a', 'vm-000000010', 'exec', 'queued', '%s'
                FROM generate_series(1, 20) n""".formatted(Tables.EXEC),
                """
                INSERT INTO checkpoints (id, tenant_id, vm_id, vm_name, state, host_id, image, memory_mib, cpus, disk_mib)
                SELECT 'ck-' || lpad(n::text, 9, '0'), v.tenant_id, v.id, v.name,
                       CASE n %% 3 WHEN 0 THEN 'complete' WHEN 1 THEN 'removed' ELSE 'failed' END, 'host-1', 'sha256:1', 1, 1, 64
                FROM generate_series(0, %d) n JOIN vms v ON v.id = 'vm-' || lpad((n / 10 * 10)::text, 9, '0')""".formatted(VMS - 1),
                "SET session_replication_role = DEFAULT",
                "ANALYZE");
    }

    private Map<String, Function<Tx, List<?>>> lists() throws SQLException {
        Map<String, Function<Tx, List<?>>> lists = new LinkedHashMap<>();
        long middle = tables.number("SELECT max(seq) / 2 FROM jobs");
        List<@Nullable JobState> states = new ArrayList<>(List.of(JobState.values()));
        states.add(null);
        for (@Nullable JobState state : states) {
            for (@Nullable String vm : new @Nullable String[] {null, "there-10", "name-7", "vm-000000010", "nobody"}) {
                for (@Nullable Long before : new @Nullable Long[] {null, middle, 100L}) {
                    lists.put("jobs state=" + state + " vm=" + vm + " before=" + before, tx -> tx.jobs()
                            .list("tenant-a", vm, state, LabelFilter.NONE, before, PAGE));
                }
            }
        }
        LabelFilter label = new LabelFilter(List.of(new LabelFilter.Wanted("for", "tests")));
        for (@Nullable Long before : new @Nullable Long[] {null, middle, 100L}) {
            lists.put("jobs label=for=tests before=" + before, tx -> tx.jobs()
                    .list("tenant-a", null, null, label, before, PAGE));
        }
        for (@Nullable String after : new @Nullable String[] {null, "vm-000010000"}) {
            lists.put("vms after=" + after, tx -> tx.vms().list("tenant-a", LabelFilter.NONE, after, PAGE));
        }
        for (@Nullable String vm : new @Nullable String[] {null, "there-10", "vm-000000010", "nobody"}) {
            for (@Nullable String before : new @Nullable String[] {null, "ck-000010000", "ck-000000010"}) {
                lists.put("checkpoints vm=" + vm + " before=" + before, tx -> tx.checkpoints()
                        .list("tenant-a", vm, before, PAGE));
            }
        }
        // No lists, but what retention does with the same tables.
        lists.put("too many", tx -> List.of(tx.oldJobs().back("tenant-a", middle, 200)));
        lists.put("old", tx -> tx.oldJobs()
                .walk("tenant-a", "failed", 100, middle, 30, 200)
                .going());
        lists.put("hosts", tx -> tx.hosts().list(null, PAGE));
        lists.put("hosts after", tx -> tx.hosts().list("a", PAGE));
        lists.put("images", tx -> tx.hosts().images(null, PAGE));
        lists.put("images after", tx -> tx.hosts().images("a", PAGE));
        return lists;
    }

    @Test
    void everyListWalksAnIndex() throws Exception {
        tables.execute(
                "ALTER ROLE noid_gateway SET session_preload_libraries = 'auto_explain'",
                "ALTER ROLE noid_gateway SET auto_explain.log_min_duration = 0",
                "ALTER ROLE noid_gateway SET auto_explain.log_analyze = on",
                "ALTER ROLE noid_gateway SET auto_explain.log_format = json");
        try (Database explained = new Database(tables.config)) {
            for (var list : lists().entrySet()) {
                long from = Files.size(tables.serverLog());
                // Not what is first only: a plan is made once, for all values.
                explained.list(list.getValue());
                List<JsonNode> plans = plans(from);
                assertThat(plans).as(list.getKey()).isNotEmpty();
                long read = 0;
                for (JsonNode plan : plans) {
                    read += read(plan.path("Plan"), list.getKey());
                }
                // Of a host its VMs are counted.
                if (!list.getKey().startsWith("hosts")) {
                    assertThat(read).as(list.getKey() + " " + plans).isLessThan(MOST_READ);
                }
            }
        } finally {
            tables.execute("ALTER ROLE noid_gateway RESET ALL");
        }
    }

    /// Rows of tables that this step and those below it read.
    private long read(JsonNode node, String list) {
        String table = node.path("Relation Name").asString("");
        if (GROWING.contains(table) && !list.startsWith("hosts")) {
            assertThat(node.path("Node Type").asString())
                    .as(list + " reads all of " + table)
                    .isNotEqualTo("Seq Scan");
        }
        double own = table.isEmpty()
                ? 0
                : node.path("Actual Rows").asDouble()
                        + node.path("Rows Removed by Filter").asDouble(0)
                        + node.path("Rows Removed by Index Recheck").asDouble(0);
        long read = Math.round(own * node.path("Actual Loops").asDouble(1));
        for (JsonNode below : node.path("Plans")) {
            read += read(below, list);
        }
        return read;
    }

    private List<JsonNode> plans(long from) throws IOException {
        byte[] all = Files.readAllBytes(tables.serverLog());
        String text = new String(all, (int) from, all.length - (int) from, StandardCharsets.UTF_8);
        List<JsonNode> plans = new ArrayList<>();
        StringBuilder json = new StringBuilder();
        for (String line : text.split("\n", -1)) {
            if (line.startsWith("\t")) {
                json.append(line).append('\n');
            } else if (!json.isEmpty()) {
                plans.add(new JsonMapper().readTree(json.toString()));
                json.setLength(0);
            }
        }
        return plans;
    }

    @Test
    void noListTakesLong() throws SQLException {
        List<Double> millis = new ArrayList<>();
        String slowest = "";
        double most = 0;
        for (int round = 0; round < (JOBS >= MANY ? 10 : 2); round++) {
            for (var list : lists().entrySet()) {
                long began = System.nanoTime();
                tables.database.list(list.getValue());
                double took = (System.nanoTime() - began) / 1e6;
                millis.add(took);
                if (took > most && round > 0) {
                    most = took;
                    slowest = list.getKey();
                }
            }
        }
        millis.sort(null);
        double p99 = millis.get(millis.size() * 99 / 100);
        log.warn(
                "jobs={} lists={} p50={} p99={} slowest={} of {}",
                JOBS,
                millis.size(),
                millis.get(millis.size() / 2),
                p99,
                most,
                slowest);
        if (JOBS >= MANY) {
            assertThat(p99).isLessThan(100);
        }
    }
}
