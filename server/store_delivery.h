/* Deliveries: claimed for a lease, and what became of them. */
#ifndef DUBAN_SERVER_STORE_DELIVERY_H
#define DUBAN_SERVER_STORE_DELIVERY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "server/pg.h"
#include "server/store_alert.h"

struct store;

extern const struct pg_statement store_delivery_statements[];

#define STORE_MESSAGE_MAX 500  /* alerts that one message holds; the rest is another */
#define STORE_CLAIM_MAX   4000 /* rows that one claim takes, a bound for its memory */

/*
 * What goes to one address as one message: the alerts that were decided at the same plan
 * instant, and wait for the same attempt. All of its rows are ours until the lease ends.
 * An attempt that is repeated is about the same alerts as the one before. Texts live in
 * the operation's arena.
 */
struct claimed_message {
	const char *channel, *address;
	uint32_t attempts; /* this one included */
	struct alert_row *alerts;
	size_t alert_count; /* >= 1 */
};

/* Claim what is due, at most so many messages for each channel and address. */
struct store_claim {
	const char *const *channels,
		*const *addresses; /* borrowed until done, as below */
	const int64_t *rooms;
	size_t count;
	int64_t wall_now, wall_claimed_until;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN (claimed or not: the lease ends), E_DOWN,
	 * E_NOMEM, E_INTERNAL */
	void (*done)(struct store_claim *claim, int status);
	struct claimed_message *messages; /* results, by their first alerts */
	size_t message_count;
	struct pg_batch batch; /* private */
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_claim(struct store *store, struct store_claim *claim);

enum delivery_outcome {
	DELIVERY_SENT,
	DELIVERY_FAILED,   /* for good */
	DELIVERY_RETRY,    /* not before wall_next_at */
	DELIVERY_RELEASED, /* never tried: as if it had not been claimed */
};

/* Write what became of a claimed message, in each of its rows. A row that is no longer
 * waiting stays as it is. */
struct store_delivered {
	const int64_t *alerts; /* borrowed until done, as below */
	size_t alert_count;
	const char *channel, *address;
	enum delivery_outcome outcome;
	int64_t wall_now, wall_next_at;
	const char *error; /* for people, without secrets; "" */
	struct arena *arena;
	void (*done)(struct store_delivered *delivered, int status); /* as above */
	struct pg_batch batch;                                       /* private */
};
int store_delivered(struct store *store, struct store_delivered *delivered);

/* Mark as failed what has waited since before @wall_before for an address that is none of
 * these: its contact was removed from the settings. */
struct store_abandon {
	const char *const *channels,
		*const *addresses; /* borrowed until done, as below */
	size_t count;
	int64_t wall_now, wall_before;
	struct arena *arena;
	void (*done)(struct store_abandon *abandon, int status); /* as above */
	size_t abandoned;                                        /* result: rows */
	struct pg_batch batch;                                   /* private */
};
int store_abandon(struct store *store, struct store_abandon *abandon);

#endif
