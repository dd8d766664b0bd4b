package dev.noid.worker.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;

class DatabaseTest {
    @Test
    void aDatabaseThatIsAwayIsTriedAgain() {
        assertThat(Database.transientFault(new SQLTransientConnectionException("pool is empty")))
                .isTrue();
        assertThat(Database.transientFault(new SQLException("gone", "08006"))).isTrue();
        assertThat(Database.transientFault(new SQLException("starting up", "57P03")))
                .isTrue();
        assertThat(Database.transientFault(new SQLException("deadlock", "40P01")))
                .isTrue();
    }

    @Test
    void whatIsWrongWithAStatementIsNot() {
        assertThat(Database.transientFault(new IllegalStateException(new SQLException("illegal step", "23514"))))
                .isFalse();
        assertThat(Database.transientFault(new SQLException("no such column", "42703")))
                .isFalse();
        assertThat(Database.transientFault(new IllegalStateException("a bug"))).isFalse();
    }
}
