package dev.noid.system;

/// A process in a VM that keeps a number nowhere but in its own memory.
record Counter(Vm vm) {
    private static final String PROGRAM = """
            cd /srv; mkfifo add now
            (n=0; while read -r more < add; do n=$((n + more)); echo $n > now; done) > /dev/null 2>&1 &
            """;

    static Counter start(Vm vm) {
        vm.sh(PROGRAM);
        return new Counter(vm);
    }

    /// The number now.
    int add(int more) {
        return Integer.parseInt(
                vm.sh("cd /srv; echo " + more + " > add; cat now").strip());
    }
}
