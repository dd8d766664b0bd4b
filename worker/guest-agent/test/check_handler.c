/* The whole agent but its processes: a host that sends anything, and programs that do anything, against the rules. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "carrier.h"
#include "check.h"
#include "fakes.h"
#include "life.h"
#include "loop.h"
#include "parts.h"
#include "quiesce.h"
#include "session.h"
#include "table.h"

#define CHANNELS 12
#define IDS 10

static struct agent agent;
static struct frame_reader answers;
static uint64_t seed;
static int host;
static uint32_t session;

/* What the host has been told on a channel in this session. */
static struct {
    bool open, exited;
    uint64_t next[2];
} told[CHANNELS];

static bool quiet; /* QUIESCED was heard, and nothing since that ends it */
static bool ending;

static uint8_t frame[FRAME_MAX];

static struct out begin(void) { return (struct out){frame + FRAME_HEADER}; }

static void send_frame(uint8_t type, uint32_t channel, const struct out *out) {
    uint32_t length = (uint32_t)(out->at - frame) - FRAME_HEADER;
    /* Mostly whole; else cut, longer or changed under a good checksum: a host that lies, not a line that fails. */
    if (below(&seed, 12) == 0 && length) length = below(&seed, length);
    if (below(&seed, 12) == 0 && length) frame[FRAME_HEADER + below(&seed, length)] = (uint8_t)any(&seed);
    frame_seal(frame, below(&seed, 30) ? session : 0x99, channel, type, length);
    if (below(&seed, 40) == 0) frame[below(&seed, FRAME_HEADER + length)] ^= 4; /* and the line that fails */
    if (write(host, frame, FRAME_HEADER + length) < 0) return; /* the socket is full: lost, as in a pipe */
}

/* Numbers from outside, where arithmetic breaks. */
static uint64_t edge(void) {
    static const uint64_t edges[] = {0, 1u << 31, 1ull << 32, 1ull << 53, 1ull << 62, 1ull << 63, UINT64_MAX};
    return below(&seed, 4) ? edges[below(&seed, 7)] + below(&seed, 5) - 2 : any(&seed);
}

static void out_id(struct out *out) {
    char id[16];
    snprintf(id, sizeof id, "id-%u", below(&seed, IDS));
    out_text(out, id);
}

static void host_reads(void);
static uint16_t protocol; /* as the agent answered */

static void send_hello(void) {
    struct out o = begin();
    out16(&o, (uint16_t)below(&seed, 4)), out64(&o, 1 + below(&seed, 2)), out64(&o, any(&seed)), out_text(&o, "name");
    memset(told, 0, sizeof told);
    session = 1 + below(&seed, 1000);
    uint32_t keep = session;
    frame_seal(frame, keep, 0, HELLO, (uint32_t)(o.at - frame) - FRAME_HEADER);
    if (write(host, frame, (size_t)(o.at - frame)) < 0) session = 0xfffffff0u;
}

/* An EXEC in parts: mostly in order and whole, else with one that is missing, doubled, of another channel or a lie. */
static void send_parts(uint32_t channel, uint32_t argument) {
    static uint8_t whole[EXEC_MOST + 1024];
    struct out o = {whole};
    out64(&o, 0), out32(&o, 0), out8(&o, 0), out_id(&o);
    out32(&o, 2), out_text(&o, "word"), out32(&o, argument);
    memset(o.at, 'a', argument), o.at += argument;
    out32(&o, 0), out_text(&o, ""), out_text(&o, "");
    uint32_t total = (uint32_t)(o.at - whole), lie = below(&seed, 3) ? total + 1 : below(&seed, total), size;
    for (uint32_t at = 0; at < total; at += size) {
        size = 1 + below(&seed, FRAME_PAYLOAD_MAX - 8);
        if (size > total - at) size = total - at;
        bool lies = at <= lie && lie < at + size;
        struct out part = begin();
        out32(&part, lies && below(&seed, 2) ? (uint32_t)any(&seed) : total);
        out32(&part, lies && below(&seed, 2) ? (uint32_t)any(&seed) : at);
        memcpy(part.at, whole + at, size), part.at += size;
        send_frame(EXEC_PART, lies && below(&seed, 4) == 0 ? 0 : channel, &part);
        if (below(&seed, 3)) loop_once(&agent, 0), host_reads();
    }
}

