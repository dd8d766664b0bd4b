package dev.noid.gateway.submit;

import dev.noid.gateway.store.JobRow;
import dev.noid.schema.api.Vm;

/// What came of asking for a VM.
public sealed interface Created {
    /// It is being made: by this request or, where that is enough, by an earlier one.
    record ByJob(JobRow job) implements Created {}

    /// It was there already, as it was asked for.
    record Before(Vm vm) implements Created {}
}
