/*
 *	timer -> beat ~ ~> stored -> timer
 *
 * What can go wrong: the database is away. Then the centre takes no reports, which is
 * just what the missing beats will say; the next one begins a new span. Nobody need act.
 */
#include "server/presence.h"

#include <stdlib.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "server/clock.h"
#include "server/server.h"
#include "server/store_presence.h"

#define PRESENCE_BEAT       30000 /* ms; a third of STORE_PRESENCE_GAP */
#define PRESENCE_MEMORY_MAX 4096  /* one beat's parameters */

struct presence {
	unsigned magic;
#define PRESENCE_MAGIC 0x3d58b1c7U
	struct server *srv;
	uv_timer_t timer;
	struct arena arena;
	struct store_presence store;
	bool sending, failed;
	void (*closed)(void *context); /* set when it is being closed */
	void *context;
};

static void on_timer(uv_timer_t *timer);
static void on_stored(struct store_presence *store, int status);
static void note(struct presence *presence, int status);
static void finish(struct presence *presence);
static void on_timer_closed(uv_handle_t *handle);

int presence_create(struct server *srv, uv_loop_t *loop, struct presence **ret_presence)
{
	struct presence *presence = calloc(1, sizeof(*presence));

	if (presence == NULL)
		return E_NOMEM;
	presence->magic = PRESENCE_MAGIC;
	presence->srv = srv;
	presence->store.node = srv->node;
	presence->store.first = true;
	presence->store.arena = &presence->arena;
	presence->store.done = on_stored;
	arena_init(&presence->arena, PRESENCE_MEMORY_MAX);
	CHECK(uv_timer_init(loop, &presence->timer) == 0);
	presence->timer.data = presence;
	CHECK(uv_timer_start(&presence->timer, on_timer, 0, PRESENCE_BEAT) == 0);
	*ret_presence = presence;
	return 0;
}

static void on_timer(uv_timer_t *timer)
{
	struct presence *presence = timer->data;
	int r;

	CHECK_MAGIC(presence, PRESENCE_MAGIC);
	if (presence->sending)
		return; /* the one before has not ended: its time-out comes first */
	arena_finish(&presence->arena);
	presence->store.now = clock_now(presence->srv->clock);
	presence->store.wall_now = wall_now();
	r = store_presence(presence->srv->store, &presence->store);
	presence->sending = r == 0;
	note(presence, r);
}

static void on_stored(struct store_presence *store, int status)
{
	struct presence *presence = container_of(store, struct presence, store);

	CHECK_MAGIC(presence, PRESENCE_MAGIC);
	presence->sending = false;
	if (status == 0)
		presence->store.first = false;
	note(presence, status);
	if (presence->closed != NULL)
		finish(presence);
}

/* The first of several failures is told. */
static void note(struct presence *presence, int status)
{
	if (status < 0 && !presence->failed)
		log_event(LOG_WARN, "presence", log_str("result", err_name(status)));
	presence->failed = status < 0;
}

int64_t presence_span(const struct presence *presence)
{
	return presence != NULL ? presence->store.id : 0;
}

void presence_close(struct presence *presence, void (*done)(void *context), void *context)
{
	CHECK_MAGIC(presence, PRESENCE_MAGIC);
	CHECK(presence->closed == NULL);
	presence->closed = done;
	presence->context = context;
	CHECK(uv_timer_stop(&presence->timer) == 0);
	if (!presence->sending)
		finish(presence);
}

static void finish(struct presence *presence)
{
	uv_close((uv_handle_t *)&presence->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct presence *presence = handle->data;
	void (*closed)(void *context) = presence->closed;
	void *context = presence->context;

	arena_finish(&presence->arena);
	presence->magic = 0;
	free(presence);
	closed(context);
}
