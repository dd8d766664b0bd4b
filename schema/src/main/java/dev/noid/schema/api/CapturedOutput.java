package dev.noid.schema.api;

/// What an exec wrote, the first 64 KiB of each stream. The texts replace invalid UTF-8; the bytes are exact.
///
/// @param truncated more was written than is here; `/jobs/{id}/output` has it all
public record CapturedOutput(
        String stdout, String stderr, byte[] stdoutBase64, byte[] stderrBase64, boolean truncated) {}
