package dev.noid.gateway.submit;

import dev.noid.gateway.placement.Placement;
import dev.noid.gateway.store.JobRow;
import dev.noid.gateway.store.Tx;
import dev.noid.schema.Ids;
import dev.noid.schema.api.CreateVm;
import dev.noid.schema.api.Problem;
import dev.noid.schema.job.JobSpec;
import dev.noid.schema.job.JobSpec.Shape;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
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

    private Accepted inTransaction(Tx tx, Asked asked, CreateVm body) {
        String image = image(tx, Objects.requireNonNullElse(body.image(), DEFAULT_IMAGE));
        Shape shape = new Shape(
                Objects.requireNonNullElse(body.memoryMib(), 256),
                Objects.requireNonNullElse(body.cpus(), 1),
                Objects.requireNonNullElse(body.diskMib(), 512));
        checkMemory(tx, image, shape);
        String vm = ids.vm();
        String name = insert(tx, vm, asked, body, image, shape);
        String job = ids.job();
        tx.jobs().insert(job, asked.tenant(), vm, new JobSpec.Create(name, image, shape));
        log.info("create accepted vm={} name={} job={} memoryMib={}", vm, name, job, shape.memoryMib());
        return Accepted.of(job, placement.ofHeld(tx, vm, true));
    }

    private String insert(Tx tx, String vm, Asked asked, CreateVm body, String image, Shape shape) {
        int partition = random.nextInt(partitions);
        if (body.name() != null) {
            if (!tx.vms().insert(vm, asked.tenant(), body.name(), image, shape, partition)) {
                throw Refused.conflict(
                        "name_in_use",
                        "Name in use",
                        "There is a VM named '" + body.name() + "' already.",
                        "choose another name, or remove it first: noid rm " + body.name());
            }
            return body.name();
        }
        while (true) {
            String name = names.next();
            if (tx.vms().insert(vm, asked.tenant(), name, image, shape, partition)) {
                return name;
            }
        }
    }

    private static String image(Tx tx, String wanted) {
        return tx.hosts().imageDigest(wanted).orElseThrow(() -> {
            List<String> there = tx.hosts().imageNames();
            return field(
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
            throw field(
                    "memory_too_large",
                    "No host is that large",
                    "/memoryMib",
                    "memoryMib is " + shape.memoryMib() + ", but the largest host gives its VMs " + largest
                            + " MiB together.",
                    "ask for at most " + largest);
        }
    }

    private static Refused field(String code, String title, String pointer, String detail, String hint) {
        return new Refused(Problem.of(422, code, title, detail, hint)
                .withErrors(List.of(new Problem.FieldError(pointer, detail))));
    }
}
