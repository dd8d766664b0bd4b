package dev.noid.schema;

/// One legal step of a state machine and what causes it.
public record Transition<S extends Enum<S>>(S from, S to, String trigger) {}
