package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Decision;
import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.store.CheckpointRow;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Lifetime;
import dev.noid.gateway.store.NewVm;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.Ids;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.Problem;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobSpec.Shape;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `POST /vms`.
public final class Creates {
    private static final Logger log = LoggerFactory.getLogger(Creates.class);
    private static final String DEFAULT_IMAGE = "busybox";

    private final Submit submit;
    private final Placement placement;
    private final Ids ids;
    private final RandomGenerator random;
    private final VmNames names;
    private final int partitions;

    /// @param partitions of `noid.events` and `noid.output`, which VMs are spread over
    public Creates(Submit submit, Placement placement, Ids ids, RandomGenerator random, int partitions) {
        this.submit = submit;
        this.placement = placement;
        this.ids = ids;
        this.random = random;
        this.names = new VmNames(random);
        this.partitions = partitions;
    }

    public JobRow create(Asked asked, CreateVm body) {
        return submit.job(asked, tx -> inTransaction(tx, asked, body));
    }

    /// @param name of the body
    public Created ifMissing(Asked asked, String name, CreateVm body) {
        return submit.once(
                asked,
                (tx, kept) -> kept.job() == null
                        ? new Created.Before(tx.vms().find(asked.tenant(), name).orElseThrow(() -> Refused.noVm(name)))
                        : new Created.ByJob(Submit.before(tx, asked.tenant(), kept.job())),
                tx -> ifMissing(tx, asked, name, body));
    }

    /// Many at once make one: whoever could not insert has waited for the one who did.
    private Fresh<Created> ifMissing(Tx tx, Asked asked, String name, CreateVm body) {
        return Existing.find(tx, asked.tenant(), name, body)
                .map(there -> there(there))
                .orElseGet(() -> {
                    Plan plan = plan(tx, asked, body);
                    Made made = insert(tx, asked.tenant(), name, plan);
                    if (made == null) {
                        return Existing.find(tx, asked.tenant(), name, body)
                                .map(there -> there(there))
                                .orElseThrow(() -> new Refused(taken(name)));
                    }
                    Accepted accepted = accepted(tx, plan, made);
                    return new Fresh<>(
                            new Created.ByJob(Submit.row(tx, asked.tenant(), made.job())),
                            made.job(),
                            null,
                            accepted.decision(),
                            List.of());
                });
    }

    private static Fresh<Created> there(Created created) {
        String job = created instanceof Created.ByJob(JobRow row) ? row.id() : null;
        return new Fresh<>(created, job, null, Decision.NOTHING, List.of());
    }

    private Accepted inTransaction(Tx tx, Asked asked, CreateVm body) {
        Plan plan = plan(tx, asked, body);
        Made made =
                body.name() == null ? madeUp(tx, asked.tenant(), plan) : insert(tx, asked.tenant(), body.name(), plan);
        if (made == null) {
            throw new Refused(taken(String.valueOf(body.name())));
        }
        return accepted(tx, plan, made);
    }

    private Accepted accepted(Tx tx, Plan plan, Made made) {
        return Accepted.of(
                made.job(),
                plan.checkpoint() == null ? placement.ofCreate(tx, made.job()) : placement.ofHeld(tx, made.vm(), true));
    }

    /// What is said of a VM beside what it is made of.
    record Wishes(Lifetime lifetime, @Nullable Map<String, String> labels) {}

    /// @param checkpoint id; null begins with the image
    private record Plan(String image, Shape shape, @Nullable String checkpoint, Wishes wishes) {
        static Plan from(CheckpointRow checkpoint, Wishes wishes) {
            return new Plan(checkpoint.digest(), checkpoint.shape(), checkpoint.id(), wishes);
        }
    }

    /// The rows of one create.
    record Made(String vm, String job) {}

    private static Plan plan(Tx tx, Asked asked, CreateVm body) {
        Wishes wishes = new Wishes(
                new Lifetime(
                        body.ttlSeconds(),
                        body.idleStopSeconds(),
                        body.leaseSeconds(),
                        Boolean.TRUE.equals(body.ephemeral())),
                body.labels());
        if (body.checkpoint() != null) {
            tx.checkpoints().lockTrees(asked.tenant());
            return Plan.from(Naming.complete(tx, asked.tenant(), body.checkpoint(), null), wishes);
        }
        String image = image(tx, Objects.requireNonNullElse(body.image(), DEFAULT_IMAGE));
        Shape shape = new Shape(
                Objects.requireNonNullElse(body.memoryMib(), 256),
                Objects.requireNonNullElse(body.cpus(), 1),
                Objects.requireNonNullElse(body.diskMib(), 512));
        checkMemory(tx, image, shape);
        return new Plan(image, shape, null, wishes);
    }

    private Made madeUp(Tx tx, String tenant, Plan plan) {
        while (true) {
            Made made = insert(tx, tenant, names.next(), plan);
            if (made != null) {
                return made;
            }
        }
    }

    /// A VM that goes on from a checkpoint, which may still be pending. Null when the name is taken. Needs the trees.
    @Nullable
    Made insert(Tx tx, String tenant, String name, CheckpointRow from, Wishes wishes) {
        return insert(tx, tenant, name, Plan.from(from, wishes));
    }

    private @Nullable Made insert(Tx tx, String tenant, String name, Plan plan) {
        String vm = ids.vm();
        int partition = random.nextInt(partitions);
        Wishes wishes = plan.wishes();
        if (!tx.vms()
                .insert(new NewVm(
                        vm,
                        tenant,
                        name,
                        plan.image(),
                        plan.shape(),
                        partition,
                        plan.checkpoint(),
                        wishes.lifetime(),
                        wishes.labels()))) {
            return null;
        }
        String job = ids.job();
        tx.jobs().insert(job, tenant, vm, new JobSpec.Create(name, plan.image(), plan.shape(), plan.checkpoint()));
        log.info(
                "create accepted vm={} name={} job={} memoryMib={} checkpoint={}",
                vm,
                name,
                job,
                plan.shape().memoryMib(),
                plan.checkpoint());
        return new Made(vm, job);
    }

    static Problem taken(String name) {
        return Problem.of(
                409,
                "name_in_use",
                "Name in use",
                "There is a VM named '" + name + "' already.",
                "choose another name, or remove it first: noid rm " + name);
    }

    static String image(Tx tx, String wanted) {
        return tx.hosts().imageDigest(wanted).orElseThrow(() -> {
            List<String> there = tx.hosts().imageNames();
            return Refused.field(
                    422,
                    "unknown_image",
                    "Unknown image",
                    "/image",
                    there.isEmpty()
                            ? "There is no image '" + wanted + "': no host has any image yet."
                            : "There is no image '" + wanted + "'. There are: " + String.join(", ", there) + ".",
                    there.isEmpty() ? "is a worker running? noid status" : "noid image ls");
        });
    }

    private static void checkMemory(Tx tx, String image, Shape shape) {
        int largest = tx.hosts().largestMemoryMib(image).orElse(0);
        if (shape.memoryMib() > largest) {
            throw Refused.field(
                    422,
                    "memory_too_large",
                    "No host is that large",
                    "/memoryMib",
                    "memoryMib is " + shape.memoryMib() + ", but the largest host gives its VMs " + largest
                            + " MiB together.",
                    "ask for at most " + largest);
        }
    }
}
