package dev.noid.cli.print;

/// Names and messages come from elsewhere; shown in a list they must not move the cursor or change the title.
public final class Escapes {
    private Escapes() {}

    /// The text with control and direction-changing characters written as `\n`, `\x1b` or `\u202e`.
    public static String visible(String text) {
        StringBuilder shown = new StringBuilder(text.length());
        text.codePoints().forEach(point -> {
            switch (point) {
                case '\n' -> shown.append("\\n");
                case '\r' -> shown.append("\\r");
                case '\t' -> shown.append("\\t");
                default -> {
                    if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) {
                        shown.append("\\x").append(hex(point, 2));
                    } else if (hidden(point)) {
                        shown.append("\\u").append(hex(point, 4));
                    } else {
                        shown.appendCodePoint(point);
                    }
                }
            }
        });
        return shown.toString();
    }

    private static boolean hidden(int point) {
        int type = Character.getType(point);
        return type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR
                || type == Character.SURROGATE;
    }

    private static String hex(int point, int width) {
        String digits = Integer.toHexString(point);
        return "0".repeat(Math.max(0, width - digits.length())) + digits;
    }
}
