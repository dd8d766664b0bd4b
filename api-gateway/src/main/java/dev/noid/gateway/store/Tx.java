package dev.noid.gateway.store;

import org.jdbi.v3.core.Handle;
import tools.jackson.databind.json.JsonMapper;

/// One open transaction, and the tables it can reach.
public final class Tx {
    private final Handle handle;
    private final JsonMapper json;

    Tx(Handle handle, JsonMapper json) {
        this.handle = handle;
        this.json = json;
    }

    public Vms vms() {
        return new Vms(handle, json);
    }

    public Lifetimes lifetimes() {
        return new Lifetimes(handle, json);
    }

    public Jobs jobs() {
        return new Jobs(handle, json);
    }

    public NewExecs newExecs() {
        return new NewExecs(handle, json);
    }

    public Placing placing() {
        return new Placing(handle);
    }

    public OldJobs oldJobs() {
        return new OldJobs(handle);
    }

    public Queue queue() {
        return new Queue(handle);
    }

    public Outbox outbox() {
        return new Outbox(handle, json);
    }

    public Checkpoints checkpoints() {
        return new Checkpoints(handle);
    }

    public Removals removals() {
        return new Removals(handle);
    }

    public CheckpointSpace checkpointSpace() {
        return new CheckpointSpace(handle);
    }

    public Keys keys() {
        return new Keys(handle);
    }

    public Hosts hosts() {
        return new Hosts(handle);
    }

    public Tokens tokens() {
        return new Tokens(handle);
    }
}
