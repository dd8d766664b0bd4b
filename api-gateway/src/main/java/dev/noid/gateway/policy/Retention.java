package dev.noid.gateway.policy;

import dev.noid.gateway.store.Removals.Candidate;
import dev.noid.schema.api.CheckpointPolicy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What a policy lets go of one VM's checkpoints. Pinned ones, the current one and those in use always stay,
/// and count.
final class Retention {
    private Retention() {}

    /// @param newestFirst all complete ones of the VM
    /// @param files       what each is made of: file to bytes
    /// @return ids that go, newest first
    static List<String> goes(
            List<Candidate> newestFirst, Map<String, Map<String, Long>> files, CheckpointPolicy policy) {
        Set<String> going = new LinkedHashSet<>();
        for (int i = 0; i < newestFirst.size(); i++) {
            Candidate candidate = newestFirst.get(i);
            boolean tooMany = policy.keepLast() != null && i >= policy.keepLast();
            boolean tooOld = policy.maxAgeSeconds() != null && candidate.ageSeconds() > policy.maxAgeSeconds();
            if ((tooMany || tooOld) && !stays(candidate)) {
                going.add(candidate.id());
            }
        }
        if (policy.maxBytes() != null) {
            tooLarge(newestFirst, files, policy.maxBytes(), going);
        }
        return newestFirst.stream().map(Candidate::id).filter(going::contains).toList();
    }

    private static boolean stays(Candidate candidate) {
        return candidate.pinned() || candidate.current() || candidate.inUse();
    }

    /// Oldest ones, until what the others are made of is within `most`.
    private static void tooLarge(
            List<Candidate> newestFirst, Map<String, Map<String, Long>> files, long most, Set<String> going) {
        Map<String, Integer> holders = new HashMap<>();
        long total = 0;
        for (Candidate candidate : newestFirst) {
            if (!going.contains(candidate.id())) {
                for (var file : files.getOrDefault(candidate.id(), Map.of()).entrySet()) {
                    total += holders.merge(file.getKey(), 1, Integer::sum) == 1 ? file.getValue() : 0;
                }
            }
        }
        for (Candidate candidate : new ArrayList<>(newestFirst).reversed()) {
            if (total <= most) {
                return;
            }
            if (!stays(candidate) && going.add(candidate.id())) {
                for (var file : files.getOrDefault(candidate.id(), Map.of()).entrySet()) {
                    total -= holders.merge(file.getKey(), -1, Integer::sum) == 0 ? file.getValue() : 0;
                }
            }
        }
    }
}