static void send_any(void) {
    struct out o = begin();
    uint32_t channel = below(&seed, CHANNELS);
    switch (below(&seed, 18)) {
    case 0: case 1: case 2: {
        uint32_t args = below(&seed, 4), envs = below(&seed, 3);
        out64(&o, below(&seed, 3) ? 0 : below(&seed, 2) ? edge() : 1 + below(&seed, 20));
        out32(&o, below(&seed, 4) ? below(&seed, 20) : (uint32_t)edge()), out8(&o, (uint8_t)below(&seed, 3));
        out_id(&o), out32(&o, args);
        while (args--) out_text(&o, below(&seed, 20) ? "word" : "");
        out32(&o, envs);
        while (envs--) out_text(&o, below(&seed, 3) ? "PATH=/bin" : "LONGER=value");
        out_text(&o, below(&seed, 2) ? "" : "/srv"), out_text(&o, below(&seed, 9) ? "" : "0:7");
        send_frame(EXEC, channel, &o);
        break;
    }
    case 3: out_id(&o), send_frame(ATTACH, channel, &o); break;
    case 4: case 5: {
        out64(&o, below(&seed, 4) ? below(&seed, 3000) : edge());
        for (uint32_t n = below(&seed, 2000); n; n--) out8(&o, (uint8_t)n);
        send_frame(STDIN, channel, &o);
        break;
    }
    case 6: out64(&o, below(&seed, 4) ? below(&seed, 4000) : edge()), send_frame(STDIN_EOF, channel, &o); break;
    case 7: out32(&o, below(&seed, 4) ? below(&seed, 100) : (uint32_t)edge()), send_frame(SIGNAL, channel, &o); break;
    case 8: case 9: {
        uint8_t stream = (uint8_t)(1 + below(&seed, 2));
        uint64_t next = told[channel].next[stream - 1];
        out8(&o, below(&seed, 20) ? stream : (uint8_t)any(&seed));
        out64(&o, below(&seed, 8) ? next : edge());
        send_frame(OUTPUT_ACK, channel, &o);
        break;
    }
    case 10: out_id(&o), send_frame(FORGET, channel, &o); break;
    case 11: out32(&o, below(&seed, 4) ? below(&seed, 30) : (uint32_t)edge()), out8(&o, 1), send_frame(KILL, channel, &o); break;
    case 12: out64(&o, any(&seed)), send_frame(PING, 0, &o); break;
    case 13:
        fake_freeze_looks = (int)below(&seed, 40) - 20;
        out32(&o, below(&seed, 3)), send_frame(QUIESCE, 0, &o);
        break;
    case 14: out64(&o, edge()), send_frame(THAW, 0, &o); break;
    case 15: {
        out64(&o, 1 + below(&seed, 2)), out64(&o, any(&seed)), out8(&o, (uint8_t)below(&seed, 2));
        for (int i = 0; i < 64; i++) out8(&o, (uint8_t)any(&seed));
        out_text(&o, "0c5c7f3e-5a0c-4b52-9a3b-0d8c7b1f2a11");
        out_text(&o, below(&seed, 2) ? "" : "00112233445566778899aabbccddeeff");
        out_text(&o, below(&seed, 2) ? "" : "other");
        send_frame(REINIT, 0, &o);
        break;
    }
    case 16: send_parts(channel, 1 + below(&seed, below(&seed, 2) ? 1000 : EXEC_MOST)); break;
    default:
        for (uint32_t n = below(&seed, 60); n; n--) out8(&o, (uint8_t)any(&seed));
        uint8_t type = (uint8_t)any(&seed);
        send_frame(type == SHUTDOWN || type == HELLO || type == THAW ? 0x7f : type, channel, &o);
    }
}

