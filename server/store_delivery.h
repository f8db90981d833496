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

/* One row that is ours until the lease ends, with its alert. Texts live in the
 * operation's arena. */
struct claimed_delivery {
	const char *channel, *address;
	uint32_t attempts; /* this one included */
	struct alert_row alert;
};

/* Claim what is due, at most so many rows of each channel and address. */
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
	struct claimed_delivery *rows; /* results, by alert */
	size_t row_count;
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

/* Write what became of a claimed row. A row that is no longer waiting stays as it is. */
struct store_delivered {
	int64_t alert;
	const char *channel, *address; /* borrowed until done, as below */
	enum delivery_outcome outcome;
	int64_t wall_now, wall_next_at;
	const char *error; /* for people, without secrets; "" */
	struct arena *arena;
	void (*done)(struct store_delivered *delivered, int status); /* as above */
	struct pg_batch batch;                                       /* private */
};
int store_delivered(struct store *store, struct store_delivered *delivered);

#endif
