package dev.noid.bench.result;

/// One line of the table: Noid beside a bare mechanism.
///
/// @param figure whose line it is
/// @param what   was measured
/// @param beside what the bare mechanism is; empty when there is none
public record Row(String figure, String what, Unit unit, Samples noid, String beside, Samples bare, Goal goal) {
    /// More than 1: Noid's number is larger.
    public double ratio() {
        return noid.median() / bare.median();
    }

    public double added() {
        return noid.median() - bare.median();
    }

    public boolean met() {
        return goal.met(noid, bare);
    }
}
