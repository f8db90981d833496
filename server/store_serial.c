/*
 * Receipt serials, reserved in blocks ahead of their use:
 *
 *   in use: next .. end      spare: the following block, fetched while the first lasts
 *
 * What can go wrong, and who must act: the database is down when the last one is used.
 * Then reports wait for the fetch, and share its fate. After a failover a standby may
 * give numbers again that were given before; then the insert does nothing, finds nothing
 * in its way, and what is left of the block is dropped.
 */
#include "server/store_internal.h"

#include "base/check.h"

static void on_row(struct pg_batch *batch, const struct pg_result *result);
static void on_fetched(struct pg_batch *batch, int status);

enum { NEXT_SERIAL };
const struct pg_statement store_serial_statements[] = {
	[NEXT_SERIAL] = {"serial_next", "SELECT nextval('receipt_serial')", 0},
	{.name = NULL},
};

uint64_t serials_left(const struct serials *serials)
{
	return serials->end - serials->next + serials->spare_end - serials->spare;
}

uint64_t serials_take(struct serials *serials)
{
	CHECK(serials_left(serials) > 0);
	if (serials->next == serials->end) {
		serials->next = serials->spare;
		serials->end = serials->spare_end;
		serials->spare = serials->spare_end = 0;
	}
	return serials->next++;
}

void serials_drop(struct serials *serials)
{
	serials->next = serials->end;
	serials->spare = serials->spare_end;
}

void serials_refill(struct store *store)
{
	struct serials *serials = &store->serials;

	if (serials->fetching || serials->spare != serials->spare_end)
		return;
	serials->batch = (struct pg_batch){
		.items[0] = {.statement = &store_serial_statements[NEXT_SERIAL],
	                     .rows = on_row},
		.count = 1,
		.done = on_fetched,
		.context = store,
	};
	serials->failed = pg_send(store->options.pg, &serials->batch);
	serials->fetching = serials->failed == 0;
}

static void on_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store *store = batch->context;

	store->serials.fetched = (uint64_t)pg_integer(result, 0, 0);
}

static void on_fetched(struct pg_batch *batch, int status)
{
	struct store *store = batch->context;
	struct serials *serials = &store->serials;

	CHECK_MAGIC(store, STORE_MAGIC);
	serials->fetching = false;
	serials->failed = status;
	if (status == 0) {
		serials->spare = serials->fetched;
		serials->spare_end = serials->fetched + SERIAL_BLOCK;
	}
	store_wake(store);
}
