package dev.noid.cli.exec;

import dev.noid.cli.http.Api;
import dev.noid.cli.ws.ExecSocket;
import dev.noid.schema.api.StreamRequest;
import java.io.IOException;
import java.nio.ByteBuffer;

/// One connection's sending half: stdin from the last acknowledgement on, then its end.
record InputSender(Api api, InputFeed feed, int number, ExecSocket socket) implements Runnable {
    @Override
    public void run() {
        try {
            long sent = feed.start();
            while (true) {
                switch (feed.next(number, sent)) {
                    case InputFeed.Piece.Bytes piece -> {
                        socket.sendBinary(message(piece));
                        sent = piece.offset() + piece.bytes().length;
                    }
                    case InputFeed.Piece.End end -> {
                        socket.sendText(api.write(new StreamRequest.Eof(end.offset())));
                        return;
                    }
                    case InputFeed.Piece.Broken _ -> {
                        socket.close();
                        return;
                    }
                    case InputFeed.Piece.Nothing _ -> {
                        return;
                    }
                }
            }
        } catch (IOException _) {
            // The reader of this connection sees the same, and another one begins at what was acknowledged.
        }
    }

    private static byte[] message(InputFeed.Piece.Bytes piece) {
        return ByteBuffer.allocate(1 + Long.BYTES + piece.bytes().length)
                .put((byte) 0)
                .putLong(piece.offset())
                .put(piece.bytes())
                .array();
    }
}
