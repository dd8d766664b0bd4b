package dev.noid.cli.command;

import picocli.CommandLine.Command;

/// `noid job`.
@Command(
        name = "job",
        synopsisSubcommandLabel = "COMMAND",
        description = "Jobs: every change of a VM and every exec is one.",
        footerHeading = "%nExample:%n",
        footer = {"  noid job ls --vm web", "  noid job output JOB -f"},
        subcommands = {
            JobLsCommand.class,
            JobGetCommand.class,
            JobOutputCommand.class,
            JobCancelCommand.class,
            JobSignalCommand.class
        })
final class JobCommand {}
