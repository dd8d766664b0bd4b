package dev.noid.worker.job;

import dev.noid.worker.CrashPoints;
import dev.noid.worker.publish.EventPublisher;
import dev.noid.worker.publish.OutputOffsets;
import dev.noid.worker.publish.OutputPublisher;
import dev.noid.worker.store.AttemptRows;
import dev.noid.worker.vm.VmLife;
import dev.noid.worker.vm.VmWatch;
import dev.noid.worker.vm.Vms;
import java.util.function.BooleanSupplier;

/// What attempts work with.
///
/// @param closing this process lets go of everything, for the next one
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
        Checkpointing checkpointing,
        BooleanSupplier closing) {}
