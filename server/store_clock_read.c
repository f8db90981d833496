/* The clock of a rehearsal: its row, read, and made at the first reading. */
#include "server/store_clock_read.h"

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_sql.h"

static void on_row(struct pg_batch *batch, const struct pg_result *result);
static void on_read(struct pg_batch *batch, int status);

/* clang-format off */
enum { START, READ };
const struct pg_statement store_clock_read_statements[] = {
	[START] = {"clock_start",
	"INSERT INTO plan_clock (plan_at) VALUES ($1::timestamptz) ON CONFLICT DO NOTHING", 1},
	[READ] = {"clock_read", "SELECT " SQL_MS("plan_at") " FROM plan_clock", 0},
	{.name = NULL},
};
/* clang-format on */

int store_clock_read(struct store *store, struct store_clock_read *read)
{
	int r;

	arena_init(&read->arena, 4096);
	read->batch = (struct pg_batch){
		.items = {{.statement = &store_clock_read_statements[START],
	                   .params = {pg_param_instant(&read->arena, read->start_at)}},
	                  {.statement = &store_clock_read_statements[READ],
	                   .rows = on_row}},
		.count = 2,
		.done = on_read,
		.context = read,
	};
	r = pg_send(store_pg(store), &read->batch);
	if (r < 0)
		arena_finish(&read->arena);
	return r;
}

static void on_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_clock_read *read = batch->context;

	CHECK(pg_rows(result) == 1);
	read->plan_at = pg_integer(result, 0, 0);
}

static void on_read(struct pg_batch *batch, int status)
{
	struct store_clock_read *read = batch->context;

	arena_finish(&read->arena);
	read->done(read, status);
}
