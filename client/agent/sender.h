/* The sender: one report in flight at a time, in order, until each has its receipt. */
#ifndef DUBAN_CLIENT_AGENT_SENDER_H
#define DUBAN_CLIENT_AGENT_SENDER_H

#include <uv.h>

#include "client/agent/centre.h"
#include "client/agent/queue.h"

struct sender;

struct sender_options {
	uv_loop_t *loop;
	struct centre *centre;
	struct store *store;
	const struct settings *settings;
	/* Who signs a correction once it can name the receipt of the report before it;
	 * may be another at each look. */
	struct signer *const *signer;
	/* After each attempt has been written down. @entry is borrowed. May be NULL. */
	void (*tried)(void *context, const struct queue_entry *entry);
	/* The store failed: nothing was written down, and it will be tried again. */
	void (*failed)(void *context, const char *why);
	void *context;
};

int sender_create(const struct sender_options *options, struct sender **ret_sender);
/* Send what may be sent now; later attempts come by themselves. */
void sender_kick(struct sender *sender);
/* Whether a report is on its way. */
bool sender_is_busy(const struct sender *sender);
/* No new attempts; the one in flight is cancelled and stays in the queue. The loop must
 * run on until nothing is left in it. Accepts NULL. */
void sender_close(struct sender *sender);

#endif
