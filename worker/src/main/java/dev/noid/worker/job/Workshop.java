package dev.noid.worker.job;

import dev.noid.worker.CrashPoints;
import dev.noid.worker.publish.EventPublisher;
import dev.noid.worker.publish.OutputOffsets;
import dev.noid.worker.publish.OutputPublisher;
import dev.noid.worker.store.AttemptRows;
import dev.noid.worker.vm.VmLife;
import dev.noid.worker.vm.VmWatch;
import dev.noid.worker.vm.Vms;

/// What attempts work with.
record Workshop(
        AttemptRows rows,
        Vms vms,
        VmLife life,
        VmWatch watch,
        Outcomes outcomes,
        EventPublisher events,
        OutputPublisher output,
        OutputOffsets offsets,
        CrashPoints crash,
        Checkpointing checkpointing) {}
