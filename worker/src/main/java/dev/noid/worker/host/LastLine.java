package dev.noid.worker.host;

/// What a program said last, to be shown and stored: one short line, whatever the guest behind it wrote.
public final class LastLine {
    private static final int MOST = 300;

    private LastLine() {}

    /// Control characters and halves of characters become question marks: no row takes a NUL.
    public static String of(String text) {
        String stripped = text.strip();
        StringBuilder line = new StringBuilder();
        stripped.substring(stripped.lastIndexOf('\n') + 1)
                .strip()
                .codePoints()
                .limit(MOST)
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE ? '?' : c)
                .forEach(line::appendCodePoint);
        return line.toString();
    }
}