static void hear(const struct frame *f) {
    if (f->session != session || f->channel >= CHANNELS) return;
    struct in in = {f->payload, f->length, false};
    if (quiet && !ending) CHECK(f->type == HELLO_OK || f->type == THAWED || f->type == REINIT_OK || f->type == QUIESCED
                     || (f->type == REFUSED && f->channel == 0));
    if (f->type == QUIESCED || f->type == THAWED) quiet = f->type == QUIESCED;
    if (f->type == HELLO_OK) {
        protocol = in16(&in);
        CHECK(protocol == 1 || protocol == 2);
        in_text(&in), in64(&in);
        quiet = in8(&in) == 1;
        return;
    }
    if (f->type == REINIT_OK) memset(told, 0, sizeof told); /* its execs are nobody's */
    if (f->type == STARTED) { /* also the answer to an ATTACH in the middle: what follows may begin earlier */
        CHECK(f->length == 20 && f->channel);
        memset(&told[f->channel], 0, sizeof told[0]);
    } else if (f->type == OUTPUT) {
        uint8_t stream = in8(&in);
        uint64_t offset = in64(&in);
        CHECK(stream >= 1 && stream <= 2 && in.left >= 1 && in.left <= OUTPUT_CHUNK);
        uint64_t *next = &told[f->channel].next[stream - 1];
        CHECK(*next == 0 || *next == offset);
        CHECK(!told[f->channel].exited);
        for (size_t i = 0; i < in.left; i++)
            if (in.at[i] != (uint8_t)((offset + i) * 31)) {
                CHECK(!"output byte");
                break;
            }
        *next = offset + in.left;
    } else if (f->type == EXITED) {
        uint8_t how = in8(&in);
        in_bytes(&in, 5);
        uint8_t why = in8(&in);
        CHECK(why <= (protocol == 1 ? WHY_KILLED : WHY_MEMORY)); /* who speaks 1 would take no other for an exit */
        uint64_t out = in64(&in), err = in64(&in);
        in64(&in);
        CHECK(in_done(&in) && how >= 1 && how <= 3);
        if (how == 3) memset(&told[f->channel], 0, sizeof told[0]); /* no STARTED announced it */
        CHECK(!told[f->channel].next[0] || told[f->channel].next[0] == out);
        CHECK(!told[f->channel].next[1] || told[f->channel].next[1] == err);
        told[f->channel].exited = true;
    } else if (f->type == FORGOTTEN) {
        memset(&told[f->channel], 0, sizeof told[0]);
    } else {
        CHECK(f->type == STDIN_ACK || f->type == SIGNALLED || f->type == REFUSED || f->type == PONG || f->type == QUIESCED
              || f->type == THAWED || f->type == REINIT_OK || f->type == LOG);
    }
}

static void host_reads(void) {
    size_t room;
    uint8_t *into = frame_reader_room(&answers, &room);
    ssize_t n = read(host, into, room);
    if (n <= 0) return;
    frame_reader_added(&answers, (size_t)n);
    struct frame f;
    while (frame_reader_next(&answers, &f)) hear(&f);
}

static uint64_t written[FAKE_MOST][2];

static void program_does_something(void) {
    uint32_t which = below(&seed, IDS * 2);
    struct fake_process *p = &fake_processes[which];
    if (fake_frozen) return;
    if (!p->pid) {
        written[which][0] = written[which][1] = 0;
        return;
    }
    static uint8_t bytes[100000];
    uint32_t stream = below(&seed, 2), what = below(&seed, 8);
    if (what < 5) {
        size_t size = below(&seed, sizeof bytes);
        for (size_t i = 0; i < size; i++) bytes[i] = (uint8_t)((written[which][stream] + i) * 31);
        ssize_t n = write(p->out[stream], bytes, size);
        if (n > 0) written[which][stream] += (uint64_t)n;
    } else if (what < 7) {
        ssize_t n = read(p->in, bytes, below(&seed, sizeof bytes));
        (void)n;
    } else if (below(&seed, 3) == 0) {
        struct exec *e = table_by_pid(&agent, p->pid);
        /* In either order: the pipes may end before the leader, or be kept open by nobody we know. */
        bool first = below(&seed, 2);
        if (first) fake_end(p);
        if (e) life_leader_ended(&agent, e, below(&seed, 2) ? 0x0700 : 9);
        if (!first) fake_end(p);
        written[which][0] = written[which][1] = 0;
    }
}

static void check_budget(void) {
    uint64_t sum = 0;
    for (int i = 0; i < EXEC_LIMIT; i++)
        for (int k = 0; k < 2; k++) {
            const struct stream *s = &agent.execs[i].out[k];
            if (!agent.execs[i].used) continue;
            sum += s->ring.size;
            CHECK(s->ring.start <= s->sent || !agent.execs[i].channel);
            CHECK(s->ring.end - s->ring.start <= s->ring.size && s->sent <= s->ring.end);
        }
    CHECK(sum == agent.budget.used);
}

static void end_everything(void) {
    close(host); /* first, or what it had still sent would start more */
    close(agent.carrier.fd);
    agent.carrier.fd = -1;
    agent.reader.from = agent.reader.to = 0;
    quiesce_end(&agent);
    parts_drop(&agent.parts);
    for (int i = 0; i < EXEC_LIMIT; i++) {
        struct exec *e = &agent.execs[i];
        if (!e->used) continue;
        if (e->state == STATE_RUNNING && !e->ended_at) life_leader_ended(&agent, e, 0);
    }
    for (int i = 0; i < FAKE_MOST; i++)
        if (fake_processes[i].pid) fake_end(&fake_processes[i]);
    for (int i = 0; i < EXEC_LIMIT; i++)
        if (agent.execs[i].used) life_forget(&agent, &agent.execs[i]);
    for (int i = 0; i < 20; i++) loop_once(&agent, 1); /* leftovers meet their end */
    CHECK(agent.budget.used == 0);
}

