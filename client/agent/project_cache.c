/*
 * Projects: pages as they came -> a row each -> those of a section, for judging.
 *
 * What can go wrong: the line breaks between two pages. Then some projects are newer than
 * others, none is lost, and the next run takes them all again.
 */
#include "client/agent/project_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "duban/v1/projects.pb-c.h"

#include "base/err.h"
#include "model/wire.h"

#define PAGE_MEMORY_MAX (32u * 1024 * 1024)
#define KNOWN           "projects:" /* a fact for each plan: the last whole run */

static int put_row(struct store *store, const char *plan, int64_t run,
                   const Duban__V1__Project *project);
static int end_run(struct store *store, const char *plan, int64_t run);
static int read_row(void *context, sqlite3_stmt *statement);
static int by_last(const void *a, const void *b);

struct loading {
	struct arena *arena;
	struct project *projects;
	size_t count, capacity;
};

int project_cache_put(struct store *store, const char *plan, int64_t run,
                      struct bytes answer, bool last)
{
	AUTO(arena_finishp) struct arena arena;
	const Duban__V1__ListProjectsResponse *page;
	ProtobufCMessage *message;
	int r;

	arena_init(&arena, PAGE_MEMORY_MAX);
	r = wire_unpack(&arena, &duban__v1__list_projects_response__descriptor, answer,
	                WIRE_LENIENT, &message, NULL);
	if (r < 0)
		return r;
	page = (const Duban__V1__ListProjectsResponse *)message;
	r = store_begin(store);
	for (size_t i = 0; r == 0 && i < page->n_projects; i++)
		if (page->projects[i]->project != NULL)
			r = put_row(store, plan, run, page->projects[i]->project);
	if (r == 0 && last)
		r = end_run(store, plan, run);
	if (r == 0)
		r = store_commit(store);
	if (r < 0)
		store_rollback(store);
	return r;
}

static int put_row(struct store *store, const char *plan, int64_t run,
                   const Duban__V1__Project *project)
{
	AUTO(arena_finishp) struct arena arena;
	struct bytes row;
	int r;

	arena_init(&arena, PAGE_MEMORY_MAX);
	r = wire_pack(&arena, &project->base, &row);
	if (r < 0)
		return r;
	return store_run(
		store,
		SQL("INSERT OR REPLACE INTO project (plan, project, section, run, "
	            "row) VALUES (?1, ?2, ?3, ?4, ?5)",
	            sql_text(plan), sql_text(project->id), sql_text(project->section),
	            sql_int(run), sql_bytes(row)),
		NULL, NULL);
}

static int end_run(struct store *store, const char *plan, int64_t run)
{
	char fact[sizeof(KNOWN) + PLAN_ID_MAX];
	int r = store_run(store,
	                  SQL("DELETE FROM project WHERE plan = ?1 AND run <> ?2",
	                      sql_text(plan), sql_int(run)),
	                  NULL, NULL);

	(void)snprintf(fact, sizeof(fact), KNOWN "%.*s", PLAN_ID_MAX, plan);
	return r < 0 ? r : store_set(store, fact, run);
}

int project_cache_load(struct store *store, struct arena *arena, const char *plan,
                       const char *section, struct history *history)
{
	struct loading loading = {.arena = arena};
	char fact[sizeof(KNOWN) + PLAN_ID_MAX];
	int r = store_run(
		store,
		SQL("SELECT row FROM project WHERE plan = ?1 AND ?2 IN ('', section) "
	            "ORDER BY project",
	            sql_text(plan), sql_text(section)),
		read_row, &loading);

	if (r < 0)
		return r;
	(void)snprintf(fact, sizeof(fact), KNOWN "%.*s", PLAN_ID_MAX, plan);
	history->projects_known = store_get(store, fact, 0) != 0;
	history->projects = loading.projects;
	history->project_count = loading.count;
	return 0;
}

/* A row that does not read is damaged, and left out: the next run brings it again. */
static int read_row(void *context, sqlite3_stmt *statement)
{
	struct loading *loading = context;
	struct bytes row = sql_column_bytes(loading->arena, statement, 0);
	struct project *larger;
	ProtobufCMessage *message;

	if (row.data == NULL)
		return E_NOMEM;
	larger = arena_grow(loading->arena, loading->projects, loading->count,
	                    &loading->capacity, sizeof(*larger));
	if (larger == NULL)
		return E_NOMEM;
	loading->projects = larger;
	if (wire_unpack(loading->arena, &duban__v1__project__descriptor, row,
	                WIRE_LENIENT, &message, NULL) == 0 &&
	    project_from_message((const Duban__V1__Project *)message,
	                         &larger[loading->count]) == 0)
		loading->count++;
	return 0;
}

int project_lasts_add(struct arena *arena, struct project_lasts *lasts,
                      const struct report *report, const struct period *period)
{
	for (size_t i = 0; i < report->project_figure_count; i++) {
		struct project_last *larger =
			arena_grow(arena, lasts->items, lasts->count, &lasts->capacity,
		                   sizeof(*larger));

		if (larger == NULL)
			return E_NOMEM;
		lasts->items = larger;
		larger[lasts->count++] =
			(struct project_last){report->project_figures[i], *period};
	}
	return 0;
}

void project_lasts_finish(struct project_lasts *lasts, struct history *history)
{
	struct project_last *items = lasts->items;
	size_t kept = 0;

	if (lasts->count > 0)
		qsort(items, lasts->count, sizeof(*items), by_last);
	for (size_t i = 0; i < lasts->count; i++)
		if (kept == 0 ||
		    project_figure_order(&items[kept - 1].figure, &items[i].figure) != 0)
			items[kept++] = items[i];
	history->lasts = items;
	history->last_count = kept;
}

/* Of one project and indicator the newest first. */
static int by_last(const void *a, const void *b)
{
	const struct project_last *one = a, *other = b;
	int order = project_figure_order(&one->figure, &other->figure);

	return order != 0 ? order : period_compare(&other->period, &one->period);
}
