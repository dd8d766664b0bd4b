-- Checkpoints. A row is made by the gateway, as intent, together with its job; the worker that has the VM says what
-- came of it. Lineage is `parent_id`; a VM's place in its tree is `vms.checkpoint_id`.

CREATE TABLE checkpoints (
    id           text PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenants,
    vm_id        text NOT NULL REFERENCES vms,
    vm_name      text NOT NULL,
    parent_id    text REFERENCES checkpoints,
    label        text,
    pinned       boolean NOT NULL DEFAULT false,
    automatic    boolean NOT NULL DEFAULT false,  -- made before a restore, not asked for
    state        text NOT NULL DEFAULT 'pending',
    host_id      text REFERENCES hosts,
    image        text NOT NULL,
    memory_mib   integer NOT NULL CHECK (memory_mib > 0),
    cpus         integer NOT NULL CHECK (cpus > 0),
    disk_mib     integer NOT NULL CHECK (disk_mib > 0),
    fingerprint  jsonb,                           -- what has to be the same to load it
    size_bytes   bigint,                          -- allocated, what it shares included
    pause_millis double precision,
    total_millis double precision,
    created_at   timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    removed_at   timestamptz
);
CREATE UNIQUE INDEX checkpoints_label ON checkpoints (vm_id, label)
    WHERE label IS NOT NULL AND state IN ('pending', 'complete');
CREATE INDEX checkpoints_vm ON checkpoints (vm_id, id) WHERE state <> 'removed';
CREATE INDEX checkpoints_tenant ON checkpoints (tenant_id, id) WHERE state <> 'removed';
CREATE INDEX checkpoints_host ON checkpoints (host_id) WHERE state IN ('pending', 'removing');
CREATE INDEX checkpoints_parent ON checkpoints (parent_id) WHERE state <> 'removed';

-- What a checkpoint is made of. A disk layer has one name wherever it is linked, so that its bytes count once.
CREATE TABLE checkpoint_files (
    checkpoint_id text NOT NULL REFERENCES checkpoints ON DELETE CASCADE,
    name          text NOT NULL,
    bytes         bigint NOT NULL,                -- allocated
    PRIMARY KEY (checkpoint_id, name)
);
CREATE INDEX checkpoint_files_name ON checkpoint_files (name);

-- What is kept of a VM's checkpoints; null bounds nothing.
ALTER TABLE vms ADD COLUMN checkpoint_id text REFERENCES checkpoints,
                ADD COLUMN keep_last integer CHECK (keep_last > 0),
                ADD COLUMN max_age_seconds bigint CHECK (max_age_seconds > 0),
                ADD COLUMN max_bytes bigint CHECK (max_bytes > 0);

-- What a host allows for checkpoints, all together.
ALTER TABLE hosts ADD COLUMN checkpoint_bytes bigint NOT NULL DEFAULT 0;

CREATE FUNCTION refuse_illegal_checkpoint_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM transitions WHERE machine = 'checkpoint' AND "from" = OLD.state AND "to" = NEW.state)
    THEN
        RAISE EXCEPTION 'checkpoint % can not go from % to %', OLD.id, OLD.state, NEW.state
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER legal_checkpoint_step BEFORE UPDATE OF state ON checkpoints FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_illegal_checkpoint_step();

GRANT SELECT ON checkpoints, checkpoint_files TO noid_gateway, noid_worker;
GRANT INSERT, UPDATE ON checkpoints TO noid_gateway;
GRANT UPDATE (state, fingerprint, size_bytes, pause_millis, total_millis, completed_at, removed_at) ON checkpoints
    TO noid_worker;
GRANT INSERT, DELETE ON checkpoint_files TO noid_worker;
-- A restore raises the generation at its commit, not before: until then the VM that runs is the old one.
GRANT UPDATE (generation, checkpoint_id) ON vms TO noid_worker;

-- The newest destroyed VM of a name keeps the name's checkpoints findable.
CREATE INDEX checkpoints_name ON checkpoints (tenant_id, vm_name, vm_id) WHERE state = 'complete';
-- Whether a checkpoint is in use: an open job names it.
CREATE INDEX jobs_checkpoint ON jobs ((spec ->> 'checkpoint'))
    WHERE kind IN ('create', 'checkpoint', 'restore')
    AND state IN ('queued', 'placed', 'running', 'cancelling', 'retry_wait');
-- Who takes room on a host although its VM does not show it yet.
CREATE INDEX jobs_room ON jobs (vm_id)
    WHERE kind IN ('start', 'restore') AND state IN ('placed', 'running', 'cancelling');
-- Its destroy asked for its checkpoints to go too; what is in use, or only becomes complete later, goes when it can.
ALTER TABLE vms ADD COLUMN checkpoints_unwanted boolean NOT NULL DEFAULT false;
CREATE INDEX vms_policy ON vms (id)
    WHERE keep_last IS NOT NULL OR max_age_seconds IS NOT NULL OR max_bytes IS NOT NULL OR checkpoints_unwanted;

-- A request that became several jobs (fork) or none (prune) keeps its whole reply.
ALTER TABLE idempotency_keys ALTER COLUMN job_id DROP NOT NULL, ADD COLUMN reply jsonb;
