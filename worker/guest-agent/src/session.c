#include "session.h"

#include <errno.h>
#include <stdlib.h>

#include "bytes.h"
#include "clock.h"
#include "guest.h"
#include "identity.h"
#include "input.h"
#include "life.h"
#include "log.h"
#include "output.h"
#include "quiesce.h"
#include "reinit.h"
#include "sender.h"
#include "spawn.h"
#include "stop.h"
#include "table.h"

#define PROTOCOL 2
#define STRINGS_MOST 8192 /* 4,096 of argv and as many of the environment, as the host's API has it */
#define SIGNAL_MOST 64
#define FLAG_STDIN 1
#define FLAG_TTY 2

static void detach(struct exec *e) { e->channel = 0; }

void session_close(struct agent *a) {
    quiesce_cancel(a);
    a->session = 0;
    parts_drop(&a->parts);
    for (int i = 0; i < EXEC_LIMIT; i++) detach(&a->execs[i]);
}

static void hello_ok(struct agent *a) {
    struct out out = sender_begin(a);
    out16(&out, a->protocol);
    out_text(&out, a->boot_id);
    out64(&out, a->generation);
    out8(&out, a->still == STILL);
    uint8_t *count_at = out.at;
    uint32_t count = 0;
    out32(&out, 0);
    for (int i = 0; i < EXEC_LIMIT; i++) {
        const struct exec *e = &a->execs[i];
        if (!e->used) continue;
        out_text(&out, e->id);
        out8(&out, (uint8_t)e->state);
        count++;
    }
    put32(count_at, count);
    sender_end(a, HELLO_OK, 0, &out);
}

static void hello(struct agent *a, const struct frame *f, struct in *in) {
    uint16_t theirs = in16(in);
    uint64_t generation = in64(in), wall = in64(in);
    struct text hostname = in_text(in);
    if (!in_done(in)) return;
    bool first = a->session == 0;
    session_close(a);
    a->session = f->session;
    a->protocol = theirs < PROTOCOL ? 1 : PROTOCOL; /* an older host is spoken to as it understands */
    sender_reset(a, a->carrier.pipe && !first);
    /* A host of an earlier generation is told of the later one, and gets no further. One that is still may be a copy of
       a VM that was replaced more often than the VM it is now. */
    bool ours = generation >= a->generation || a->still == STILL;
    if (ours) {
        a->generation = generation;
        /* Still, it may be a copy that has yet to be told who it is. */
        if (a->init && !a->still) guest_adopt(wall, hostname);
    }
    hello_ok(a);
    if (!ours) {
        log_line("session refused generation=%llu known=%llu", (unsigned long long)generation,
                 (unsigned long long)a->generation);
        a->session = 0;
        return;
    }
    log_line("session open session=%08x generation=%llu", f->session, (unsigned long long)generation);
}

static void attach(struct agent *a, struct exec *e, uint32_t channel) {
    struct exec *other = table_by_channel(a, channel);
    if (other && other != e) {
        sender_refuse(a, channel, CHANNEL_IN_USE, e->id);
        return;
    }
    e->channel = channel;
    for (int i = 0; i < 2; i++) e->out[i].sent = e->out[i].ring.start;
    e->tell_started = e->pid != 0;
    e->tell_stdin = e->in.closed;
    e->tell_exited = e->state == STATE_ENDED;
}

struct strings {
    char **list; /* argv, NULL, environment, NULL, and the bytes of all of them */
    char *text;
};

static bool add_list(struct in *in, struct strings *s, size_t *used, size_t *most) {
    uint32_t count = in32(in);
    if (in->bad || count > *most) return false;
    *most -= count;
    for (uint32_t i = 0; i < count; i++) {
        struct text t = in_text(in);
        if (in->bad) return false;
        s->list[(*used)++] = s->text;
        memcpy(s->text, t.at, t.length);
        s->text[t.length] = 0;
        s->text += t.length + 1;
    }
    s->list[(*used)++] = NULL;
    return true;
}

