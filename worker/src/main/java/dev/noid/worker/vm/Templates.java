package dev.noid.worker.vm;

import dev.noid.schema.Deadline;
import dev.noid.schema.job.JobError;
import dev.noid.worker.checkpoint.Manifest;
import dev.noid.worker.checkpoint.SavedDirectory;
import dev.noid.worker.engine.Boot;
import dev.noid.worker.engine.Engine;
import dev.noid.worker.engine.EngineResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `images/{digest}/template/{key}/`: VMs saved right after their first boot, one for each shape and engine build. A
/// create is a restore of one; the first create of a shape boots, and is saved before anybody has it.
public final class Templates {
    private static final Logger log = LoggerFactory.getLogger(Templates.class);
    private static final int KEY = 16;
    private static final Duration REHEARSAL = Duration.ofSeconds(20);

    private final Engine engine;
    private final Images images;
    private final VmSaves saves;
    private final Rehearsal rehearsal = new Rehearsal();
    /// Being made: the others of that shape boot meanwhile.
    private final Set<SavedDirectory> making = ConcurrentHashMap.newKeySet();

    public Templates(Engine engine, Images images, VmSaves saves) {
        this.engine = engine;
        this.images = images;
        this.saves = saves;
    }

    /// The one for a VM like this, when it is there.
    public Optional<SavedDirectory> find(VmRecord record) {
        return images.find(record.image()).map(image -> place(image, record)).filter(place -> place.read()
                .isPresent());
    }

    private SavedDirectory place(Path image, VmRecord record) {
        return place(image, images.boot(record));
    }

    private SavedDirectory place(Path image, Boot boot) {
        String what = boot.shape() + "\n" + engine.fingerprint(boot).parts();
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(what.getBytes(StandardCharsets.UTF_8));
            String key = HexFormat.of().formatHex(digest).substring(0, KEY);
            return new SavedDirectory(image.resolve("template"), key);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Removes those that no create will look for: of another build of engine, host or agent than is here.
    /// Nobody needs one later, as what comes from it has links of its own. At the start only: then the engine
    /// is known to be there.
    public void sweep() {
        for (Path image : images.directories()) {
            for (SavedDirectory place : SavedDirectory.in(image.resolve("template"))) {
                if (!making.contains(place) && !wanted(image, place)) {
                    log.info("template of another build removed key={} image={}", place.name(), image.getFileName());
                    remove(place);
                }
            }
        }
    }

    private boolean wanted(Path image, SavedDirectory place) {
        return place.read()
                .map(manifest -> place(image, new Boot("", image, manifest.shape(), 1, List.of())))
                .filter(place::equals)
                .isPresent();
    }

    /// Saves a VM that has just booted, unless there is one like it. Without one the next create boots too, so
    /// what fails here fails nothing else; but a VM that shares its random numbers with what was saved is no
    /// VM for anybody.
    ///
    /// @return whether the VM may be handed out
    public boolean make(LiveVm live, BooleanSupplier unwanted, Timing timing) {
        Optional<SavedDirectory> place = images.find(live.record().image()).map(image -> place(image, live.record()));
        if (place.isEmpty() || !making.add(place.get())) {
            return true;
        }
        try {
            return place.get().read().isPresent() || make(live, place.get(), unwanted, timing);
        } catch (RuntimeException e) {
            log.warn("template not made key={}", place.get().name(), e);
            remove(place.get());
            return false;
        } finally {
            making.remove(place.get());
        }
    }

    private boolean make(LiveVm live, SavedDirectory place, BooleanSupplier unwanted, Timing timing) {
        String vm = live.record().vm();
        if (!rehearsal.whole(live.machine().guest(), vm, REHEARSAL)) {
            log.warn("template not made, the guest did not rehearse key={} vm={}", place.name(), vm);
            return becomesItself(live);
        }
        timing.lap("rehearsal");
        VmRecord intent = live.record();
        return switch (saves.save(live, intent, new VmSaves.Into(place.begin(), Optional.empty()), unwanted, timing)) {
            case EngineResult.Failed<VmSaves.Still>(JobError error, boolean _) -> {
                log.warn("template not made key={} error={} \"{}\"", place.name(), error.code(), error.message());
                remove(place);
                yield becomesItself(live);
            }
            case EngineResult.Ok<VmSaves.Still>(VmSaves.Still still) -> {
                double pause = saves.goOn(still);
                VmSaves.About about = new VmSaves.About(place.name(), null, null, pause);
                EngineResult<Manifest> kept = saves.keep(still, place, about, () -> {});
                timing.lap("template");
                if (kept instanceof EngineResult.Failed<Manifest>(JobError error, boolean _)) {
                    log.warn("template not made key={} error={} \"{}\"", place.name(), error.code(), error.message());
                    remove(place);
                } else {
                    log.info(
                            "template made key={} image={}",
                            place.name(),
                            live.record().image());
                }
                yield becomesItself(live);
            }
        };
    }

    private boolean becomesItself(LiveVm live) {
        return rehearsal.becomeAnother(live.machine().guest(), live.record().name(), Deadline.after(REHEARSAL));
    }

    private static void remove(SavedDirectory place) {
        try {
            place.remove();
        } catch (RuntimeException e) {
            log.warn("template not removed key={}", place.name(), e);
        }
    }
}
