/*
 * plan_past_find():
 *
 *	list of versions ~ ~> the newest applied by then -> its files ~ ~> (pool) plan
 *
 * Each who asks reads it anew: old versions are asked for seldom, and are not kept.
 *
 * What can go wrong: as the header says; nothing needs anybody but whoever asked.
 */
#include "server/plan_past.h"

#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "server/server.h"

#define SCRATCH_MEMORY_MAX (2u * PLAN_FILES_MAX * PLAN_FILE_SIZE_MAX)

static void on_listed(struct store_plan_list *list, int status);
static int fetch(struct plan_past *past, const struct store_plan_row *row);
static const struct store_plan_row *choose(const struct plan_past *past);
static void on_fetched(struct store_plan_files *files, int status);
static void on_pool(struct work_job *job);
static void on_read(struct work_job *job);
static void end(struct plan_past *past, int status);

int plan_past_find(struct plan_past *past)
{
	past->version = NULL;
	arena_init(&past->scratch, SCRATCH_MEMORY_MAX);
	past->list = (struct store_plan_list){.arena = &past->scratch, .done = on_listed};
	return store_plan_list(past->srv->store, &past->list);
}

static void on_listed(struct store_plan_list *list, int status)
{
	struct plan_past *past = container_of(list, struct plan_past, list);
	const struct store_plan_row *row = status == 0 ? choose(past) : NULL;

	if (status == 0)
		status = row != NULL ? fetch(past, row) : E_NOT_FOUND;
	if (status < 0)
		end(past, status);
}

/* They come the newest first. */
static const struct store_plan_row *choose(const struct plan_past *past)
{
	for (size_t i = 0; i < past->list.count; i++) {
		const struct store_plan_row *row = &past->list.rows[i];

		if (strcmp(row->plan, past->plan) == 0 && row->applied_at <= past->at)
			return row;
	}
	return NULL;
}

static int fetch(struct plan_past *past, const struct store_plan_row *row)
{
	past->version = plan_version_create(row->version, row->applied_at);
	if (past->version == NULL)
		return E_NOMEM;
	past->files = (struct store_plan_files){
		.plan = past->plan,
		.version = row->version,
		.arena = &past->scratch,
		.done = on_fetched,
	};
	return store_plan_files(past->srv->store, &past->files);
}

static void on_fetched(struct store_plan_files *files, int status)
{
	struct plan_past *past = container_of(files, struct plan_past, files);

	past->job = (struct work_job){.run = on_pool, .done = on_read};
	if (status == 0)
		status = work_submit(past->srv->work, &past->job);
	if (status < 0)
		end(past, status);
}

static void on_pool(struct work_job *job)
{
	struct plan_past *past = container_of(job, struct plan_past, job);

	past->status = plan_version_read(past->version, past->plan, past->files.files,
	                                 past->files.count, &past->scratch);
}

static void on_read(struct work_job *job)
{
	struct plan_past *past = container_of(job, struct plan_past, job);

	end(past, past->status);
}

/* The only way out. */
static void end(struct plan_past *past, int status)
{
	arena_finish(&past->scratch);
	if (status < 0)
		plan_version_unref(TAKE(past->version));
	past->done(past, status);
}
