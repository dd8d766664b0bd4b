package dev.noid.migrations;

/// How [Migrations#run] ended.
public sealed interface MigrationResult {
    /// The database has the newest schema; `applied` migrations were missing.
    record Done(int applied) implements MigrationResult {}

    /// A newer Noid has been here. Nothing was changed: this version can't know what that one's tables mean.
    record NewerDatabase(String has, String knows) implements MigrationResult {
        public String message() {
            return "the database has schema version " + has + ", this Noid knows up to " + knows
                    + ": start it with the newer Noid that made it";
        }
    }
}
