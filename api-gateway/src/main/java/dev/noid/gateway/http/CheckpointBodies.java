package dev.noid.gateway.http;

import dev.noid.schema.Names;
import dev.noid.schema.api.ChangeCheckpoint;
import dev.noid.schema.api.CheckpointPolicy;
import dev.noid.schema.api.CreateCheckpoint;
import dev.noid.schema.api.ForkVm;
import dev.noid.schema.api.RestoreVm;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Bodies about checkpoints, checked as [Bodies] are.
final class CheckpointBodies {
    static final int FORKS_MOST = 100;
    private static final int KEEP_MOST = 10_000;
    private static final long AGE_LEAST = 60;
    private static final long AGE_MOST = 315_360_000;
    /// So that a dash and `100` fit behind it.
    private static final int PREFIX_MOST = 59;
    /// Two names and a slash.
    private static final int REFERENCE_MOST = 127;

    private static final String NAME =
            "must be 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit";
    private static final String LABEL = NAME + ", and must not begin with ck-";

    private CheckpointBodies() {}

    static CreateCheckpoint create(JsonNode json) {
        Fields fields = new Fields(json);
        CreateCheckpoint body =
                new CreateCheckpoint(fields.string("label", 200, CheckpointBodies::label, LABEL), fields.bool("pin"));
        fields.finish();
        return body;
    }

    static ChangeCheckpoint change(JsonNode json) {
        Fields fields = new Fields(json);
        ChangeCheckpoint body = new ChangeCheckpoint(
                fields.bool("pinned"),
                fields.string("label", 200, text -> text.isEmpty() || label(text), LABEL + "; or empty for none"));
        fields.finish();
        return body;
    }

    static RestoreVm restore(JsonNode json) {
        Fields fields = new Fields(json);
        RestoreVm body = new RestoreVm(reference(fields), fields.bool("keep"));
        fields.finish();
        return body;
    }

    /// A checkpoint as people name it; what it names is for the database to say.
    static @Nullable String reference(Fields fields) {
        return fields.string(
                "checkpoint", REFERENCE_MOST, text -> !text.isBlank(), "must name a checkpoint: ck-… or vm/label");
    }

    static ForkVm fork(JsonNode json) {
        Fields fields = new Fields(json);
        ForkVm body = new ForkVm(
                reference(fields),
                fields.integer("count", 1, FORKS_MOST),
                fields.string(
                        "namePrefix",
                        PREFIX_MOST,
                        Names::valid,
                        "must be 1 to " + PREFIX_MOST
                                + " of a-z, 0-9 and '-', beginning and ending with a letter or digit"),
                fields.strings("names", FORKS_MOST),
                VmBodies.ttl(fields),
                VmBodies.idleStop(fields),
                VmBodies.labels(fields));
        checkNames(fields, json, body);
        fields.finish();
        return body;
    }

    private static void checkNames(Fields fields, JsonNode json, ForkVm body) {
        List<String> names = body.names();
        if (names == null) {
            return;
        }
        if (json.path("names").isEmpty()) {
            fields.error("names", "must have at least one name");
        }
        if (body.count() != null || body.namePrefix() != null) {
            fields.error("names", "can't be given beside count or namePrefix: choose one way");
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            if (!Names.valid(names.get(i))) {
                fields.error("names/" + i, "is '" + names.get(i) + "', but " + NAME);
            } else if (!seen.add(names.get(i))) {
                fields.error("names/" + i, "is '" + names.get(i) + "' again");
            }
        }
    }

    /// Of `PUT …/checkpoint-policy`: there is nothing to try there.
    static CheckpointPolicy policy(JsonNode json) {
        Fields fields = new Fields(json);
        CheckpointPolicy body = policy(fields, null);
        fields.finish();
        return body;
    }

    static CheckpointPolicy prune(JsonNode json) {
        Fields fields = new Fields(json);
        CheckpointPolicy body = policy(fields, fields.bool("dryRun"));
        fields.finish();
        return body;
    }

    private static CheckpointPolicy policy(Fields fields, @Nullable Boolean dryRun) {
        return new CheckpointPolicy(
                fields.integer("keepLast", 1, KEEP_MOST),
                fields.number("maxAgeSeconds", AGE_LEAST, AGE_MOST),
                fields.number("maxBytes", 1, Long.MAX_VALUE),
                dryRun);
    }

    /// What begins like an id is taken for one wherever a checkpoint is named.
    private static boolean label(String text) {
        return Names.valid(text) && !text.startsWith("ck-");
    }
}
