package dev.noid.cli.command;

import dev.noid.cli.Failure;
import dev.noid.cli.Session;
import dev.noid.cli.http.Call;
import dev.noid.cli.print.Escapes;
import dev.noid.schema.Names;
import dev.noid.schema.api.Checkpoint;
import java.util.regex.Pattern;

/// A checkpoint as typed: its id, the beginning of that, or `vm/label`.
record CheckpointRef(String typed) {
    static final String FORMS = "Its id, the beginning of that, or VM/LABEL.";
    private static final Pattern ID = Pattern.compile("ck-[0-9a-z]{6,26}");

    /// Checked before it becomes part of a path.
    static CheckpointRef of(String typed) {
        int slash = typed.indexOf('/');
        boolean good = slash < 0
                ? ID.matcher(typed).matches()
                : Names.valid(typed.substring(0, slash)) && Names.valid(typed.substring(slash + 1));
        if (!good) {
            throw Failure.usage(
                    "'" + Escapes.visible(typed) + "' can't name a checkpoint",
                    "VM/LABEL, or an id with at least 6 characters after ck-: noid checkpoint ls --all");
        }
        return new CheckpointRef(typed);
    }

    /// What begins like an id is no label.
    static boolean looksLikeId(String typed) {
        return typed.startsWith("ck-");
    }

    /// Where the API has it.
    String path() {
        return "/checkpoints/" + typed;
    }

    /// The VM it was made of.
    String vm(Session session) {
        int slash = typed.indexOf('/');
        return slash < 0 ? session.api().call(Call.get(path())).path("vm").asString() : typed.substring(0, slash);
    }

    /// For lists: what is particular about one.
    static String notes(Checkpoint checkpoint) {
        StringBuilder notes = new StringBuilder();
        note(notes, checkpoint.current(), "current");
        note(notes, checkpoint.pinned(), "pinned");
        note(notes, checkpoint.automatic(), "kept by a restore");
        return notes.isEmpty() ? "-" : notes.toString();
    }

    private static void note(StringBuilder notes, boolean holds, String word) {
        if (holds) {
            notes.append(notes.isEmpty() ? "" : ", ").append(word);
        }
    }
}
