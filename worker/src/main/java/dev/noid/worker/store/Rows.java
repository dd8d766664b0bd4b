package dev.noid.worker.store;

import dev.noid.schema.ExecId;
import dev.noid.schema.Json;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobState;
import dev.noid.schema.job.Outcome;
import dev.noid.schema.vm.VmDesired;
import dev.noid.schema.vm.VmObserved;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Between rows and records. The columns are those of [#VM] and of the statements beside which these are used.
final class Rows {
    /// The columns of a VM, `vms` being `v`.
    static final String VM = """
            v.id AS vm_id, v.tenant_id, v.name, v.generation AS vm_generation, v.desired, v.observed, v.reason AS vm_reason, v.host_id AS vm_host, v.image,
            v.memory_mib, v.cpus, v.disk_mib, v.partition, v.boot_id AS vm_boot_id""";

    private final JsonMapper json = Json.records();

    static VmRow vm(ResultSet row) throws SQLException {
        return new VmRow(
                row.getString("vm_id"),
                row.getString("tenant_id"),
                row.getString("name"),
                row.getLong("vm_generation"),
                VmDesired.valueOf(row.getString("desired").toUpperCase(Locale.ROOT)),
                VmObserved.valueOf(row.getString("observed").toUpperCase(Locale.ROOT)),
                row.getString("vm_reason"),
                row.getString("vm_host"),
                row.getString("image"),
                new JobSpec.Shape(row.getInt("memory_mib"), row.getInt("cpus"), row.getInt("disk_mib")),
                row.getInt("partition"),
                row.getString("vm_boot_id"));
    }

    Unfinished unfinished(ResultSet row) throws SQLException {
        String outcome = row.getString("outcome");
        return new Unfinished(
                new ExecId(row.getString("job_id"), row.getInt("attempt")),
                spec(row),
                state(row.getString("state")),
                row.getLong("attempt_generation"),
                vm(row),
                row.getString("start_id"),
                row.getString("boot_id"),
                row.getLong("output_offset"),
                Duration.ofMillis(row.getLong("age_millis")),
                outcome == null ? null : outcome(outcome));
    }

    Unclaimed unclaimed(ResultSet row) throws SQLException {
        return new Unclaimed(
                new ExecId(row.getString("job_id"), row.getInt("attempt")),
                spec(row),
                state(row.getString("state")) == JobState.CANCELLING,
                row.getLong("job_generation"),
                vm(row));
    }

    Outcome outcome(String text) {
        return json.readValue(text, Outcome.class);
    }

    String text(Outcome outcome) {
        return json.writeValueAsString(outcome);
    }

    static JobState state(String text) {
        return JobState.valueOf(text.toUpperCase(Locale.ROOT));
    }

    static @Nullable String nameOf(@Nullable Enum<?> constant) {
        return constant == null ? null : constant.toString();
    }

    private JobSpec spec(ResultSet row) throws SQLException {
        return json.readValue(row.getString("spec"), JobSpec.class);
    }
}
