package dev.noid.schema;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatabaseTroubleTest {
    @ParameterizedTest
    @CsvSource({
        "53100, DISK_FULL",
        "53200, OUT_OF_MEMORY",
        "53300, TOO_MANY_CONNECTIONS",
        "53400, AWAY",
        "25006, READ_ONLY",
        "57P01, STOPPING",
        "57P03, STOPPING",
        "57014, SLOW",
        "55P03, SLOW",
        "28P01, CLOSED",
        "08006, AWAY",
        "40P01, AWAY",
        "58030, AWAY",
    })
    void itIsWhatTheDatabaseSaid(String state, DatabaseTrouble trouble) {
        assertThat(DatabaseTrouble.of(new IllegalStateException(new SQLException("x", state))))
                .isEqualTo(trouble);
    }

    @Test
    void aStatementThatIsWrongIsNone() {
        assertThat(DatabaseTrouble.of(new SQLException("syntax", "42601"))).isNull();
        assertThat(DatabaseTrouble.of(new SQLException("unique", "23505"))).isNull();
        assertThat(DatabaseTrouble.of(new IllegalStateException("ours"))).isNull();
    }

    @Test
    void aPoolWithoutAConnectionSaysWhyThereIsNone() {
        var refused = new SQLTransientConnectionException("no connection", new SQLException("full", "53300"));
        assertThat(DatabaseTrouble.of(refused)).isEqualTo(DatabaseTrouble.TOO_MANY_CONNECTIONS);
        assertThat(DatabaseTrouble.of(new SQLTransientConnectionException("all in use")))
                .isEqualTo(DatabaseTrouble.BUSY);
    }
}
