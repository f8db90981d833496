/*
 * The pool:
 *
 *   pg_send -> queue -> (before the loop sleeps) dispatch -> connection ~ ~> pg_finish ->
 * done
 *
 * pg_send() only queues. The queue is sent in the loop's prepare phase, after everything
 * that this turn of the loop had to say; so nothing runs inside a caller's call, and no
 * time is lost. A batch that lost to another one rests for a moment before it is queued
 * again, in front: the one that it lost to must get its lock first. An idle connection is
 * taken first, then the least loaded one, up to PG_IN_FLIGHT_MAX batches ahead, unless
 * what it does takes long.
 *
 * What can go wrong, and who must act: no connection is left. Then what waits fails with
 * E_DOWN at once, callers answer UNAVAILABLE, and the connections come back by
 * themselves; on_state tells the operator.
 */
#include "server/pg.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/pg_connection.h"

static void wake(struct pg *pg);
static void on_idle(uv_idle_t *idle);
static void on_prepare(uv_prepare_t *prepare);
static struct pg_connection *pick(struct pg *pg);
static bool takes_more(const struct pg_connection *connection);
static void fail_queue(struct pg *pg, int status);
static void rest(struct pg *pg, struct pg_batch *batch);
static void on_rested(uv_timer_t *timer);
static void wake_rested(struct pg *pg, uint64_t now);
static void tell(struct pg *pg, bool up, const char *why);
static void wind_up(struct pg *pg);
static void on_handle_closed(uv_handle_t *handle);

int pg_open(uv_loop_t *loop, const struct pg_options *options, struct pg **ret_pg)
{
	AUTO(freep) struct pg *pg = calloc(1, sizeof(*pg));
	char *why = NULL;

	CHECK(options->connections >= 1 && options->connections <= PG_CONNECTIONS_MAX);
	if (pg == NULL)
		return E_NOMEM;
	*pg = (struct pg){.magic = PG_MAGIC, .loop = loop, .options = *options};
	pg->conninfo = PQconninfoParse(options->conninfo, &why);
	if (pg->conninfo == NULL) {
		PQfreemem(why);
		return E_SYNTAX;
	}
	list_init(&pg->queue);
	list_init(&pg->resting);
	(void)snprintf(pg->statement_timeout, sizeof(pg->statement_timeout), "%lld",
	               (long long)options->query_timeout);
	CHECK(uv_prepare_init(loop, &pg->prepare) == 0);
	CHECK(uv_prepare_start(&pg->prepare, on_prepare) == 0);
	CHECK(uv_idle_init(loop, &pg->idle) == 0);
	CHECK(uv_timer_init(loop, &pg->retry) == 0);
	pg->prepare.data = pg;
	pg->idle.data = pg;
	pg->retry.data = pg;
	pg->handles = 3;
	for (unsigned i = 0; i < options->connections; i++)
		pg_connection_init(&pg->connections[pg->connection_count++], pg, false);
	if (options->listen != NULL && options->listen[0] != NULL)
		pg_connection_init(&pg->connections[pg->connection_count++], pg, true);
	*ret_pg = TAKE(pg);
	return 0;
}

int pg_send(struct pg *pg, struct pg_batch *batch)
{
	CHECK(batch->count >= 1 && batch->count <= PG_STATEMENTS_MAX);
	for (size_t i = 0; i < batch->count; i++)
		for (int j = 0; j < batch->items[i].statement->params; j++)
			if (!pg_param_ok(&batch->items[i].params[j]))
				return E_NOMEM;
	if (pg->ready == 0 || pg->closing)
		return E_DOWN;
	if (pg->queued + pg->resting_count >= pg->options.queue_max)
		return E_BUSY;
	batch->retries = 0;
	list_push(&pg->queue, &batch->link);
	pg->queued++;
	wake(pg);
	return 0;
}

/* Should the prepare phase of this turn be over already, there is another one at once. */
static void wake(struct pg *pg)
{
	(void)uv_idle_start(&pg->idle, on_idle);
}

static void on_idle(uv_idle_t *idle)
{
	(void)uv_idle_stop(idle);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct pg *pg = container_of(prepare, struct pg, prepare);
	struct pg_connection *connection;

	CHECK_MAGIC(pg, PG_MAGIC);
	while (pg->queued > 0 && !pg->closing && (connection = pick(pg)) != NULL) {
		struct pg_batch *batch =
			list_entry(list_pop(&pg->queue), struct pg_batch, link);

		pg->queued--;
		pg_batch_begin(batch);
		if (pg_connection_send(connection, batch) < 0) {
			batch->status = E_DOWN;
			pg_connection_lose(connection, "the connection broke");
			pg_finish(pg, batch);
		}
	}
	if (pg->ready == 0 || pg->closing)
		fail_queue(pg, E_DOWN);
	if (pg->closing && pg->queued > 0)
		wake(pg); /* what callbacks queued just now */
	if (pg->closing)
		wind_up(pg);
}

static struct pg_connection *pick(struct pg *pg)
{
	struct pg_connection *best = NULL;

	for (unsigned i = 0; i < pg->connection_count; i++) {
		struct pg_connection *connection = &pg->connections[i];

		if (!takes_more(connection))
			continue;
		if (best == NULL || connection->in_flight_count < best->in_flight_count)
			best = connection;
	}
	return best;
}

