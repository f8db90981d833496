/*
 * "There are new reports", told to every server on the channel duban_report:
 *
 *   stored -> wanted -> (not before the pause is over) pg_notify ~ ~> pause
 *
 * Never in the transaction that stores (a commit that notifies takes a lock which all
 * such commits share), once for many, and without data: who hears it looks for itself.
 *
 * What can go wrong, and who must act: the notification is lost with the connection.
 * Nobody: readers look now and then anyway.
 */
#include "server/store_internal.h"

#include "base/check.h"

static void notify(struct store *store);
static void on_sent(struct pg_batch *batch, int status);
static void on_pause_over(uv_timer_t *timer);

enum { NOTIFY };
const struct pg_statement store_notify_statements[] = {
	[NOTIFY] = {"report_notify", "SELECT pg_notify('" STORE_REPORT_CHANNEL "', '')",
                    0},
	{.name = NULL},
};

void notifier_init(struct store *store)
{
	CHECK(uv_timer_init(pg_loop(store->options.pg), &store->notifier.pause) == 0);
}

void notifier_want(struct store *store)
{
	store->notifier.wanted = true;
	if (!uv_is_active((uv_handle_t *)&store->notifier.pause))
		notify(store);
}

static void notify(struct store *store)
{
	struct notifier *notifier = &store->notifier;

	if (notifier->sending || !notifier->wanted)
		return;
	notifier->batch = (struct pg_batch){
		.items[0] = {.statement = &store_notify_statements[NOTIFY]},
		.count = 1,
		.done = on_sent,
		.context = store,
	};
	notifier->wanted = false;
	notifier->sending = pg_send(store->options.pg, &notifier->batch) == 0;
}

static void on_sent(struct pg_batch *batch, int status)
{
	struct store *store = batch->context;

	(void)status;
	CHECK_MAGIC(store, STORE_MAGIC);
	store->notifier.sending = false;
	(void)uv_timer_start(&store->notifier.pause, on_pause_over, NOTIFY_PAUSE, 0);
}

static void on_pause_over(uv_timer_t *timer)
{
	notify(container_of(timer, struct store, notifier.pause));
}