static int open_descriptors(void) {
    int count = 0;
    for (int fd = 0; fd < 1024; fd++) count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void connect_host(void) {
    int pair[2];
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
    host = pair[1];
    memset(&answers, 0, sizeof answers);
    carrier_port(&agent, pair[0]);
}

/* Field case 12: what the host's API promises arrives whole, and one byte less of it never runs. */
void check_parts(void) {
    static uint8_t bytes[EXEC_MOST];
    struct parts parts = {0};
    for (uint32_t size = 1; size <= EXEC_MOST; size = size * 3 + 1) {
        enum parts_state state = PARTS_MORE;
        for (uint32_t at = 0; at < size; at += 65528) {
            uint32_t n = size - at < 65528 ? size - at : 65528;
            struct out o = begin();
            out32(&o, size), out32(&o, at);
            for (uint32_t i = 0; i < n; i++) out8(&o, (uint8_t)((at + i) * 31));
            struct in in = {frame + FRAME_HEADER, 8 + n, false};
            CHECK(state == PARTS_MORE);
            state = parts_add(&parts, 3, &in);
        }
        for (uint32_t i = 0; i < size; i++) bytes[i] = (uint8_t)(i * 31);
        CHECK(state == PARTS_WHOLE && parts.total == size && memcmp(parts.bytes, bytes, size) == 0);
    }
    /* What a lying or damaged line may make of a part: refused, and nothing is left of what was there. */
    static const uint32_t wrong[][4] = {/* channel, total, offset, bytes; after 10 of 100 on channel 3 */
        {3, 100, 11, 5}, {3, 100, 9, 5}, {3, 101, 10, 5}, {4, 100, 10, 5}, {3, 100, 10, 91}, {3, 0, 0, 0}, {0, 100, 0, 5},
        {3, EXEC_MOST + 1, 0, 5}, {3, 0xffffffffu, 0, 5}, {3, 100, 0xffffffffu, 5}, {3, 100, 0x80000000u, 5}, {3, 4, 0, 5}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct out o = begin();
        out32(&o, 100), out32(&o, 0), out64(&o, 1), out16(&o, 1);
        struct in first = {frame + FRAME_HEADER, 18, false};
        CHECK(parts_add(&parts, 3, &first) == PARTS_MORE);
        o = begin(), out32(&o, wrong[i][1]), out32(&o, wrong[i][2]);
        struct in then = {frame + FRAME_HEADER, 8 + wrong[i][3], false};
        CHECK(parts_add(&parts, wrong[i][0], &then) == PARTS_BAD && !parts.bytes);
    }
    struct in cut = {frame, 7, false};
    CHECK(parts_add(&parts, 3, &cut) == PARTS_BAD && !parts.bytes);
}

void check_handler(uint64_t number) {
    static int before;
    signal(SIGPIPE, SIG_IGN);
    seed = number * 0x2545f4914f6cdd1du + 7;
    memset(&agent, 0, sizeof agent);
    memset(written, 0, sizeof written);
    quiet = ending = fake_frozen = false;
    agent.init = true;
    agent.signal_fd = -1;
    agent.budget.limit = below(&seed, 2) ? 32 << 20 : 300 << 10;
    agent.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    snprintf(agent.boot_id, sizeof agent.boot_id, "6f9619ff-8b86-4011-b42d-00c04fc964ff");
    connect_host();
    volatile bool ended = false;
    int why = setjmp(fake_guest_ended);
    CHECK(why != 2);
    if (why) {
        ended = true;
        agent.stopping = STOP_NOT; /* what is left below is the check's own */
    }
    for (int step = 0; step < 600 && !ended; step++) {
        fake_spawn_fails = below(&seed, 10) == 0;
        fake_kills += below(&seed, 10) == 0;
        if (step == 0 || below(&seed, 120) == 0) send_hello();
        else if (below(&seed, 60) == 0) (void)!write(host, frame, below(&seed, 60000)); /* stale bytes */
        else send_any();
        program_does_something();
        if (below(&seed, 4)) loop_once(&agent, 0);
        if (below(&seed, 3)) host_reads();
        if (below(&seed, 20) == 0) check_budget();
        if (step == 590 && below(&seed, 3) == 0) {
            struct out o = begin();
            ending = true; /* which thaws, and says nothing of it */
            out32(&o, 1), send_frame(SHUTDOWN, 0, &o);
        }
    }
    end_everything();
    close(agent.epoll_fd);
    CHECK(fake_running == 0);
    int now = open_descriptors();
    if (before == 0) before = now; /* the first round leaves /dev/null open */
    CHECK(now == before);
}
