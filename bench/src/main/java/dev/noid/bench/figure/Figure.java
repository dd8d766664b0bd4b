package dev.noid.bench.figure;

import dev.noid.bench.result.Row;
import dev.noid.bench.stack.StackKind;
import java.io.IOException;
import java.util.List;

/// One part of the bench. In each round it does Noid's step and then the bare mechanism's, so that what else happens
/// on the machine meets both.
public interface Figure {
    /// As `--only` has it.
    String name();

    /// The stack it needs.
    StackKind stack();

    /// Leaves the stack as it was.
    List<Row> measure(Rig rig) throws IOException, InterruptedException;
}
