/*
 * Reading plans: lists of versions, and a version's files.
 *
 * What can go wrong: the database is away (whoever asked is told to ask again), or a
 * version is larger than the memory that it was given.
 */
#include "server/store_plan.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_plan_sql.h"

static void on_list_rows(struct pg_batch *batch, const struct pg_result *result);
static bool read_list_row(struct arena *arena, const struct pg_result *result, size_t row,
                          struct store_plan_row *ret);
static void on_list_done(struct pg_batch *batch, int status);
static void on_version_row(struct pg_batch *batch, const struct pg_result *result);
static void on_file_rows(struct pg_batch *batch, const struct pg_result *result);
static bool read_file(struct arena *arena, const struct pg_result *result, size_t row,
                      struct plan_file *ret);
static void on_files_done(struct pg_batch *batch, int status);

int store_plan_list(struct store *store, struct store_plan_list *list)
{
	struct pg_batch *batch = &list->batch;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_list_done;
	batch->count = 1;
	batch->items[0].statement = &store_plan_statements[STORE_PLAN_LIST];
	batch->items[0].params[0] = pg_param_integer(list->arena, list->current_only);
	batch->items[0].params[1] = pg_param_integer(list->arena, STORE_PLAN_LIST_MAX);
	batch->items[0].rows = on_list_rows;
	return pg_send(store_pg(store), batch);
}

/* Rows stay NULL when memory ran out, and then the outcome is E_NOMEM. */
static void on_list_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_plan_list *list = container_of(batch, struct store_plan_list, batch);
	struct store_plan_row *rows;

	list->rows = NULL;
	list->count = pg_rows(result);
	rows = arena_new_array(list->arena, list->count, struct store_plan_row);
	if (rows == NULL)
		return;
	for (size_t i = 0; i < list->count; i++)
		if (!read_list_row(list->arena, result, i, &rows[i]))
			return;
	list->rows = rows;
}

static bool read_list_row(struct arena *arena, const struct pg_result *result, size_t row,
                          struct store_plan_row *ret)
{
	*ret = (struct store_plan_row){
		.plan = arena_strdup(arena, pg_text(result, row, 0)),
		.version = (uint32_t)pg_integer(result, row, 1),
		.current = pg_bool(result, row, 2),
		.number = arena_strdup(arena, pg_text(result, row, 3)),
		.title = arena_strdup(arena, pg_text(result, row, 4)),
		.content_hash = pg_bytes(result, row, 5, arena),
		.applied_at = pg_integer(result, row, 6),
		.applied_by = arena_strdup(arena, pg_text(result, row, 7)),
	};
	return ret->plan != NULL && ret->number != NULL && ret->title != NULL &&
	       ret->content_hash.data != NULL && ret->applied_by != NULL;
}

static void on_list_done(struct pg_batch *batch, int status)
{
	struct store_plan_list *list = container_of(batch, struct store_plan_list, batch);

	if (status == 0 && list->rows == NULL)
		status = E_NOMEM;
	list->done(list, status);
}

int store_plan_files(struct store *store, struct store_plan_files *files)
{
	struct pg_batch *batch = &files->batch;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_files_done;
	batch->count = 2;
	batch->items[0].statement = &store_plan_statements[STORE_PLAN_VERSION];
	batch->items[0].rows = on_version_row;
	batch->items[1].statement = &store_plan_statements[STORE_PLAN_FILES];
	batch->items[1].rows = on_file_rows;
	for (int i = 0; i < 2; i++) {
		batch->items[i].params[0] = pg_param_text(files->plan);
		batch->items[i].params[1] =
			pg_param_integer(files->arena, files->version);
	}
	return pg_send(store_pg(store), batch);
}

static void on_version_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_plan_files *files =
		container_of(batch, struct store_plan_files, batch);

	if (pg_rows(result) == 0)
		return;
	files->content_hash = pg_bytes(result, 0, 0, files->arena);
	files->applied_at = pg_integer(result, 0, 1);
}

static void on_file_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_plan_files *files =
		container_of(batch, struct store_plan_files, batch);
	struct plan_file *rows;

	files->files = NULL;
	files->count = pg_rows(result);
	rows = arena_new_array(files->arena, files->count, struct plan_file);
	if (rows == NULL)
		return;
	for (size_t i = 0; i < files->count; i++)
		if (!read_file(files->arena, result, i, &rows[i]))
			return;
	files->files = rows;
}

static bool read_file(struct arena *arena, const struct pg_result *result, size_t row,
                      struct plan_file *ret)
{
	ret->name = arena_strdup(arena, pg_text(result, row, 0));
	ret->content = pg_bytes(result, row, 1, arena);
	return ret->name != NULL && ret->content.data != NULL;
}

static void on_files_done(struct pg_batch *batch, int status)
{
	struct store_plan_files *files =
		container_of(batch, struct store_plan_files, batch);

	if (status == 0 && files->files == NULL)
		status = E_NOMEM;
	files->done(files, status);
}
