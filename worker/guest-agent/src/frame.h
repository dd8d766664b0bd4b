/* The frame codec: bytes <-> frames, and nothing else. docs/agent-protocol.md, "Frame". */
#ifndef NOID_FRAME_H
#define NOID_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAGIC 0x4e4f4944u
#define FRAME_HEADER 28u
#define FRAME_PAYLOAD_MAX 65536u
#define FRAME_MAX (FRAME_HEADER + FRAME_PAYLOAD_MAX)

enum frame_type {
    HELLO = 0x01, EXEC = 0x02, ATTACH = 0x03, STDIN = 0x04, STDIN_EOF = 0x05, SIGNAL = 0x06,
    OUTPUT_ACK = 0x07, FORGET = 0x08, KILL = 0x09, PING = 0x0a, SHUTDOWN = 0x0b,
    QUIESCE = 0x0c, THAW = 0x0d, REINIT = 0x0e, EXEC_PART = 0x0f,
    HELLO_OK = 0x81, STARTED = 0x82, OUTPUT = 0x83, STDIN_ACK = 0x84, EXITED = 0x85,
    SIGNALLED = 0x86, REFUSED = 0x87, PONG = 0x88, FORGOTTEN = 0x89,
    QUIESCED = 0x8a, THAWED = 0x8b, REINIT_OK = 0x8c, LOG = 0x8d,
};

struct frame {
    uint32_t session;
    uint32_t channel;
    uint8_t type;
    uint32_t length;
    const uint8_t *payload; /* into the reader's buffer; good until the next frame_reader_room() */
};

uint32_t frame_crc32(const uint8_t *bytes, size_t count);

/* Writes the header in front of a payload of `length` bytes that already lies at `at + FRAME_HEADER`. */
void frame_seal(uint8_t *at, uint32_t session, uint32_t channel, uint8_t type, uint32_t length);

/* True when `at` (FRAME_HEADER bytes) is a header; then `out` has all but the payload. */
bool frame_header(const uint8_t *at, struct frame *out);

/* Two frames of room: while less than one frame is unread, a read of a whole frame always fits. */
struct frame_reader {
    size_t from, to;
    uint64_t skipped; /* bytes that were no header */
    uint64_t dropped; /* frames with a bad payload */
    uint8_t bytes[2 * FRAME_MAX];
};

/* Where to read into, and how much fits; 0 only while whole frames wait to be taken. */
uint8_t *frame_reader_room(struct frame_reader *reader, size_t *room);
void frame_reader_added(struct frame_reader *reader, size_t count);
bool frame_reader_next(struct frame_reader *reader, struct frame *out);

#endif
