package dev.noid.schema;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;

/// One process run in a VM: a job and which try of it. Written `job-….1`. A VM's log has
/// `vm-….{generation}` in its place.
public record ExecId(String job, int attempt) {
    @JsonCreator
    public static ExecId parse(String text) {
        int dot = text.lastIndexOf('.');
        if (dot < 1) {
            throw new IllegalArgumentException("not an exec id: " + text);
        }
        return new ExecId(text.substring(0, dot), Integer.parseInt(text.substring(dot + 1)));
    }

    @JsonValue
    @Override
    public String toString() {
        return job + "." + attempt;
    }
}
