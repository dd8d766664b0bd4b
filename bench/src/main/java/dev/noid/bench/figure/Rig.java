package dev.noid.bench.figure;

import dev.noid.bench.result.SampleLog;
import dev.noid.bench.stack.BenchStack;
import java.nio.file.Path;

/// What a figure measures with.
///
/// @param launcher `noid`, as a person calls it
/// @param image    directory of the image that VMs start from
public record Rig(BenchStack stack, Scale scale, SampleLog log, Path launcher, Path image) {}
