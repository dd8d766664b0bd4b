package dev.noid.worker.engine;

import dev.noid.schema.job.JobError;
import java.io.IOException;

/// The host has less memory left than a VM is to be promised. Nothing was made for it.
public final class HostMemoryFull extends IOException {
    private static final long serialVersionUID = 1;

    static final String CODE = "host_memory_full";

    private final String why;

    public HostMemoryFull(String why) {
        super(why);
        this.why = why;
    }

    public JobError error() {
        return JobError.host(CODE, why);
    }
}
