package dev.noid.gateway.http;

import dev.noid.schema.Names;
import dev.noid.schema.SignalNames;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.ExecVm;
import dev.noid.schema.api.StopVm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Bodies checked: every bound of openapi.yaml is here. All throw [dev.noid.gateway.submit.Refused] with all problems.
final class Bodies {
    static final int STDIN_MOST = 64 << 10;
    private static final int COMMAND_MOST = 256 << 10;
    private static final int LIST_MOST = 4_096;
    /// Linux takes no longer argument or variable, the NUL behind it not counted (MAX_ARG_STRLEN).
    private static final int STRING_MOST = (128 << 10) - 1;
    private static final long OUTPUT_LIMIT_MOST = 1L << 40;
    private static final int TIMEOUT_MOST_SECONDS = 7 * 24 * 3_600;

    private Bodies() {}

    static CreateVm create(JsonNode json) {
        Fields fields = new Fields(json);
        CreateVm body = new CreateVm(
                fields.string(
                        "name",
                        200,
                        Names::valid,
                        "must be 1 to 63 of a-z, 0-9 and '-', beginning and ending with a letter or digit"),
                fields.string("image", 200, text -> !text.isBlank(), "must name an image"),
                fields.integer("memoryMib", 64, 1 << 20),
                fields.integer("cpus", 1, 16),
                fields.integer("diskMib", 64, 65_536),
                CheckpointBodies.reference(fields),
                fields.bool("ifMissing"),
                VmBodies.ttl(fields),
                VmBodies.idleStop(fields),
                VmBodies.lease(fields),
                fields.bool("ephemeral"),
                VmBodies.labels(fields));
        if (Boolean.TRUE.equals(body.ifMissing()) && body.name() == null && !json.hasNonNull("name")) {
            fields.error("ifMissing", "needs a name: what has none is made in any case");
        }
        if (body.checkpoint() != null) {
            // What is in memory has its size and its disk: there is nothing to choose.
            for (String fixed : List.of("image", "memoryMib", "cpus", "diskMib")) {
                if (json.hasNonNull(fixed)) {
                    fields.error(fixed, "can't be given beside checkpoint: the VM has what its checkpoint has");
                }
            }
        }
        fields.finish();
        return body;
    }

    static ExecVm exec(JsonNode json) {
        Fields fields = new Fields(json);
        ExecVm body = new ExecVm(
                fields.strings("argv", LIST_MOST),
                fields.stringMap("env", LIST_MOST),
                fields.string("cwd", 4_096, text -> text.startsWith("/"), "must be an absolute path"),
                fields.string("user", 64, text -> !text.isBlank(), "must be a name, uid or uid:gid"),
                fields.string("stdin", STDIN_MOST, _ -> true, ""),
                fields.base64("stdinBase64", STDIN_MOST),
                fields.bool("stdinFollows"),
                fields.decimal("timeoutSeconds", 0, TIMEOUT_MOST_SECONDS),
                fields.number("outputLimitBytes", 1, OUTPUT_LIMIT_MOST),
                fields.bool("idempotent"),
                VmBodies.labels(fields));
        checkArgv(fields, json, body.argv());
        checkStdin(fields, body);
        checkEnv(fields, body.env());
        if (size(body) > COMMAND_MOST) {
            fields.error("argv", "and env together must be at most " + COMMAND_MOST + " bytes, but are " + size(body));
        }
        fields.finish();
        return body;
    }

    static StopVm stop(JsonNode json) {
        Fields fields = new Fields(json);
        StopVm body = new StopVm(fields.decimal("graceSeconds", 0, 600));
        fields.finish();
        return body;
    }

    /// The signal's number.
    static int signal(JsonNode json) {
        Fields fields = new Fields(json);
        String name = fields.string(
                "signal",
                20,
                text -> SignalNames.number(text).isPresent(),
                "must be one of " + String.join(", ", SignalNames.all()));
        if (name == null && !json.hasNonNull("signal")) {
            fields.error("signal", "is missing: send for example {\"signal\": \"INT\"}");
        }
        fields.finish();
        return SignalNames.number(String.valueOf(name)).orElseThrow();
    }

    static void none(JsonNode json) {
        new Fields(json).finish();
    }

    private static void checkArgv(Fields fields, JsonNode json, @Nullable List<String> argv) {
        if (argv == null) {
            if (!json.hasNonNull("argv")) {
                fields.error("argv", "is missing: send for example {\"argv\": [\"ls\", \"-l\"]}");
            }
        } else if (argv.isEmpty()) {
            if (json.path("argv").isEmpty()) {
                fields.error("argv", "must name at least the program to run");
            }
        } else if (argv.getFirst().isEmpty()) {
            fields.error("argv/0", "must name the program to run");
        }
        for (int i = 0; argv != null && i < argv.size(); i++) {
            checkLength(fields, "argv/" + i, bytes(argv.get(i)));
        }
    }

    private static void checkLength(Fields fields, String where, int bytes) {
        if (bytes > STRING_MOST) {
            fields.error(
                    where,
                    "must be at most " + STRING_MOST
                            + " bytes, as Linux takes no longer argument or NAME=value, but is " + bytes
                            + ": give it as stdin or in a file");
        }
    }

    private static void checkStdin(Fields fields, ExecVm body) {
        if (body.stdin() != null && body.stdinBase64() != null) {
            fields.error("stdinBase64", "can't be given beside stdin: choose one");
        }
        if (body.stdin() != null) {
            int bytes = body.stdin().getBytes(StandardCharsets.UTF_8).length;
            if (bytes > STDIN_MOST && body.stdin().length() <= STDIN_MOST) {
                fields.error("stdin", "must be at most " + STDIN_MOST + " bytes of UTF-8, but is " + bytes);
            }
        }
    }

    private static void checkEnv(Fields fields, @Nullable Map<String, String> env) {
        if (env == null) {
            return;
        }
        for (String name : env.keySet()) {
            if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0 || !wellFormed(name)) {
                fields.error("env", "has a name that is empty, or has '=' or NUL in it");
            }
            checkLength(fields, "env/" + Fields.escape(name), bytes(name) + 1 + bytes(String.valueOf(env.get(name))));
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }

    private static boolean wellFormed(String text) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /// As it travels in the command: JSON, in which control characters take six bytes. A record has room for 1 MiB.
    private static long size(ExecVm body) {
        long size = 0;
        if (body.argv() != null) {
            for (String argument : body.argv()) {
                size += size(argument) + 3;
            }
        }
        if (body.env() != null) {
            for (var entry : body.env().entrySet()) {
                size += size(entry.getKey()) + size(entry.getValue()) + 6;
            }
        }
        return size;
    }

    private static long size(String text) {
        long escaped =
                text.chars().filter(c -> c < ' ' || c == '"' || c == '\\').count();
        return text.getBytes(StandardCharsets.UTF_8).length + 5 * escaped;
    }
}
