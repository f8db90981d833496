/*
 * The store itself: made, woken, closed. What it does stands in store_<noun>.c.
 *
 * Groups are made in the loop's prepare phase, when every report that arrived in this
 * turn of the loop is in the queue: they share a commit, and a lone one loses nothing.
 */
#include "server/store.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store_internal.h"

static void on_idle(uv_idle_t *idle);
static void on_prepare(uv_prepare_t *prepare);
static void on_handle_closed(uv_handle_t *handle);

int store_create(const struct store_options *options, struct store **ret_store)
{
	struct store *store = calloc(1, sizeof(*store));
	uv_loop_t *loop = pg_loop(options->pg);

	CHECK(options->group_max >= 1 && options->group_max <= RECEIPT_BATCH_MAX);
	if (store == NULL)
		return E_NOMEM;
	store->magic = STORE_MAGIC;
	store->options = *options;
	list_init(&store->queue);
	CHECK(uv_prepare_init(loop, &store->prepare) == 0);
	CHECK(uv_prepare_start(&store->prepare, on_prepare) == 0);
	CHECK(uv_idle_init(loop, &store->idle) == 0);
	notifier_init(store);
	store->prepare.data = store->idle.data = store->notifier.pause.data = store;
	store->handles = 3;
	*ret_store = store;
	return 0;
}

struct pg *store_pg(struct store *store)
{
	return store->options.pg;
}

size_t store_under_way(const struct store *store)
{
	return store->queued + store->in_commits;
}

void store_wake(struct store *store)
{
	(void)uv_idle_start(&store->idle, on_idle);
}

static void on_idle(uv_idle_t *idle)
{
	(void)uv_idle_stop(idle);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct store *store = container_of(prepare, struct store, prepare);

	CHECK_MAGIC(store, STORE_MAGIC);
	if (pg_is_up(store->options.pg))
		serials_refill(store);
	store_make_groups(store);
}

void store_destroy(struct store *store)
{
	if (store == NULL)
		return;
	CHECK_MAGIC(store, STORE_MAGIC);
	CHECK(store_under_way(store) == 0 && !store->serials.fetching &&
	      !store->notifier.sending);
	uv_close((uv_handle_t *)&store->prepare, on_handle_closed);
	uv_close((uv_handle_t *)&store->idle, on_handle_closed);
	uv_close((uv_handle_t *)&store->notifier.pause, on_handle_closed);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct store *store = handle->data;

	if (--store->handles > 0)
		return;
	store->magic = 0;
	free(store);
}
