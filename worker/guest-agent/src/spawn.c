#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The child shares the agent's memory until it execs (as vfork), because copying page tables costs more than all the
 * rest under emulation. So it may write only to its own stack and to the spawn record, and that record needs no error
 * pipe: when the call returns, the child has run the program or said why not. */
#define STACK (64u << 10)
#define INTO_CGROUP 0x200000000ULL

static char *stack;
static bool reset_oom;
static struct rlimit files;

void spawn_setup(bool init) {
    stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack == MAP_FAILED) stack = NULL;
    reset_oom = init;
    getrlimit(RLIMIT_NOFILE, &files);
    if (init) files = (struct rlimit){1024, 1u << 19}; /* as systemd gives services */
    struct rlimit own = {4096, files.rlim_max}; /* 256 execs with three pipes each, and leftovers */
    if (own.rlim_cur > own.rlim_max) own.rlim_cur = own.rlim_max;
    setrlimit(RLIMIT_NOFILE, &own);
}

int spawn_signal(pid_t group, int number) { return kill(-group, number) == 0 ? 0 : errno; }

static void fail(struct spawn *s, enum exec_stage stage) {
    s->error = errno;
    s->stage = stage;
    syscall(SYS_exit_group, 127);
}

static void say_zero(const char *path) {
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (write(fd, "0", 1) < 0) errno = 0; /* nothing better to do: the exec is only easier to kill */
    close(fd);
}

static void become(struct spawn *s) {
    const struct user *u = s->user;
    if (u->uid == getuid() && u->gid == getgid() && getuid() != 0) return; /* the stub without root: as it is */
    /* The raw calls: libc's would want to tell other threads, in memory that is not ours. */
    if (syscall(SYS_setgroups, u->group_count, u->groups) < 0 || syscall(SYS_setgid, u->gid) < 0
        || syscall(SYS_setuid, u->uid) < 0)
        fail(s, STAGE_USER);
}

static void run(struct spawn *s) {
    const char *name = s->argv[0];
    if (strchr(name, '/')) {
        execve(name, s->argv, s->envp);
        fail(s, STAGE_EXEC);
    }
    int worst = ENOENT;
    size_t length = strlen(name);
    char path[PATH_MAX];
    for (const char *dir = s->path; length; dir++) {
        size_t n = strcspn(dir, ":");
        if (n + length + 2 <= sizeof path) {
            memcpy(path, dir, n);
            path[n] = '/';
            memcpy(path + n + (n > 0), name, length + 1); /* an empty element is the working directory */
            execve(path, s->argv, s->envp);
            if (errno == EACCES) worst = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR) fail(s, STAGE_EXEC);
        }
        dir += n;
        if (!*dir) break;
    }
    errno = worst;
    fail(s, STAGE_EXEC);
}

static int child(void *argument) {
    struct spawn *s = argument;
    setsid();
    for (int i = 0; i < 3; i++)
        if (dup2(s->fds[i], i) < 0) fail(s, STAGE_RESOURCES);
    struct sigaction plain = {.sa_handler = SIG_DFL};
    sigaction(SIGPIPE, &plain, NULL);
    sigaction(SIGHUP, &plain, NULL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (reset_oom) say_zero("/proc/self/oom_score_adj");
    setrlimit(RLIMIT_NOFILE, &files);
    umask(022);
    become(s);
    if (chdir(s->home) < 0 && chdir("/") < 0) fail(s, STAGE_CWD);
    if (*s->cwd && chdir(s->cwd) < 0) fail(s, STAGE_CWD);
    run(s);
    return 127;
}

#ifdef __x86_64__
/* clone3 straight into the cgroup: moving a process there afterwards waits for an RCU grace period, which is several
 * times an exec. libc has no clone3, and no wrapper could return twice on a shared stack, hence the few instructions. */
static long clone_into(struct spawn *s) {
    struct {
        uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
    } args = {.flags = CLONE_VM | CLONE_VFORK | INTO_CGROUP, .exit_signal = SIGCHLD, .stack = (uintptr_t)stack,
              .stack_size = STACK, .cgroup = (uint64_t)s->leaf_fd};
    long result;
    register int (*entry)(void *) __asm__("r12") = child;
    register struct spawn *argument __asm__("r13") = s;
    __asm__ volatile(
        "syscall\n\t"
        "test %%rax, %%rax\n\t"
        "jnz 1f\n\t"
        "xor %%ebp, %%ebp\n\t"
        "mov %%r13, %%rdi\n\t"
        "call *%%r12\n\t"
        "hlt\n"
        "1:"
        : "=a"(result)
        : "a"(SYS_clone3), "D"(&args), "S"(sizeof args), "r"(entry), "r"(argument)
        : "rcx", "r11", "memory");
    if (result < 0) errno = (int)-result;
    return result < 0 ? -1 : result;
}
#else
static long clone_into(struct spawn *s) {
    (void)s;
    errno = ENOSYS;
    return -1;
}
#endif

/* A kernel without clone3, or no leaf: an ordinary clone, then the move. */
static int child_moves(void *argument) {
    struct spawn *s = argument;
    int fd = s->leaf_fd < 0 ? -1 : openat(s->leaf_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (fd >= 0 && write(fd, "0", 1) < 0) fail(s, STAGE_RESOURCES);
    return child(s);
}

pid_t spawn_start(struct spawn *s) {
    s->stage = STAGE_NONE;
    s->error = 0;
    long pid = -1;
    errno = ENOMEM;
    if (stack && s->leaf_fd >= 0) pid = clone_into(s);
    if (stack && pid < 0 && (s->leaf_fd < 0 || errno == ENOSYS || errno == EINVAL || errno == E2BIG))
        pid = clone(child_moves, stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, s);
    if (pid < 0) {
        s->stage = STAGE_RESOURCES;
        s->error = errno;
    }
    /* A child that failed is a child all the same: the reaper meets it as a pid it does not know. */
    return s->stage == STAGE_NONE ? (pid_t)pid : -1;
}
