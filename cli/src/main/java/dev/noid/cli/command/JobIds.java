package dev.noid.cli.command;

import dev.noid.cli.Failure;
import java.util.regex.Pattern;

/// Job ids as typed, checked before they become part of a path.
final class JobIds {
    private static final Pattern FORM = Pattern.compile("job-[0-9a-z]{1,40}");

    private JobIds() {}

    static String checked(String id) {
        if (!FORM.matcher(id).matches()) {
            throw Failure.usage("'" + id + "' is not the id of a job", "noid job ls -q");
        }
        return id;
    }
}
