package dev.noid.bench.result;

/// What a number counts.
public enum Unit {
    MILLIS("ms", false),
    JOBS_PER_SECOND("/s", true),
    MIB_PER_SECOND("MiB/s", true),
    MIB("MiB", false);

    private final String sign;
    private final boolean moreIsBetter;

    Unit(String sign, boolean moreIsBetter) {
        this.sign = sign;
        this.moreIsBetter = moreIsBetter;
    }

    public String sign() {
        return sign;
    }

    public boolean moreIsBetter() {
        return moreIsBetter;
    }
}
