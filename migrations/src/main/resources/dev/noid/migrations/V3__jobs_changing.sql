-- Whether something is about to begin in a VM, asked for each exec. The index of all open jobs has the other execs too: all
-- that wait were read once for each that came.
CREATE INDEX jobs_changing ON jobs (vm_id)
    WHERE kind IN ('create', 'start', 'restore') AND state IN ('queued', 'placed', 'running', 'cancelling', 'retry_wait');
