package dev.noid.schema;

import java.util.regex.Pattern;

/// Labels that people put on VMs and jobs: key and value, as Kubernetes writes them.
public final class Labels {
    /// On one VM or job; and how many a list may be asked by.
    public static final int MOST = 32;

    public static final String KEY_FORM =
            "must be 1 to 63 of A-Z, a-z, 0-9, '-', '_' and '.', beginning and ending with"
                    + " a letter or digit; a DNS name and '/' may come before it";
    public static final String VALUE_FORM =
            "must be at most 63 of A-Z, a-z, 0-9, '-', '_' and '.', beginning and ending"
                    + " with a letter or digit; or empty";

    private static final String WORD = "[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";
    private static final Pattern VALUE = Pattern.compile("(?:" + WORD + ")?");
    private static final Pattern KEY = Pattern.compile("(?:(?=[^/]{1,253}/)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
            + "(?:\\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*/)?" + WORD);

    private Labels() {}

    public static boolean validKey(String key) {
        return KEY.matcher(key).matches();
    }

    public static boolean validValue(String value) {
        return VALUE.matcher(value).matches();
    }
}
