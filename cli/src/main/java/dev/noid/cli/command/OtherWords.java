package dev.noid.cli.command;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Words that other tools of this kind have for what `noid` calls otherwise, or has not got: nearest by meaning,
/// where the nearest by letters would lead away.
public final class OtherWords {
    /// What to say of a word that is none of ours.
    ///
    /// @param what why it is none; empty when there is nothing to say but the hint
    public record Answer(String what, String hint) {}

    private static final Map<String, Answer> ANSWERS = new HashMap<>();

    static {
        say(
                "there is no terminal in a VM yet",
                "one command at a time: noid exec VM -- sh -c '...'",
                "shell",
                "console",
                "ssh",
                "attach",
                "connect",
                "terminal",
                "sh",
                "bash");
        say(
                "a VM does not stand still on its own",
                "noid stop VM keeps its files, noid checkpoint create VM also its" + " memory",
                "pause",
                "unpause",
                "suspend",
                "resume",
                "hibernate",
                "freeze");
        say(
                "VMs have no network yet",
                "files go in and out: tar c . | noid exec VM -- tar x -C DIR",
                "port",
                "ports",
                "network",
                "expose",
                "forward",
                "proxy",
                "tunnel");
        say("there is no completion yet", "noid help lists the commands", "completion", "completions", "autocomplete");
        say("images are made by hand yet", "noid image ls", "pull", "push", "build", "rmi", "load", "import");
        say("", "tar c . | noid exec VM -- tar x -C DIR", "cp", "copy", "scp", "rsync", "upload", "download", "files");
        say(
                "",
                "noid get VM, noid job get JOB, noid checkpoint get CHECKPOINT",
                "inspect",
                "show",
                "describe",
                "info",
                "stat");
        say(
                "",
                "noid ls",
                "list",
                "vms",
                "sandboxes",
                "sandbox",
                "containers",
                "container",
                "machines",
                "vm",
                "instances");
        say("", "noid image ls", "images", "templates", "template");
        say("", "noid host ls", "hosts", "nodes", "node", "workers");
        say("", "noid job ls", "jobs", "queue", "processes", "tasks");
        say(
                "",
                "noid rm VM for a VM, noid job cancel JOB or noid job signal JOB KILL for a command",
                "kill",
                "terminate",
                "signal",
                "cancel");
        say("", "noid rm VM", "delete", "destroy", "remove", "del", "prune", "clean");
        say("", "noid stop VM, then noid start VM", "restart", "reboot", "shutdown", "poweroff", "halt");
        say("", "noid create NAME", "new", "launch", "spawn", "init", "make", "add", "deploy", "boot");
        say(
                "",
                "noid checkpoint create VM",
                "snapshot",
                "snapshots",
                "snap",
                "commit",
                "save",
                "backup",
                "checkpoints");
        say("", "noid restore VM CHECKPOINT", "rollback", "revert", "reset", "undo");
        say("", "noid fork CHECKPOINT, or what runs now: noid fork --vm VM", "clone", "branch", "duplicate");
        say("", "noid logs VM, noid job output JOB", "log", "output", "tail", "events");
        say("", "noid job output JOB -f", "wait", "watch", "follow");
        say(
                "",
                "NOID_SERVER and NOID_TOKEN, or ~/.config/noid/config.toml; noid up -d writes that",
                "login",
                "auth",
                "logout",
                "config",
                "configure",
                "context",
                "token");
        say("", "noid up -d", "server", "serve", "daemon", "install");
    }

    private OtherWords() {}

    private static void say(String what, String hint, String... words) {
        for (String word : words) {
            ANSWERS.put(word, new Answer(what, hint));
        }
    }

    public static Optional<Answer> of(String word) {
        return Optional.ofNullable(ANSWERS.get(word));
    }

    /// For a test that none of them is ours.
    static List<String> all() {
        return List.copyOf(ANSWERS.keySet());
    }
}
