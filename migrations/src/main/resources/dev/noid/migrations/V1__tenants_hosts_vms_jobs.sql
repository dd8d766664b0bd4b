-- The truth. A job exists from the moment its row commits and ends when its final row commits.
-- Written by gateways: tenants, tokens, jobs (intent), idempotency keys, placement.
-- Written by the worker that owns the VM, fenced by generation: observed state, attempts, outcomes.

CREATE TABLE tenants (
    id         text PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE tokens (
    id         text PRIMARY KEY,
    tenant_id  text NOT NULL REFERENCES tenants,
    sha256     bytea NOT NULL UNIQUE,      -- of the whole token; it has 160 bits of randomness, so no slow hash is needed
    shown      text NOT NULL,              -- its first characters, to recognise it by
    scopes     text[] NOT NULL,            -- read, exec, admin
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz
);

CREATE TABLE hosts (
    id                text PRIMARY KEY,
    name              text NOT NULL UNIQUE,
    start_id          text NOT NULL,       -- the worker process that has it now
    command_partition integer NOT NULL,    -- of noid.commands and noid.input
    engine            text NOT NULL,
    isolation         text NOT NULL,
    accelerator       text NOT NULL,
    cpus              integer NOT NULL,
    memory_mib        integer NOT NULL,    -- what VMs may use together
    version           text NOT NULL,
    started_at        timestamptz NOT NULL DEFAULT now(),
    last_beat_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE images (
    digest     text NOT NULL,
    host_id    text NOT NULL REFERENCES hosts,
    name       text NOT NULL,
    kernel     text NOT NULL,
    size_bytes bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (digest, host_id)
);

CREATE TABLE vms (
    id           text PRIMARY KEY,
    tenant_id    text NOT NULL REFERENCES tenants,
    name         text NOT NULL,
    generation   bigint NOT NULL DEFAULT 1,
    desired      text NOT NULL,
    observed     text NOT NULL,
    reason       text,
    host_id      text REFERENCES hosts,
    image        text NOT NULL,
    memory_mib   integer NOT NULL CHECK (memory_mib > 0),
    cpus         integer NOT NULL CHECK (cpus > 0),
    disk_mib     integer NOT NULL CHECK (disk_mib > 0),
    partition    integer NOT NULL,         -- of noid.events and noid.output
    boot_id      text,                     -- of the guest's kernel, from the agent
    pid          bigint,                   -- of the VMM on its host
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX vms_name ON vms (tenant_id, name) WHERE observed <> 'destroyed';
CREATE INDEX vms_host ON vms (host_id) WHERE observed <> 'destroyed';
CREATE INDEX vms_listing ON vms (tenant_id, id) WHERE observed <> 'destroyed';

CREATE TABLE jobs (
    id                  text PRIMARY KEY,
    tenant_id           text NOT NULL REFERENCES tenants,
    vm_id               text NOT NULL REFERENCES vms,
    kind                text NOT NULL,
    state               text NOT NULL,
    spec                jsonb NOT NULL,
    attempt             integer NOT NULL DEFAULT 0,   -- the current one; 0 before the first placement
    host_id             text REFERENCES hosts,
    generation          bigint,                       -- the VM's, that the current attempt is allowed for
    outcome             jsonb,
    created_at          timestamptz NOT NULL DEFAULT now(),
    placed_at           timestamptz,
    started_at          timestamptz,
    ended_at            timestamptz,
    retry_at            timestamptz,
    cancel_requested_at timestamptz
);
CREATE INDEX jobs_open ON jobs (vm_id, id) WHERE state IN ('queued', 'placed', 'running', 'cancelling', 'retry_wait');
CREATE INDEX jobs_queued ON jobs (id) WHERE state IN ('queued', 'retry_wait');
CREATE INDEX jobs_placed ON jobs (host_id, placed_at) WHERE state IN ('placed', 'cancelling');
CREATE INDEX jobs_listing ON jobs (tenant_id, id);

CREATE TABLE attempts (
    job_id        text NOT NULL REFERENCES jobs,
    attempt       integer NOT NULL,
    host_id       text NOT NULL REFERENCES hosts,
    generation    bigint NOT NULL,
    start_id      text NOT NULL,          -- the worker process that claimed it
    boot_id       text,                   -- the guest it was claimed against
    output_offset bigint NOT NULL DEFAULT 0, -- of noid.output, no later than its first record
    claimed_at    timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    outcome       jsonb,
    event_sent    boolean NOT NULL DEFAULT false,
    PRIMARY KEY (job_id, attempt)
);
CREATE INDEX attempts_open ON attempts (host_id) WHERE NOT event_sent;

CREATE TABLE idempotency_keys (
    tenant_id   text NOT NULL REFERENCES tenants,
    key         text NOT NULL,
    fingerprint bytea NOT NULL,           -- SHA-256 of method, path and body
    job_id      text NOT NULL REFERENCES jobs,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant_id, key)
);

-- The legal steps, filled from the same table of data that the code uses.
CREATE TABLE transitions (
    machine text NOT NULL,
    "from"  text NOT NULL,
    "to"    text NOT NULL,
    PRIMARY KEY (machine, "from", "to")
);

CREATE FUNCTION refuse_illegal_job_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM transitions WHERE machine = 'job' AND "from" = OLD.state AND "to" = NEW.state) THEN
        RAISE EXCEPTION 'job % can not go from % to %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER legal_job_step BEFORE UPDATE OF state ON jobs FOR EACH ROW
    WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION refuse_illegal_job_step();

CREATE FUNCTION refuse_illegal_vm_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM transitions WHERE machine = 'vm' AND "from" = OLD.observed AND "to" = NEW.observed) THEN
        RAISE EXCEPTION 'vm % can not go from % to %', OLD.id, OLD.observed, NEW.observed USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER legal_vm_step BEFORE UPDATE OF observed ON vms FOR EACH ROW
    WHEN (OLD.observed IS DISTINCT FROM NEW.observed) EXECUTE FUNCTION refuse_illegal_vm_step();

CREATE FUNCTION refuse_older_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'vm % has generation %, not % again', OLD.id, OLD.generation, NEW.generation USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER generation_only_rises BEFORE UPDATE OF generation ON vms FOR EACH ROW
    WHEN (NEW.generation < OLD.generation) EXECUTE FUNCTION refuse_older_generation();

-- Least rights. The two roles can log in; their passwords are set by whoever runs the migrations.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'noid_gateway') THEN CREATE ROLE noid_gateway LOGIN; END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'noid_worker') THEN CREATE ROLE noid_worker LOGIN; END IF;
END $$;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO noid_gateway, noid_worker;
REVOKE SELECT ON tokens, idempotency_keys FROM noid_worker;
GRANT INSERT, UPDATE ON tenants, tokens, jobs, vms, idempotency_keys TO noid_gateway;
GRANT DELETE ON idempotency_keys TO noid_gateway;
-- Locking a host's row (so that two gateways can't overbook it) needs the right to update a column of it.
GRANT INSERT, UPDATE ON hosts, attempts TO noid_worker;
GRANT INSERT, UPDATE, DELETE ON images TO noid_worker;
GRANT UPDATE (state, outcome, started_at, ended_at, retry_at) ON jobs TO noid_worker;
GRANT UPDATE (desired, observed, reason, boot_id, pid, updated_at) ON vms TO noid_worker;
