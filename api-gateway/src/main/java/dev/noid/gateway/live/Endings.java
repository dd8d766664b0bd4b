package dev.noid.gateway.live;

import dev.noid.gateway.store.JobRow;
import dev.noid.schema.api.OutputLine;
import dev.noid.schema.job.JobError;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The last lines of a stream whose job is over.
public final class Endings {
    private static final String RESTORED = "restored";
    private static final Pattern CHECKPOINT = Pattern.compile("ck-[0-9a-z]{26}");

    private Endings() {}

    /// `ended`; before it `restored` when the VM was put back and the process belongs to the past.
    public static List<OutputLine> of(JobRow end) {
        OutputLine ended = new OutputLine.Ended(end.view());
        JobError error = end.outcome() == null ? null : end.outcome().error();
        return error != null && error.code().equals(RESTORED)
                ? List.of(new OutputLine.Restored(checkpoint(end, error)), ended)
                : List.of(ended);
    }

    /// The one that the worker's message names; a VM that has moved on since says another one.
    private static String checkpoint(JobRow end, JobError error) {
        Matcher named = CHECKPOINT.matcher(error.message());
        if (named.find()) {
            return named.group();
        }
        return end.vmCheckpoint() == null ? "" : end.vmCheckpoint();
    }
}
