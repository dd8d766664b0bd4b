/* Frames to the host: what waits for its turn, and whose turn it is. */
#ifndef NOID_SENDER_H
#define NOID_SENDER_H

#include "agent.h"
#include "bytes.h"

enum refusal {
    TABLE_FULL = 1, UNKNOWN_EXEC = 2, BAD_REQUEST = 3, CHANNEL_IN_USE = 4, SHUTTING_DOWN = 5, NOT_DONE = 6
};

/* Room for one more answer of any size? Checked before a frame is handled, so no answer is ever lost. */
bool sender_has_room(const struct sender *sender);
struct out sender_begin(struct agent *agent);
void sender_end(struct agent *agent, uint8_t type, uint32_t channel, const struct out *out);
void sender_refuse(struct agent *agent, uint32_t channel, uint8_t why, const char *detail);
/* A new session: what is not half sent already is dropped. */
void sender_reset(struct agent *agent, bool fill);
/* Writes until the carrier takes no more, or for long enough; true when there is more to write right now. */
bool sender_flush(struct agent *agent);

#endif
