package dev.noid.cli.command;

import picocli.CommandLine.Command;

/// `noid checkpoint`.
@Command(
        name = "checkpoint",
        aliases = "ck",
        synopsisSubcommandLabel = "COMMAND",
        description = "Checkpoints: memory and disk of a VM at one moment, to go back to or to fork.",
        footerHeading = "%nExample:%n",
        footer = {
            "  noid checkpoint create web --label before",
            "  noid restore web before",
            "  noid checkpoint tree web"
        },
        subcommands = {
            CheckpointCreateCommand.class,
            CheckpointLsCommand.class,
            CheckpointTreeCommand.class,
            CheckpointGetCommand.class,
            CheckpointRmCommand.class,
            CheckpointPinCommand.class,
            CheckpointPinCommand.Unpin.class,
            CheckpointDuCommand.class,
            CheckpointPruneCommand.class,
            CheckpointPolicyCommand.class
        })
final class CheckpointCommand {}
