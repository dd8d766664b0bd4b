-- How long a VM is wanted. Every moment here is this database's own, and it alone compares them. `used_at` is when a job
-- of the VM was last asked for or seen open, give or take a tenth of the time that is measured with it; kept for VMs that
-- stop when idle or end with their execs. `stop_reason` says what stopped it when nobody did.
ALTER TABLE vms
    ADD COLUMN labels jsonb,
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN lease_seconds integer CHECK (lease_seconds > 0),
    ADD COLUMN lease_until timestamptz,
    ADD COLUMN idle_stop_seconds integer CHECK (idle_stop_seconds > 0),
    ADD COLUMN ephemeral boolean NOT NULL DEFAULT false,
    ADD COLUMN used_at timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN exec_asked boolean NOT NULL DEFAULT false,
    ADD COLUMN stop_reason text;
CREATE INDEX vms_lifetime ON vms (id)
    WHERE observed <> 'destroyed' AND desired <> 'destroyed'
    AND (expires_at IS NOT NULL OR lease_until IS NOT NULL OR idle_stop_seconds IS NOT NULL OR ephemeral);
CREATE INDEX vms_labels ON vms USING gin (labels) WHERE labels IS NOT NULL AND observed <> 'destroyed';

-- What people call a job. `job_labels` is the index of it: the newest jobs with a label are a walk along one of these.
-- A job without labels has no row here, and no entry in any index.
ALTER TABLE jobs ADD COLUMN labels jsonb;
CREATE TABLE job_labels (
    job_id    text NOT NULL REFERENCES jobs ON DELETE CASCADE,
    tenant_id text NOT NULL,
    key       text NOT NULL,
    value     text NOT NULL,
    seq       bigint NOT NULL,                 -- of the job
    PRIMARY KEY (job_id, key)
);
CREATE INDEX job_labels_pair ON job_labels (tenant_id, key, value, seq);
CREATE INDEX job_labels_key ON job_labels (tenant_id, key, seq);
CREATE FUNCTION index_job_labels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO job_labels (job_id, tenant_id, key, value, seq)
        SELECT NEW.id, NEW.tenant_id, l.key, l.value, NEW.seq FROM jsonb_each_text(NEW.labels) l;
    RETURN NULL;
END $$;
CREATE TRIGGER labels_are_indexed AFTER INSERT ON jobs FOR EACH ROW
    WHEN (NEW.labels IS NOT NULL) EXECUTE FUNCTION index_job_labels();
GRANT SELECT, INSERT ON job_labels TO noid_gateway;
