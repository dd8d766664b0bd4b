package dev.noid.gateway.store;

import dev.noid.schema.job.JobState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/// Jobs with labels, newest first: a walk along the index of the first label, that looks up whatever else is
/// asked. That may be true of none, so that one walk is only so long; the next page goes on where it ended.
///
/// @param labels one at least, that which the fewest jobs have first
record LabelWalk(
        LabelFilter labels,
        @Nullable String vm,
        @Nullable JobState state,
        @Nullable Long beforeSeq) {
    /// At up to ten microseconds each.
    private static final int LONGEST = 5_000;
    /// Which label is rare is asked to this number: a walk of so many is short whatever else there is.
    private static final int FEW = 1_000;

    private static final String STEP = "SELECT l.job_id, l.seq FROM job_labels l WHERE l.tenant_id = :tenant AND ";

    /// The same labels, that which the fewest jobs have first.
    static LabelFilter rarestFirst(Handle handle, String tenant, LabelFilter labels) {
        if (labels.wanted().size() < 2) {
            return labels;
        }
        Map<LabelFilter.Wanted, Integer> jobs = new HashMap<>();
        for (int i = 0; i < labels.wanted().size(); i++) {
            // Ordered, so that the index is walked: of a label that nobody has, all rows would be read to find none.
            String step = STEP + labels.condition("l", i) + " ORDER BY l.seq DESC LIMIT " + FEW;
            jobs.put(
                    labels.wanted().get(i),
                    labels.bind(handle.createQuery("SELECT count(*) FROM (" + step + ") few"))
                            .bind("tenant", tenant)
                            .mapTo(Integer.class)
                            .one());
        }
        List<LabelFilter.Wanted> sorted = new ArrayList<>(labels.wanted());
        sorted.sort(
                (a, b) -> Integer.compare(Objects.requireNonNull(jobs.get(a)), Objects.requireNonNull(jobs.get(b))));
        return new LabelFilter(sorted);
    }

    /// Ids of a page. As subqueries that are looked up row by row: joined, the larger side could be read whole.
    String page(String named, int limit) {
        StringBuilder where = new StringBuilder("true");
        IntStream.range(1, labels.wanted().size())
                .forEach(i -> where.append(" AND (SELECT true FROM job_labels m WHERE m.job_id = w.job_id AND ")
                        .append(labels.condition("m", i))
                        .append(')'));
        if (vm != null || state != null) {
            where.append(" AND (SELECT true")
                    .append(vm == null ? "" : " AND j.vm_id IN (SELECT id FROM " + named + ")")
                    .append(state == null ? "" : " AND j.state = '" + state + "'")
                    .append(" FROM jobs j WHERE j.id = w.job_id)");
        }
        return "SELECT w.job_id AS id FROM (" + steps() + " LIMIT " + (plain() ? limit : LONGEST) + ") w WHERE " + where
                + " ORDER BY w.seq DESC LIMIT " + limit;
    }

    /// Where the walk ended that has not found a whole page; null when it came to the end of what there is.
    @Nullable
    Long end(Handle handle, String tenant) {
        if (plain()) {
            return null;
        }
        String last = steps() + " LIMIT 1 OFFSET " + (LONGEST - 1);
        return Page.at(beforeSeq, labels.bind(handle.createQuery("SELECT w.seq FROM (" + last + ") w")))
                .bind("tenant", tenant)
                .mapTo(Long.class)
                .findOne()
                .orElse(null);
    }

    /// Whatever is walked is wanted.
    private boolean plain() {
        return labels.wanted().size() == 1 && vm == null && state == null;
    }

    private String steps() {
        return STEP + labels.condition("l", 0) + Page.beyond("l.seq < :cursor", beforeSeq) + " ORDER BY l.seq DESC";
    }
}
