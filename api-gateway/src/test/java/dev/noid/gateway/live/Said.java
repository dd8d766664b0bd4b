package dev.noid.gateway.live;

import dev.noid.schema.api.OutputLine;
import java.util.ArrayList;
import java.util.List;

/// What a watcher was told, in short.
final class Said implements OutputSink {
    final List<String> lines = new ArrayList<>();

    @Override
    public void line(OutputLine line) {
        lines.add(
                switch (line) {
                    case OutputLine.Chunk chunk -> chunk.offset() + "+" + chunk.base64().length;
                    case OutputLine.Gap gap -> "gap " + gap.from() + "-" + gap.to();
                    case OutputLine.Log log -> "log " + log.log();
                    case OutputLine.LogEnded ended -> ended.why().toString();
                    case OutputLine.InputAck _, OutputLine.Restored _, OutputLine.Ended _, OutputLine.Failed _ ->
                        line.toString();
                });
    }
}
