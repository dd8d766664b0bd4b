#include "sender.h"

#include <errno.h>
#include <unistd.h>

#include "input.h"
#include "table.h"

/* OUTPUT is gathered to about this much a write: what comes after it in time waits no longer than this takes. */
#define GATHER (64u << 10)
#define ROUNDS 16

bool sender_has_room(const struct sender *s) { return sizeof s->bytes - (s->to - s->head) >= 3 * FRAME_MAX; }

struct out sender_begin(struct agent *a) {
    struct sender *s = &a->sender;
    if (sizeof s->bytes - s->to < FRAME_MAX && s->head) {
        memmove(s->bytes, s->bytes + s->head, s->to - s->head);
        s->to -= s->head;
        s->from -= s->head;
        s->head = 0;
    }
    return (struct out){s->bytes + s->to + FRAME_HEADER};
}

void sender_end(struct agent *a, uint8_t type, uint32_t channel, const struct out *out) {
    uint8_t *at = a->sender.bytes + a->sender.to;
    uint32_t length = (uint32_t)(out->at - at) - FRAME_HEADER;
    frame_seal(at, a->session, channel, type, length);
    a->sender.to += FRAME_HEADER + length;
}

void sender_refuse(struct agent *a, uint32_t channel, uint8_t why, const char *detail) {
    struct out out = sender_begin(a);
    out8(&out, why);
    out_text(&out, detail);
    sender_end(a, REFUSED, channel, &out);
}

/* The end of what begins at `at`: a frame, or one byte of fill. */
static size_t unit_end(const struct sender *s, size_t at) {
    struct frame frame;
    if (s->bytes[at] != FRAME_MAGIC >> 24 || !frame_header(s->bytes + at, &frame)) return at + 1;
    return at + FRAME_HEADER + frame.length;
}

static void advance(struct sender *s, size_t count) {
    s->from += count;
    while (s->head < s->from && unit_end(s, s->head) <= s->from) s->head = unit_end(s, s->head);
    if (s->from == s->to) s->head = s->from = s->to = 0;
}

void sender_reset(struct agent *a, bool fill) {
    struct sender *s = &a->sender;
    s->to = s->from == s->head ? s->from : unit_end(s, s->head);
    if (!fill) return;
    /* What the new host finds in the pipe may be the second half of an OUTPUT, and so any bytes a guest program liked,
     * a header of a long frame among them. As the host's fill does for us, this completes it. */
    sender_begin(a);
    memset(s->bytes + s->to, 0xff, FRAME_MAX);
    s->to += FRAME_MAX;
}

static void add_started(struct agent *a, struct exec *e) {
    struct out out = sender_begin(a);
    out32(&out, (uint32_t)e->pid);
    out64(&out, e->in.ring.start);
    out64(&out, input_granted(e));
    sender_end(a, STARTED, e->channel, &out);
    e->tell_started = false;
}

static void add_stdin(struct agent *a, struct exec *e) {
    struct out out = sender_begin(a);
    out64(&out, e->in.ring.start);
    out64(&out, input_granted(e));
    out8(&out, e->in.closed);
    sender_end(a, STDIN_ACK, e->channel, &out);
    e->tell_stdin = false;
}

static bool all_sent(const struct exec *e) {
    return e->out[0].sent == e->out[0].ring.end && e->out[1].sent == e->out[1].ring.end;
}

static void add_exited(struct agent *a, struct exec *e) {
    struct out out = sender_begin(a);
    out8(&out, (uint8_t)e->how);
    out32(&out, e->code);
    out8(&out, (uint8_t)e->stage);
    /* A host that speaks protocol 1 knows no other reason. */
    out8(&out, (uint8_t)(a->protocol < 2 && e->why == WHY_MEMORY ? WHY_ITSELF : e->why));
    out64(&out, e->out[0].ring.end);
    out64(&out, e->out[1].ring.end);
    out64(&out, e->how == HOW_FAILED ? 0 : (uint64_t)(e->ended_at - e->started_at));
    sender_end(a, EXITED, e->channel, &out);
    e->tell_exited = false;
}

static void add_states(struct agent *a) {
    for (struct exec *e = a->execs; e < a->execs + EXEC_LIMIT; e++) {
        if (!e->used || !e->channel || !sender_has_room(&a->sender)) continue;
        if (e->tell_started) add_started(a, e);
        if (e->tell_stdin) add_stdin(a, e);
        if (e->tell_exited && all_sent(e)) add_exited(a, e);
    }
}

static bool add_output(struct agent *a, struct exec *e, int number) {
    struct stream *s = &e->out[number];
    uint64_t left = s->ring.end - s->sent;
    if (left == 0) return false;
    uint32_t count = left < OUTPUT_CHUNK ? (uint32_t)left : OUTPUT_CHUNK;
    struct out out = sender_begin(a);
    out8(&out, (uint8_t)(number + 1));
    out64(&out, s->sent);
    ring_copy(&s->ring, s->sent, out.at, count);
    out.at += count;
    sender_end(a, OUTPUT, e->channel, &out);
    s->sent += count;
    return true;
}

/* One frame of the next exec that has any; stdout and stderr take turns by whose turn number is odd. */
static bool add_next_output(struct agent *a) {
    for (unsigned i = 0; i < 2 * EXEC_LIMIT; i++) {
        unsigned turn = a->sender.turn++ % (2 * EXEC_LIMIT);
        struct exec *e = &a->execs[turn % EXEC_LIMIT];
        if (e->used && e->channel && add_output(a, e, (int)(turn / EXEC_LIMIT))) return true;
    }
    return false;
}

bool sender_flush(struct agent *a) {
    struct sender *s = &a->sender;
    for (int round = 0; round < ROUNDS && a->carrier.fd >= 0 && a->carrier.writable; round++) {
        bool adds = a->session && !a->still; /* while still, only what lies here already and answers */
        if (adds) add_states(a);
        while (adds && s->to - s->from < GATHER && add_next_output(a)) continue;
        if (adds) add_states(a);
        if (s->from == s->to) return false;
        ssize_t n = write(a->carrier.fd, s->bytes + s->from, s->to - s->from);
        if (n > 0) advance(s, (size_t)n);
        else if (n < 0 && errno != EINTR) a->carrier.writable = false; /* epoll or the clock says when again */
    }
    return a->carrier.fd >= 0 && a->carrier.writable;
}
