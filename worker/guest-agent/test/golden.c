/* Writes one golden frame of every type (and some edges) into a directory, with frames.tsv beside them. The values are
 * the documentation's: the Java tests read the same files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "frame.h"

static const char *directory;
static FILE *table;

static FILE *open_in(const char *name) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "wb");
    if (!file) {
        perror(path);
        exit(1);
    }
    return file;
}

static uint8_t frame[FRAME_MAX];

static struct out begin(void) { return (struct out){frame + FRAME_HEADER}; }

static void end(const char *name, uint8_t type, uint32_t channel, const struct out *out) {
    const uint32_t session = 0x1badcafe;
    uint32_t length = (uint32_t)(out->at - frame) - FRAME_HEADER;
    frame_seal(frame, session, channel, type, length);
    FILE *file = open_in(name);
    fwrite(frame, 1, FRAME_HEADER + length, file);
    fclose(file);
    fprintf(table, "%s\t%02x\t%u\t%u\t", name, type, session, channel);
    for (uint32_t i = 0; i < length; i++) fprintf(table, "%02x", frame[FRAME_HEADER + i]);
    fputc('\n', table);
}

static void out_list(struct out *out, const char *const *list) {
    uint32_t count = 0;
    while (list[count]) count++;
    out32(out, count);
    for (uint32_t i = 0; i < count; i++) out_text(out, list[i]);
}

static void out_bytes(struct out *out, const void *bytes, size_t count) {
    memcpy(out->at, bytes, count);
    out->at += count;
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    directory = argv[1];
    table = open_in("frames.tsv");
    fputs("file\ttype\tsession\tchannel\tpayload\n", table);
    struct out o;

    o = begin(), out16(&o, 1), out64(&o, 7), out64(&o, 1764000000123456789u), out_text(&o, "vm-1");
    end("hello.bin", HELLO, 0, &o);
    o = begin(), out16(&o, 1), out64(&o, 0), out64(&o, 0), out_text(&o, "");
    end("hello-empty-hostname.bin", HELLO, 0, &o);
    o = begin(), out64(&o, 60000), out32(&o, 5000), out8(&o, 1), out_text(&o, "0198a2b4-0000-7000-8000-000000000001.1");
    out_list(&o, (const char *const[]){"sh", "-c", "echo h\xc3\xa9llo; exit 7", NULL});
    out_list(&o, (const char *const[]){"A=1", "EMPTY=", NULL});
    out_text(&o, "/srv"), out_text(&o, "user");
    end("exec.bin", EXEC, 3, &o);
    o = begin(), out64(&o, 0), out32(&o, 0), out8(&o, 0), out_text(&o, "e"), out_list(&o, (const char *const[]){"true", NULL});
    out_list(&o, (const char *const[]){NULL}), out_text(&o, ""), out_text(&o, "");
    end("exec-least.bin", EXEC, 1, &o);
    o = begin(), out32(&o, 300000), out32(&o, 65528), out_bytes(&o, "of 300000", 9);
    end("exec-part.bin", EXEC_PART, 3, &o);
    o = begin(), out_text(&o, "e");
    end("attach.bin", ATTACH, 4, &o);
    o = begin(), out64(&o, 262144), out_bytes(&o, "\x00\x01NOID\xff\n", 8);
    end("stdin.bin", STDIN, 3, &o);
    o = begin(), out64(&o, 262152);
    end("stdin-eof.bin", STDIN_EOF, 3, &o);
    o = begin(), out32(&o, 15);
    end("signal.bin", SIGNAL, 3, &o);
    o = begin(), out8(&o, 2), out64(&o, 4294967296u);
    end("output-ack.bin", OUTPUT_ACK, 3, &o);
    o = begin(), out_text(&o, "e");
    end("forget.bin", FORGET, 3, &o);
    o = begin(), out32(&o, 2500), out8(&o, 1);
    end("kill.bin", KILL, 3, &o);
    o = begin(), out64(&o, 0x0123456789abcdefu);
    end("ping.bin", PING, 0, &o);
    o = begin(), out32(&o, 3000);
    end("shutdown.bin", SHUTDOWN, 0, &o);
    o = begin(), out32(&o, 250);
    end("quiesce.bin", QUIESCE, 0, &o);
    o = begin(), out64(&o, 1764000000123456789u);
    end("thaw.bin", THAW, 0, &o);
    o = begin(), out64(&o, 8), out64(&o, 1764000000123456789u), out8(&o, 1);
    for (int i = 0; i < 64; i++) out8(&o, (uint8_t)(i + 1));
    out_text(&o, "0c5c7f3e-5a0c-4b52-9a3b-0d8c7b1f2a11"), out_text(&o, "00112233445566778899aabbccddeeff"), out_text(&o, "vm-2");
    end("reinit-fork.bin", REINIT, 0, &o);
    o = begin(), out64(&o, 9), out64(&o, 0), out8(&o, 0);
    for (int i = 0; i < 64; i++) out8(&o, 0xa5);
    out_text(&o, "0c5c7f3e-5a0c-4b52-9a3b-0d8c7b1f2a11"), out_text(&o, ""), out_text(&o, "");
    end("reinit-same.bin", REINIT, 0, &o);

    o = begin(), out16(&o, 1), out_text(&o, "6f9619ff-8b86-4011-b42d-00c04fc964ff"), out64(&o, 7), out8(&o, 0), out32(&o, 3);
    out_text(&o, "a"), out8(&o, 1), out_text(&o, "b"), out8(&o, 2), out_text(&o, "c"), out8(&o, 3);
    end("hello-ok.bin", HELLO_OK, 0, &o);
    o = begin(), out16(&o, 1), out_text(&o, "6f9619ff-8b86-4011-b42d-00c04fc964ff"), out64(&o, 0), out8(&o, 1), out32(&o, 0);
    end("hello-ok-no-execs.bin", HELLO_OK, 0, &o);
    o = begin(), out32(&o, 4242), out64(&o, 0), out64(&o, 262144);
    end("started.bin", STARTED, 3, &o);
    o = begin(), out8(&o, 1), out64(&o, 65536), out_bytes(&o, "h\xc3\xa9llo\n", 7);
    end("output.bin", OUTPUT, 3, &o);
    o = begin(), out8(&o, 2), out64(&o, 0);
    for (int i = 0; i < 32768; i++) out8(&o, (uint8_t)(i * 7));
    end("output-longest.bin", OUTPUT, 3, &o);
    o = begin(), out64(&o, 65536), out64(&o, 327680), out8(&o, 1);
    end("stdin-ack.bin", STDIN_ACK, 3, &o);
    o = begin(), out8(&o, 1), out32(&o, 7), out8(&o, 0), out8(&o, 0), out64(&o, 7), out64(&o, 4), out64(&o, 1234567);
    end("exited-code.bin", EXITED, 3, &o);
    o = begin(), out8(&o, 2), out32(&o, 9), out8(&o, 0), out8(&o, 1), out64(&o, 0), out64(&o, 0), out64(&o, 60000000000u);
    end("exited-signal-timeout.bin", EXITED, 3, &o);
    o = begin(), out8(&o, 2), out32(&o, 9), out8(&o, 0), out8(&o, 3), out64(&o, 5), out64(&o, 0), out64(&o, 2000000000u);
    end("exited-out-of-memory.bin", EXITED, 3, &o);
    o = begin(), out8(&o, 3), out32(&o, 2), out8(&o, 3), out8(&o, 0), out64(&o, 0), out64(&o, 0), out64(&o, 0);
    end("exited-not-found.bin", EXITED, 3, &o);
    o = begin(), out32(&o, 15), out32(&o, 3);
    end("signalled.bin", SIGNALLED, 3, &o);
    o = begin(), out8(&o, 1), out_text(&o, "256 execs");
    end("refused.bin", REFUSED, 9, &o);
    o = begin(), out64(&o, 0x0123456789abcdefu);
    end("pong.bin", PONG, 0, &o);
    o = begin();
    end("forgotten.bin", FORGOTTEN, 3, &o);
    o = begin();
    end("quiesced.bin", QUIESCED, 0, &o);
    o = begin();
    end("thawed.bin", THAWED, 0, &o);
    o = begin(), out64(&o, 1764000000123456789u), out_text(&o, "0c5c7f3e-5a0c-4b52-9a3b-0d8c7b1f2a11");
    end("reinit-ok.bin", REINIT_OK, 0, &o);
    o = begin(), out_text(&o, "job-a.1"), out8(&o, 2), out_bytes(&o, "still\n", 6);
    end("log.bin", LOG, 0, &o);
    o = begin(), out8(&o, 6), out_text(&o, "seed");
    end("refused-not-done.bin", REFUSED, 0, &o);
    return fclose(table) != 0;
}
