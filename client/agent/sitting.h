/*
 * What a command that waits needs: store, plan, and for as long as it lives the
 * connection, on a loop of its own.
 */
#ifndef DUBAN_CLIENT_AGENT_SITTING_H
#define DUBAN_CLIENT_AGENT_SITTING_H

#include <uv.h>

#include "client/agent/agent.h"
#include "client/agent/catch_up.h"
#include "client/agent/centre.h"
#include "client/agent/plan_cache.h"
#include "client/agent/queue.h"
#include "client/agent/refresh.h"
#include "client/agent/sender.h"

#define SITTING_TICK_MS 50

struct sitting {
	struct agent *agent;
	struct store *store;
	struct plan_cached plan;
	uv_loop_t loop;
	uv_timer_t tick, deadline;
	bool expired;
	int lock;              /* descriptor, when we are the one that sends; -1 */
	struct centre *centre; /* NULL: not connected */
	struct refresh refresh;
	bool refreshed;
	int refresh_status;
	struct catch_up catch_up;
	bool caught_up;
	int catch_up_status;
	struct sender *sender; /* NULL: somebody else sends */
};

/* Open the store and the plan that is kept, if any. An agent_exit after saying why not.
 */
int sitting_open(struct agent *agent, struct sitting *sitting);
void sitting_close(struct sitting *sitting);

/* Become the one that sends; false: another process is (a service, or a command). */
bool sitting_lock(struct sitting *sitting);
/* Connect and take plan time and plan, at most @wait_ms. An agent_exit only for what an
 * operator must mend; an unreachable centre is AGENT_OK, and told by refresh_status. */
int sitting_refresh(struct sitting *sitting, int64_t wait_ms);
/* After a refresh that went well: learn what others of the unit sent and what was
 * returned, at most @wait_ms. How it went is in catch_up_status; nothing is said. */
void sitting_catch_up(struct sitting *sitting, int64_t wait_ms);
/* Have a plan in memory, from the store or fetched now. An agent_exit after saying why
 * not. */
int sitting_need_plan(struct sitting *sitting, int64_t wait_ms);
/* Run the loop until @is_over says so, at most @wait_ms. */
void sitting_run(struct sitting *sitting, bool (*is_over)(void *context), void *context,
                 int64_t wait_ms);
/* Tell a running service that there is something new in the queue. */
void sitting_touch_wake(const char *folder);

#define SITTING_LOCK "sending.lock"
#define SITTING_WAKE "wake"

/* For the service too: the descriptor of the lock. E_BUSY: another process holds it; E_IO
 * with errno. */
int sitting_take_lock(const char *folder);
/* Read a whole file of at most @max bytes; E_IO, E_LIMIT (with what was read), E_NOMEM.
 */
int sitting_read_file(struct arena *arena, const char *path, size_t max,
                      struct bytes *ret_content);

#endif