/* NULL, or what is wrong with it. */
static const char *read_request(struct in *in, struct strings *s, struct request *r) {
    size_t used = 0, most = STRINGS_MOST;
    if (!add_list(in, s, &used, &most)) return "argv";
    if (used < 2 || !*s->list[0]) return "argv is empty";
    r->argv = s->list;
    r->given = s->list + used;
    if (!add_list(in, s, &used, &most)) return "environment";
    for (char **entry = r->given; *entry; entry++)
        if (!strchr(*entry, '=') || **entry == '=') return "environment is not NAME=value";
    struct text cwd = in_text(in);
    if (in->bad) return "cwd";
    memcpy(s->text, cwd.at, cwd.length);
    s->text[cwd.length] = 0;
    r->cwd = s->text;
    r->user = in_text(in);
    return in_done(in) ? NULL : "user";
}

static void exec(struct agent *a, const struct frame *f, struct in *in) {
    struct request r = {0};
    /* One by one: in an initializer C may read them in any order. */
    r.timeout_ms = in64(in);
    r.grace_ms = in32(in);
    uint8_t flags = in8(in);
    struct text id = in_text(in);
    if (in->bad || id.length == 0 || id.length > EXEC_ID_MAX || f->channel == 0) {
        sender_refuse(a, f->channel, BAD_REQUEST, "exec id");
        return;
    }
    struct exec *e = table_by_id(a, id);
    if (e) {
        attach(a, e, f->channel);
        return;
    }
    if (flags & FLAG_TTY || flags & ~(FLAG_STDIN | FLAG_TTY)) {
        sender_refuse(a, f->channel, BAD_REQUEST, "EINVAL: flags");
        return;
    }
    r.stdin_pipe = flags & FLAG_STDIN;
    if (a->stopping) {
        sender_refuse(a, f->channel, SHUTTING_DOWN, "");
        return;
    }
    if (table_by_channel(a, f->channel)) {
        sender_refuse(a, f->channel, CHANNEL_IN_USE, "");
        return;
    }
    /* Every string brings a 4-byte count in the frame, so text and ends fit in the payload's own size. */
    struct strings s = {.list = malloc((STRINGS_MOST + 2) * sizeof(char *)), .text = malloc(f->length + 1)};
    char *text = s.text;
    const char *wrong = s.list && s.text ? read_request(in, &s, &r) : "no memory";
    if (wrong) {
        sender_refuse(a, f->channel, BAD_REQUEST, wrong);
    } else if (!(e = table_add(a, id))) {
        sender_refuse(a, f->channel, TABLE_FULL, "");
    } else {
        e->channel = f->channel;
        life_start(a, e, &r);
    }
    free(s.list);
    free(text);
}

static void exec_part(struct agent *a, const struct frame *f, struct in *in) {
    enum parts_state state = parts_add(&a->parts, f->channel, in);
    if (state == PARTS_MORE) return;
    if (state == PARTS_BAD) {
        sender_refuse(a, f->channel, BAD_REQUEST, "part of an exec");
        return;
    }
    struct frame whole = {f->session, f->channel, EXEC, a->parts.total, a->parts.bytes};
    struct in all = {whole.payload, whole.length, false};
    exec(a, &whole, &all);
    parts_drop(&a->parts);
}

static void forget(struct agent *a, const struct frame *f, struct in *in) {
    struct text id = in_text(in);
    struct exec *e = in_done(in) ? table_by_id(a, id) : NULL;
    if (!e || e->state != STATE_ENDED) {
        sender_refuse(a, f->channel, e ? BAD_REQUEST : UNKNOWN_EXEC, e ? "not ended" : "");
        return;
    }
    life_forget(a, e);
    struct out out = sender_begin(a);
    sender_end(a, FORGOTTEN, f->channel, &out);
}

