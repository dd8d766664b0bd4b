package dev.noid.cli.command;

import dev.noid.cli.Session;
import dev.noid.cli.print.Table;
import dev.noid.cli.print.Units;
import dev.noid.schema.api.Image;
import java.util.List;
import picocli.CommandLine.Command;

/// `noid image`.
@Command(
        name = "image",
        synopsisSubcommandLabel = "COMMAND",
        description = "Images VMs start from.",
        footerHeading = "%nExample:%n",
        footer = "  noid image ls",
        subcommands = ImageCommand.Ls.class)
final class ImageCommand {
    @Command(
            name = "ls",
            description = "List images.",
            footerHeading = "%nExample:%n",
            footer = "  noid image ls -o json")
    static final class Ls extends Listing<Image> {
        Ls(Session session) {
            super(session, Image.class, Image::name);
        }

        @Override
        String path() {
            return "/images";
        }

        @Override
        Table table(List<Image> images) {
            Table table = new Table("name", "digest", "kernel", "size", "hosts");
            images.forEach(image -> table.row(
                    image.name(), digest(image), image.kernel(), Units.bytes(image.sizeBytes()), image.hosts()));
            return table;
        }

        private static String digest(Image image) {
            // As much as tells images apart; -o json has all of it.
            return image.digest().substring(0, Math.min(19, image.digest().length()));
        }
    }
}
