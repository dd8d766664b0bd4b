package dev.noid.schema.job;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What exactly is to be done, stored in the job's row and carried by its command.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
    @JsonSubTypes.Type(value = JobSpec.Create.class, name = "create"),
    @JsonSubTypes.Type(value = JobSpec.Start.class, name = "start"),
    @JsonSubTypes.Type(value = JobSpec.Stop.class, name = "stop"),
    @JsonSubTypes.Type(value = JobSpec.Destroy.class, name = "destroy"),
    @JsonSubTypes.Type(value = JobSpec.Checkpoint.class, name = "checkpoint"),
    @JsonSubTypes.Type(value = JobSpec.Restore.class, name = "restore"),
    @JsonSubTypes.Type(value = JobSpec.Exec.class, name = "exec"),
})
public sealed interface JobSpec {
    @JsonIgnore
    JobKind kind();

    /// Make the VM's files from an image and start it; or from a checkpoint, as a fork that goes on where that was.
    ///
    /// @param image      digest of the image, `sha256:…`
    /// @param checkpoint id of the one to fork; null starts from the image
    record Create(
            String name,
            String image,
            Shape shape,
            @Nullable String checkpoint) implements JobSpec {
        @Override
        public JobKind kind() {
            return JobKind.CREATE;
        }
    }

    /// Start a stopped VM from its files, as a new generation.
    record Start(String name, Shape shape) implements JobSpec {
        @Override
        public JobKind kind() {
            return JobKind.START;
        }
    }

    /// @param graceMillis how long the guest may take to shut down before its VMM is killed, 0 to 600,000
    /// @param reason      why, when nobody asked for it
    record Stop(int graceMillis, @Nullable String reason) implements JobSpec {
        public Stop(int graceMillis) {
            this(graceMillis, null);
        }

        @Override
        public JobKind kind() {
            return JobKind.STOP;
        }
    }

    /// @param reason why, when nobody asked for it
    record Destroy(@Nullable String reason) implements JobSpec {
        public Destroy() {
            this(null);
        }

        @Override
        public JobKind kind() {
            return JobKind.DESTROY;
        }
    }

    /// Keep memory, disk and devices of a running VM as they are now. The VM goes on.
    ///
    /// @param checkpoint id the row has already
    record Checkpoint(String checkpoint) implements JobSpec {
        @Override
        public JobKind kind() {
            return JobKind.CHECKPOINT;
        }
    }

    /// Put a VM back to a checkpoint, as a new generation under the same name and id.
    ///
    /// @param checkpoint id of the one to go back to
    /// @param keep       id the row of the checkpoint to be made first of what runs now has already; null keeps
    /// nothing
    record Restore(
            String name,
            Shape shape,
            String checkpoint,
            @Nullable String keep) implements JobSpec {
        @Override
        public JobKind kind() {
            return JobKind.RESTORE;
        }
    }

    /// Run one process.
    ///
    /// @param argv             program and arguments, no shell is involved
    /// @param user             name, uid or uid:gid in the guest; null is root
    /// @param stdin            what is known of stdin at the start, at most 64 KiB; null is empty
    /// @param stdinOpen        more stdin follows on `noid.input`; otherwise it ends after `stdin`
    /// @param timeoutMillis    0 is none
    /// @param graceMillis      between TERM and KILL
    /// @param outputLimitBytes stdout and stderr together; beyond it the exec ends `failed: output_limit`
    /// @param idempotent       may be run again when its fate is unknown
    record Exec(
            List<String> argv,
            Map<String, String> env,
            @Nullable String cwd,
            @Nullable String user,
            byte @Nullable [] stdin,
            boolean stdinOpen,
            long timeoutMillis,
            int graceMillis,
            long outputLimitBytes,
            boolean idempotent)
            implements JobSpec {
        @Override
        public JobKind kind() {
            return JobKind.EXEC;
        }
    }

    /// Size of a VM. Memory and disk in MiB.
    record Shape(int memoryMib, int cpus, int diskMib) {}
}
