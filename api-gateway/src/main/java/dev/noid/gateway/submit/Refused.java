package dev.noid.gateway.submit;

import dev.noid.schema.api.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request that gets a problem instead of what it asked for. The one exception that is an answer: it has to undo the
/// transaction it happens in, and nobody between there and the reply decides anything on it.
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public Refused(Problem problem) {
        super(problem.code(), null, false, false);
        this.problem = problem;
    }

    public Refused(int status, String code, String title, String detail, @Nullable String hint) {
        this(Problem.of(status, code, title, detail, hint));
    }

    public Problem problem() {
        return problem;
    }

    public static Refused noVm(String name) {
        return new Refused(
                404,
                "vm_not_found",
                "No such VM",
                "There is no VM named '" + name + "'.",
                "noid ls lists what is there");
    }

    public static Refused noLog(String name, String log) {
        return new Refused(
                404,
                "log_not_found",
                "No such log",
                "There is no log '" + log + "' of a VM named '" + name + "'.",
                "without log=" + log + " it is that of the VM as it is now");
    }

    public static Refused noJob(String id) {
        return new Refused(
                404,
                "job_not_found",
                "No such job",
                "There is no job '" + id + "'.",
                "noid job ls lists what is there; one that is over is kept for as long as retention says (NOID_KEEP_DAYS,"
                        + " NOID_KEEP_JOBS)");
    }

    /// The request came before with this key, and what it became is over and was forgotten.
    static Refused forgotten(String id) {
        return new Refused(
                410,
                "job_forgotten",
                "Done and forgotten",
                "This request came before and became job '" + id + "', which is over and no longer kept.",
                "use a fresh key to do it once more");
    }

    public static Refused noCheckpoint(String name) {
        int slash = name.indexOf('/');
        return new Refused(
                404,
                "checkpoint_not_found",
                "No such checkpoint",
                "There is no checkpoint '" + name + "'.",
                "noid checkpoint ls " + (slash < 0 ? "--all" : name.substring(0, slash)) + " lists what is there");
    }

    /// One field that only the database can judge.
    static Refused field(int status, String code, String title, String pointer, String detail, @Nullable String hint) {
        return new Refused(Problem.of(status, code, title, detail, hint)
                .withErrors(List.of(new Problem.FieldError(pointer, detail))));
    }

    public static Refused conflict(String code, String title, String detail, @Nullable String hint) {
        return new Refused(409, code, title, detail, hint);
    }
}
