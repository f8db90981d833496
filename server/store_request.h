/*
 * Requests of units in the database: what is known before one is judged, storing it,
 * answering it, taking it back, and lists.
 */
#ifndef DUBAN_SERVER_STORE_REQUEST_H
#define DUBAN_SERVER_STORE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/request_judge.h"
#include "server/pg.h"
#include "server/store_told.h"

struct contact;
struct store;

#define STORE_REQUESTS_PAGE_MAX 1000

extern const struct pg_statement store_request_statements[];
extern const struct pg_statement store_requests_statements[];

/* What stands before a request is judged. */
struct store_request_facts {
	const struct request *request;
	struct arena *arena;
	/* Exactly once, later: 0, E_UNKNOWN, E_DOWN, E_NOMEM, E_INTERNAL */
	void (*done)(struct store_request_facts *facts, int status);
	struct request_facts facts; /* results */
	/* The same id was stored before: its number, hash and times. */
	const char *earlier; /* "" : it was not */
	struct bytes earlier_hash;
	int64_t received_at, wall_received_at, answer_due;
	unsigned serial;       /* how many requests the unit has, and one */
	struct pg_batch batch; /* private */
};
/* E_BUSY, E_DOWN, E_NOMEM: done never runs. So for all below. */
int store_request_facts(struct store *store, struct store_request_facts *facts);

/* One judged request on its way into the table, with those who are told of it and the
 * instant at which it will be asked for. */
struct store_request_put {
	const struct request *request; /* borrowed until done, like all below */
	const struct request_verdict *verdict;
	const char *number; /* chosen; a rival may have taken it */
	struct bytes envelope, payload_hash;
	uint32_t plan_version;
	const char *signer, *crl_number;
	int64_t now, wall_now;
	const struct told *told;
	size_t told_count;
	bool sample;
	const struct contact *contacts;
	size_t contact_count;
	struct arena *arena;
	/* As above; E_STATE: somebody else was quicker, look at the facts again. */
	void (*done)(struct store_request_put *put, int status);
	bool stored; /* private from here */
	struct pg_batch batch;
};
int store_request_put(struct store *store, struct store_request_put *put);

/* A request as it is stored, and what an answer must know. */
struct store_request_get {
	const char *number;
	struct arena *arena;
	void (*done)(struct store_request_get *get, int status);
	bool found; /* results */
	enum request_kind kind;
	const char *plan, *unit, *section, *period, *subject;
	int64_t received_at, asked_until;
	bool open;
	const char *set_by; /* who returned what is contested: URI; "" : nobody */
	struct request_facts facts;
	struct pg_batch batch; /* private */
};
int store_request_get(struct store *store, struct store_request_get *get);

/* An instant of the timetable that a granted extension moves. */
struct request_moved {
	unsigned kind, level;
	int64_t at, due;
};

struct store_request_answer {
	const char *number;
	bool granted;
	const char *text, *by; /* @by: URI */
	int64_t until;         /* 0: none */
	int64_t lock;          /* of an extension */
	/* When a report whose return is taken back should be reviewed; 0: no time is set
	 */
	int64_t content_at, totals_at;
	int64_t now, wall_now;
	uint32_t plan_version;
	const struct request_moved *moved;
	size_t moved_count;
	const struct told *told;
	size_t told_count;
	bool sample;
	const struct contact *contacts;
	size_t contact_count;
	struct arena *arena;
	/* As above; E_STATE: answered or withdrawn meanwhile. */
	void (*done)(struct store_request_answer *answer, int status);
	bool stored; /* private from here */
	struct pg_batch batch;
};
int store_request_answer(struct store *store, struct store_request_answer *answer);

struct store_request_withdraw {
	const char *number, *unit, *by; /* @by: URI */
	int64_t now, wall_now;
	struct arena *arena;
	/* As above; E_NOT_FOUND: the unit has none of that number; E_STATE: answered, or
	 * withdrawn before. */
	void (*done)(struct store_request_withdraw *withdraw, int status);
	bool found, stored; /* private from here */
	struct pg_batch batch;
};
int store_request_withdraw(struct store *store, struct store_request_withdraw *withdraw);

struct request_row {
	const char *number, *plan, *unit, *section, *period, *subject, *reason;
	const char *approved_by, *answer, *answered_by, *signer;
	enum request_kind kind;
	unsigned
		state; /* as in the contract: 1 open, 2 granted, 3 refused, 4 withdrawn */
	int64_t asked_until, received_at, wall_received_at, answer_due, answered_at,
		granted_until;
	bool overdue;
	struct bytes id;
};

/* The newest first. */
struct store_requests {
	const char *unit, *section, *period, *number; /* "": all */
	unsigned kind, state;                         /* 0: all */
	bool overdue_only;
	int64_t now;
	int64_t after_at; /* a place in the list, exclusive */
	const char *after_number;
	size_t limit; /* 1 .. STORE_REQUESTS_PAGE_MAX */
	struct arena *arena;
	void (*done)(struct store_requests *list, int status);
	const struct request_row *rows; /* results, in arena */
	size_t count;
	bool more;
	struct pg_batch batch; /* private */
};
int store_requests(struct store *store, struct store_requests *list);

#endif