/* A long transaction (a plan that is applied) must not hold up reports behind it. */
static bool takes_more(const struct pg_connection *connection)
{
	uint64_t waited = uv_now(connection->pg->loop) - connection->head_since;

	if (connection->state != PG_READY || connection->listens)
		return false;
	return connection->in_flight_count == 0 ||
	       (connection->in_flight_count < PG_IN_FLIGHT_MAX && waited <= PG_SLOW);
}

/* What callbacks queue meanwhile waits for the next turn. */
static void fail_queue(struct pg *pg, int status)
{
	for (unsigned left = pg->queued; left > 0; left--) {
		struct pg_batch *batch =
			list_entry(list_pop(&pg->queue), struct pg_batch, link);

		pg->queued--;
		batch->status = status;
		batch->done(batch, status);
	}
}

void pg_finish(struct pg *pg, struct pg_batch *batch)
{
	if (batch->status == E_BUSY && batch->retries < PG_RETRIES_MAX && !pg->closing &&
	    pg->ready > 0) {
		rest(pg, batch);
		return;
	}
	batch->done(batch, batch->status);
}

static void rest(struct pg *pg, struct pg_batch *batch)
{
	uint32_t pause = PG_RETRY_FIRST << batch->retries++;

	/* Some longer than others, so that two that lost do not meet again. */
	batch->again_at = uv_now(pg->loop) + pause + arc4random_uniform(pause);
	list_push(&pg->resting, &batch->link);
	pg->resting_count++;
	wake_rested(pg, 0);
}

static void on_rested(uv_timer_t *timer)
{
	struct pg *pg = container_of(timer, struct pg, retry);

	CHECK_MAGIC(pg, PG_MAGIC);
	wake_rested(pg, uv_now(pg->loop));
}

/* Queue what has rested until @now, and set the timer for the next. */
static void wake_rested(struct pg *pg, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	list_for_each_safe (node, &pg->resting) {
		struct pg_batch *batch = list_entry(node, struct pg_batch, link);

		if (batch->again_at > now) {
			next = batch->again_at < next ? batch->again_at : next;
			continue;
		}
		list_remove(node);
		pg->resting_count--;
		list_push(pg->queue.next, node); /* before the first */
		pg->queued++;
		wake(pg);
	}
	if (next == UINT64_MAX)
		(void)uv_timer_stop(&pg->retry);
	else
		(void)uv_timer_start(&pg->retry, on_rested,
		                     next > uv_now(pg->loop) ? next - uv_now(pg->loop)
		                                             : 0,
		                     0);
}

void pg_came_up(struct pg_connection *connection)
{
	struct pg *pg = connection->pg;

	if (!connection->listens) {
		pg->ready++;
		if (pg->ready == 1)
			tell(pg, true, "");
		return;
	}
	/* Whatever was notified while nobody listened is heard now. */
	for (const char *const *channel = pg->options.listen; *channel != NULL; channel++)
		if (pg->options.on_notify != NULL)
			pg->options.on_notify(pg->options.context, *channel);
}

void pg_went_down(struct pg_connection *connection, bool was_ready, const char *why)
{
	struct pg *pg = connection->pg;

	if (connection->listens)
		return;
	if (was_ready)
		pg->ready--;
	if (pg->ready == 0)
		tell(pg, false, why);
}

/* The same news twice is no news: attempts that fail alike are told once. */
static void tell(struct pg *pg, bool up, const char *why)
{
	char line[PG_WHY_MAX];

	(void)snprintf(line, sizeof(line), "%s", why);
	for (char *at = line; *at != '\0'; at++)
		if (*at == '\n')
			*at = at[1] == '\0' ? '\0' : ' ';
	if (!up && strcmp(line, pg->why) == 0)
		return;
	memcpy(pg->why, line, sizeof(line));
	if (pg->options.on_state != NULL)
		pg->options.on_state(pg->options.context, up, line);
}

bool pg_is_up(const struct pg *pg)
{
	return pg->ready > 0 && !pg->closing;
}

int pg_version(const struct pg *pg)
{
	return pg->version;
}

bool pg_standby_confirms(const struct pg *pg)
{
	return pg->standby_confirms;
}

uv_loop_t *pg_loop(const struct pg *pg)
{
	return pg->loop;
}

void pg_close(struct pg *pg, void (*done)(void *context), void *context)
{
	CHECK(!pg->closing);
	pg->closing = true;
	wake_rested(pg, UINT64_MAX); /* to fail with the others */
	pg->closed = done;
	pg->closed_context = context;
	wake(pg);
}

/* Called in each turn while closing, so that every connection ends when it is idle. */
static void wind_up(struct pg *pg)
{
	bool ended = true;

	for (unsigned i = 0; i < pg->connection_count; i++) {
		if (list_empty(&pg->connections[i].in_flight))
			pg_connection_end(&pg->connections[i]);
		else
			ended = false;
	}
	if (ended && pg->queued == 0 && !uv_is_closing((uv_handle_t *)&pg->prepare)) {
		uv_close((uv_handle_t *)&pg->prepare, on_handle_closed);
		uv_close((uv_handle_t *)&pg->idle, on_handle_closed);
		uv_close((uv_handle_t *)&pg->retry, on_handle_closed);
	}
}

static void on_handle_closed(uv_handle_t *handle)
{
	pg_release(handle->data);
}

void pg_release(struct pg *pg)
{
	void (*closed)(void *context) = pg->closed;
	void *context = pg->closed_context;

	if (--pg->handles > 0)
		return;
	PQconninfoFree(pg->conninfo);
	pg->magic = 0;
	free(pg);
	if (closed != NULL)
		closed(context);
}
