-- What was read from end to end to find a few rows: jobs, VMs and keys are kept, so that took ever longer.
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
CREATE INDEX jobs_of_vm ON jobs (vm_id, id) WHERE kind IN ('create', 'restore', 'destroy');
CREATE INDEX vms_any_name ON vms (tenant_id, name, id);
CREATE INDEX vms_checkpoint ON vms (checkpoint_id) WHERE checkpoint_id IS NOT NULL;
CREATE INDEX checkpoints_room ON checkpoints (host_id) WHERE state = 'complete';
