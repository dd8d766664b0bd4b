package dev.noid.worker.engine;

/// What an engine can see of its VMM beside the process.
public interface VmmEye extends AutoCloseable {
    /// The guest ended it, as far as the VMM said; asked after the end.
    boolean guestShutDown();

    /// The last of what the guest's console said, for a person to whom its boot failed; may be empty.
    String console();

    @Override
    void close();

    /// Sees nothing.
    static VmmEye blind() {
        return new VmmEye() {
            @Override
            public boolean guestShutDown() {
                return false;
            }

            @Override
            public String console() {
                return "";
            }

            @Override
            public void close() {
                // Nothing is open.
            }
        };
    }
}