static void signalled(struct agent *a, struct exec *e, uint32_t number) {
    /* Once the leader is reaped the group's number is ours only while a descendant keeps it: the kernel says ESRCH if
     * not. When the whole exec is over, nobody asks. */
    int error = ESRCH;
    if (number > SIGNAL_MOST) error = EINVAL;
    else if (e->state == STATE_RUNNING) error = spawn_signal(e->pid, (int)number);
    struct out out = sender_begin(a);
    out32(&out, number);
    out32(&out, (uint32_t)error);
    sender_end(a, SIGNALLED, e->channel, &out);
}

static void pong(struct agent *a, struct in *in) {
    uint64_t token = in64(in);
    if (!in_done(in)) return;
    struct out out = sender_begin(a);
    out64(&out, token);
    sender_end(a, PONG, 0, &out);
}

static void thaw(struct agent *a, struct in *in) {
    uint64_t wall = in64(in);
    if (!in_done(in)) return;
    bool still = a->still;
    if (a->init) guest_clock(wall);
    quiesce_end(a);
    if (a->init && still) identity_thawed();
    struct out out = sender_begin(a);
    sender_end(a, THAWED, 0, &out);
    if (still) log_line("thawed");
}

/* Frames of a channel that has an exec. */
static void exec_frame(struct agent *a, struct exec *e, const struct frame *f, struct in *in) {
    if (f->type == STDIN || f->type == STDIN_EOF) {
        uint64_t offset = in64(in);
        if (in->bad) return;
        if (f->type == STDIN) input_bytes(a, e, offset, in->at, in->left);
        else input_end(a, e, offset);
    } else if (f->type == OUTPUT_ACK) {
        uint8_t stream = in8(in);
        uint64_t offset = in64(in);
        if (in_done(in) && (stream == 1 || stream == 2)) output_acknowledged(a, e, stream - 1, offset);
    } else if (f->type == SIGNAL) {
        uint32_t number = in32(in);
        if (in_done(in)) signalled(a, e, number);
        else sender_refuse(a, f->channel, BAD_REQUEST, "signal");
    } else if (f->type == KILL) {
        uint32_t grace = in32(in);
        in8(in);
        if (in_done(in)) life_kill(a, e, grace, WHY_KILLED);
        else sender_refuse(a, f->channel, BAD_REQUEST, "kill");
    }
}

void session_frame(struct agent *a, const struct frame *f) {
    struct in in = {f->payload, f->length, false};
    if (f->type == HELLO) {
        if (f->channel == 0) hello(a, f, &in);
        return;
    }
    if (f->session != a->session || !quiesce_hears(a, f->type)) return;
    if (f->type == QUIESCE) {
        uint32_t within = in32(&in);
        if (in_done(&in)) quiesce_begin(a, within);
    } else if (f->type == THAW) {
        thaw(a, &in);
    } else if (f->type == REINIT) {
        reinit(a, &in);
    } else if (f->type == PING) {
        pong(a, &in);
    } else if (f->type == SHUTDOWN) {
        uint32_t grace = in32(&in);
        if (in_done(&in)) stop_begin(a, grace);
    } else if (f->type == EXEC) {
        exec(a, f, &in);
    } else if (f->type == EXEC_PART) {
        exec_part(a, f, &in);
    } else if (f->type == FORGET) {
        forget(a, f, &in);
    } else if (f->type == ATTACH) {
        struct text id = in_text(&in);
        struct exec *e = in_done(&in) ? table_by_id(a, id) : NULL;
        if (e && f->channel) attach(a, e, f->channel);
        else sender_refuse(a, f->channel, UNKNOWN_EXEC, "");
    } else {
        struct exec *e = table_by_channel(a, f->channel);
        bool quiet = f->type == STDIN || f->type == STDIN_EOF || f->type == OUTPUT_ACK; /* late ones are no mistake */
        if (e && f->type <= KILL) exec_frame(a, e, f, &in);
        else if (!quiet) sender_refuse(a, f->channel, f->type <= KILL ? UNKNOWN_EXEC : BAD_REQUEST, "");
    }
}
