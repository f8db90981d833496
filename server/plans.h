/*
 * The plans in force, in memory: read at start and again whenever a version is applied.
 *
 * A version never changes. Whoever uses one beyond the present callback (a report that is
 * being judged, a board that is being drawn) holds a reference, so that a new version
 * never pulls it away. All on the loop's thread; worker threads may read a version that
 * is referenced for them.
 */
#ifndef DUBAN_SERVER_PLANS_H
#define DUBAN_SERVER_PLANS_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/bytes.h"
#include "base/list.h"
#include "server/plan_version.h"

#define PLANS_MAX           64 /* plans in force at once */
#define PLANS_LISTENERS_MAX 4

struct plans;
struct rpc_call;
struct server;

/* E_NOMEM. Reads nothing yet: see plans_refresh(). */
int plans_create(struct server *srv, struct plans **ret_plans);
/* No refresh may be under way. Accepts NULL. */
void plans_destroy(struct plans *plans);
/* A refresh is under way: the server's close waits for it. */
bool plans_is_busy(const struct plans *plans);

/* Somebody who waits for a refresh; the memory is the caller's until done ran. */
struct plans_wait {
	/* Exactly once, later. 0, or why memory may lag behind the database: E_DOWN,
	 * E_UNKNOWN, E_BUSY, E_NOMEM, E_CORRUPT, ... Every plan is then as it was. */
	void (*done)(struct plans_wait *wait, int status);
	struct list link; /* private */
};
/*
 * Take over every version that was applied meanwhile; listeners and the judge are told of
 * each. @wait may be NULL. A refresh that is asked for while one runs starts after it,
 * once for all who asked.
 *
 *   E_BUSY, E_DOWN, E_NOMEM  could not be started: done never runs
 */
int plans_refresh(struct plans *plans, struct plans_wait *wait);
/* Tell @changed of every version that is taken over, from then on; at most
 * PLANS_LISTENERS_MAX may listen. */
void plans_listen(struct plans *plans,
                  void (*changed)(void *context, const struct plan_version *version),
                  void *context);

/* Tell the listener with this @context no more. It may be none. */
void plans_unlisten(struct plans *plans, const void *context);

/* The current version of @id; NULL or "": of the only plan. NULL: there is none, or
 * several without a name. Borrowed until the present callback returns. */
const struct plan_version *plans_get(const struct plans *plans, const char *id);
size_t plans_count(const struct plans *plans);
/* In the order of their ids; @index < plans_count(). Borrowed as above. */
const struct plan_version *plans_at(const struct plans *plans, size_t index);

/* The RPCs. Each takes @call and borrows @body until it returns. */
void plans_get_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void plans_list_handle(struct server *srv, struct rpc_call *call, struct bytes body);
void plans_moved_handle(struct server *srv, struct rpc_call *call, struct bytes body);

#endif
