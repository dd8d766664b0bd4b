package dev.noid.schema;

import java.util.regex.Pattern;

/// The one form of names people choose (VMs, hosts, tenants, labels).
public final class Names {
    public static final String FORM = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
    private static final Pattern PATTERN = Pattern.compile(FORM);

    private Names() {}

    public static boolean valid(String name) {
        return PATTERN.matcher(name).matches();
    }
}
