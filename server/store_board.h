/* What the board is made of: newest figures, and what is overdue. */
#ifndef DUBAN_SERVER_STORE_BOARD_H
#define DUBAN_SERVER_STORE_BOARD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "server/board_figures.h"
#include "server/pg.h"

struct store;

extern const struct pg_statement store_board_statements[];

/* Everything at once: one snapshot, one round trip. */
struct store_board {
	const char *plan;
	int64_t now;                   /* plan time: what was known then, and due */
	const char *const *indicators; /* whose figures are wanted; borrowed until done */
	size_t indicator_count;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_board *board, int status);
	struct board_facts facts; /* result, in arena */
	struct pg_batch batch;    /* private */
	int error;
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. */
int store_board(struct store *store, struct store_board *board);

#endif
