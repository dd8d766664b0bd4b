package dev.noid.cli.http;

import dev.noid.schema.api.Problem;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import javax.net.ssl.SSLException;
import tools.jackson.databind.JsonNode;

/// What became of one request.
public sealed interface Answer {
    record Done(int status, JsonNode body) implements Answer {}

    /// What was asked for was not done, or nobody knows.
    sealed interface Failed extends Answer {}

    record Refused(Problem problem) implements Failed {
        /// Somebody on the way is not there at the moment; the same request may do later.
        boolean passing() {
            return switch (problem.status()) {
                case 429, 502, 503, 504 -> true;
                default -> false;
            };
        }
    }

    /// No answer came.
    ///
    /// @param refused nobody listens there who could be asked, so nothing was asked either
    record Unreachable(IOException why, boolean refused) implements Failed {
        public static Unreachable of(IOException e) {
            return new Unreachable(
                    e,
                    e instanceof ConnectException
                            || e instanceof NoRouteToHostException
                            || e instanceof UnknownHostException
                            || noTime(e)
                            || insecure(e));
        }

        /// Somebody listens, and there is no TLS with them.
        boolean insecure() {
            return insecure(why);
        }

        /// To connect; a reader's timeout is the same type, with other words.
        private static boolean noTime(IOException e) {
            return e instanceof SocketTimeoutException && "connect timed out".equalsIgnoreCase(e.getMessage());
        }

        /// TLS also says this of a connection that breaks later, because of what broke it.
        private static boolean insecure(IOException e) {
            return e instanceof SSLException && !(e.getCause() instanceof SocketException);
        }
    }
}
