-- Jobs have an order of their own. Ids begin with the clock of the gateway that made them, so that two gateways could
-- swap the stop and the start of one VM. `seq` is drawn by the database when the row is inserted; of lifecycle jobs that
-- is under the lock of their VM, so theirs is the order in which they were accepted.
--
-- `fate` is the state that will not change any more, null while a job is open; `waits` is true while it waits for a
-- place. Neither changes when a job is claimed or cancelled. As no index names the state itself, these updates write no
-- index at all, where the page has room for the new version of the row.
DROP INDEX jobs_open, jobs_queued, jobs_placed, jobs_listing, jobs_checkpoint, jobs_room, jobs_changing, jobs_of_vm;
-- Rows that are there get the order of their ids: written in that order first, numbered as they are read then. That takes
-- a third of what an update of all of them would.
CLUSTER jobs USING jobs_pkey;
SET LOCAL synchronize_seqscans = off;
ALTER TABLE jobs
    ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY,
    ADD COLUMN fate text GENERATED ALWAYS AS (
        CASE WHEN state IN ('succeeded', 'failed', 'cancelled', 'timed_out', 'lost') THEN state END) STORED,
    ADD COLUMN waits boolean GENERATED ALWAYS AS (state IN ('queued', 'retry_wait')) STORED;
ALTER TABLE jobs SET (fillfactor = 90);

-- Every list of jobs is a walk along one of these two, and whoever removes a VM asks the second one.
CREATE INDEX jobs_tenant ON jobs (tenant_id, fate, seq);
CREATE INDEX jobs_vm ON jobs (vm_id, fate, seq);
-- What workers have to hear of, or do.
CREATE INDEX jobs_open ON jobs (host_id, seq) WHERE fate IS NULL;
CREATE INDEX jobs_waiting ON jobs (seq) WHERE waits;
-- Whether something is about to begin in a VM, asked for each exec, and who takes room on a host.
CREATE INDEX jobs_changing ON jobs (vm_id) WHERE kind IN ('create', 'start', 'restore') AND fate IS NULL;
CREATE INDEX jobs_checkpoint ON jobs ((spec ->> 'checkpoint'))
    WHERE kind IN ('create', 'checkpoint', 'restore') AND fate IS NULL;
CREATE INDEX jobs_of_vm ON jobs (vm_id, seq) WHERE kind IN ('create', 'restore', 'destroy');

-- The same order for checkpoints: which one is the newest decides what a restore goes back to.
DROP INDEX checkpoints_vm, checkpoints_tenant, checkpoints_parent, checkpoints_name;
ALTER TABLE checkpoints ADD COLUMN seq bigint;
UPDATE checkpoints SET seq = ordered.seq FROM (SELECT id, row_number() OVER (ORDER BY id) AS seq FROM checkpoints) ordered
    WHERE ordered.id = checkpoints.id;
ALTER TABLE checkpoints ALTER COLUMN seq SET NOT NULL, ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('checkpoints', 'seq'), max(seq)) FROM checkpoints;
CREATE INDEX checkpoints_tenant ON checkpoints (tenant_id, id) WHERE state IN ('pending', 'complete');
CREATE INDEX checkpoints_name ON checkpoints (tenant_id, vm_name, seq) WHERE state = 'complete';
CREATE INDEX checkpoints_listing ON checkpoints (tenant_id, vm_name, id) WHERE state = 'complete';
CREATE INDEX checkpoints_vm ON checkpoints (vm_id, id);
CREATE INDEX checkpoints_parent ON checkpoints (parent_id);

-- Retention: what is over and old is forgotten by gateways, a few rows at a time. A key outlives its job, so that a
-- request that comes again is told, and not done again.
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_job_id_fkey;
CREATE INDEX vms_destroyed ON vms (id) WHERE observed = 'destroyed';
CREATE INDEX checkpoints_over ON checkpoints (tenant_id, seq) WHERE state IN ('removed', 'failed');
GRANT DELETE ON jobs, attempts, vms, checkpoints TO noid_gateway;

-- Only what is over can be forgotten, whatever a gateway thinks.
CREATE FUNCTION refuse_to_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a row of % is not over and can not be deleted', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER only_what_is_over BEFORE DELETE ON jobs FOR EACH ROW
    WHEN (OLD.fate IS NULL) EXECUTE FUNCTION refuse_to_forget();
CREATE TRIGGER only_what_is_over BEFORE DELETE ON attempts FOR EACH ROW
    WHEN (NOT OLD.event_sent) EXECUTE FUNCTION refuse_to_forget();
CREATE TRIGGER only_what_is_over BEFORE DELETE ON vms FOR EACH ROW
    WHEN (OLD.observed <> 'destroyed') EXECUTE FUNCTION refuse_to_forget();
CREATE TRIGGER only_what_is_over BEFORE DELETE ON checkpoints FOR EACH ROW
    WHEN (OLD.state NOT IN ('removed', 'failed')) EXECUTE FUNCTION refuse_to_forget();
