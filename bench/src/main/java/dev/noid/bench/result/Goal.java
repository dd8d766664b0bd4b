package dev.noid.bench.result;

import java.util.Locale;

/// What a figure should reach. All of them speak of medians, unless they say otherwise.
public sealed interface Goal {
    boolean met(Samples noid, Samples bare);

    /// As the table shows it.
    String text();

    /// Shown beside others, promised nowhere.
    record None() implements Goal {
        @Override
        public boolean met(Samples noid, Samples bare) {
            return true;
        }

        @Override
        public String text() {
            return "";
        }
    }

    /// Of the bare mechanism's.
    record RatioAtMost(double most) implements Goal {
        @Override
        public boolean met(Samples noid, Samples bare) {
            return noid.median() <= most * bare.median();
        }

        @Override
        public String text() {
            return "<= " + number(most) + " x";
        }
    }

    /// Both: a ratio to the bare mechanism, and a difference from it.
    record RatioAndAdded(double ratio, double added) implements Goal {
        @Override
        public boolean met(Samples noid, Samples bare) {
            return noid.median() <= ratio * bare.median() && noid.median() - bare.median() <= added;
        }

        @Override
        public String text() {
            return "<= " + number(ratio) + " x and +" + number(added);
        }
    }

    /// Of the bare mechanism's, the 99th percentile of both.
    record WorstRatioAtMost(double most) implements Goal {
        private static final int WORST = 99;

        @Override
        public boolean met(Samples noid, Samples bare) {
            return noid.percentile(WORST) <= most * bare.percentile(WORST);
        }

        @Override
        public String text() {
            return "p99 <= " + number(most) + " x";
        }
    }

    record AtMost(double most) implements Goal {
        @Override
        public boolean met(Samples noid, Samples bare) {
            return noid.median() <= most;
        }

        @Override
        public String text() {
            return "<= " + number(most);
        }
    }

    record AtLeast(double least) implements Goal {
        @Override
        public boolean met(Samples noid, Samples bare) {
            return noid.median() >= least;
        }

        @Override
        public String text() {
            return ">= " + number(least);
        }
    }

    /// Of the bare mechanism's rate.
    record RatioAtLeast(double least) implements Goal {
        @Override
        public boolean met(Samples noid, Samples bare) {
            return noid.median() >= least * bare.median();
        }

        @Override
        public String text() {
            return ">= " + number(least) + " x";
        }
    }

    private static String number(double value) {
        return value == Math.rint(value)
                ? String.format(Locale.ROOT, "%,.0f", value)
                : String.format(Locale.ROOT, "%s", value);
    }
}
