/*
 * Plans: GetPlanResponse as it came -> files -> plan_read(), the same lint as the
 * centre's.
 *
 * What can go wrong: a plan that a newer centre accepts and this program does not. The
 * last good one stays in force, and the operator is told to upgrade.
 */
#include "client/agent/plan_cache.h"

#include <string.h>

#include "duban/v1/plans.pb-c.h"

#include "base/err.h"
#include "client/agent/agent.h"
#include "model/wire.h"

#define VERSIONS_KEPT 3

static int read_answer(struct arena *arena, struct bytes answer,
                       const Duban__V1__GetPlanResponse **ret_message,
                       const struct plan **ret_plan, const char **ret_why);

void plan_cached_init(struct plan_cached *cached)
{
	*cached = (struct plan_cached){.plan = NULL};
	arena_init(&cached->arena, PLAN_MEMORY_MAX);
}

void plan_cached_finish(struct plan_cached *cached)
{
	arena_finish(&cached->arena);
	cached->plan = NULL;
	cached->version = 0;
}

struct newest {
	struct arena *arena;
	struct bytes answer;
};

static int read_newest(void *context, sqlite3_stmt *statement)
{
	struct newest *newest = context;

	newest->answer = sql_column_bytes(newest->arena, statement, 0);
	return newest->answer.data != NULL ? 0 : E_NOMEM;
}

int plan_cache_load(struct store *store, const char *id, struct plan_cached *cached)
{
	struct plan_cached fresh;
	struct newest newest = {.arena = &fresh.arena};
	const Duban__V1__GetPlanResponse *message = NULL;
	const struct plan *plan = NULL;
	const char *why;
	int r;

	plan_cached_init(&fresh);
	r = store_run(store,
	              SQL("SELECT answer FROM plan WHERE ?1 IN ('', plan) "
	                  "ORDER BY wall_at DESC, version DESC LIMIT 1",
	                  sql_text(id)),
	              read_newest, &newest);
	if (r == 0 && newest.answer.data == NULL)
		r = E_NOT_FOUND;
	if (r == 0 && read_answer(&fresh.arena, newest.answer, &message, &plan, &why) < 0)
		r = E_CORRUPT;
	if (r < 0 || message == NULL) {
		plan_cached_finish(&fresh);
		return r;
	}
	fresh.plan = plan;
	fresh.version = message->version;
	plan_cached_finish(cached);
	*cached = fresh;
	return 0;
}

static int read_answer(struct arena *arena, struct bytes answer,
                       const Duban__V1__GetPlanResponse **ret_message,
                       const struct plan **ret_plan, const char **ret_why)
{
	const Duban__V1__GetPlanResponse *message;
	struct yaml_problems problems, warnings;
	struct plan_file *files;
	ProtobufCMessage *base;
	int r;

	yaml_problems_init(&problems, arena);
	yaml_problems_init(&warnings, arena);
	r = wire_unpack(arena, &duban__v1__get_plan_response__descriptor, answer,
	                WIRE_LENIENT, &base, ret_why);
	if (r < 0)
		return r;
	message = (const Duban__V1__GetPlanResponse *)base;
	files = arena_new_array(arena, message->n_files + 1, struct plan_file);
	*ret_why = text_err(E_NOMEM);
	if (files == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < message->n_files; i++)
		files[i] = (struct plan_file){
			.name = message->files[i]->name,
			.content = bytes_of(message->files[i]->content.data,
		                            message->files[i]->content.len)};
	r = plan_read(arena, files, message->n_files, &problems, &warnings, ret_plan);
	*ret_why = text_err(r);
	if (r < 0 && problems.first != NULL)
		*ret_why =
			arena_printf(arena, "%s:%u: %s",
		                     problems.first->place.file != NULL
		                             ? problems.first->place.file
		                             : "",
		                     problems.first->place.line, problems.first->message);
	*ret_message = message;
	return r;
}

int plan_cache_put(struct store *store, struct arena *arena, struct bytes answer,
                   int64_t wall_now, const char **ret_why)
{
	const Duban__V1__GetPlanResponse *message;
	const struct plan *plan;
	int r = read_answer(arena, answer, &message, &plan, ret_why);

	if (r < 0)
		return r == E_NOMEM ? r : E_SYNTAX;
	if (message->version == 0 || strcmp(message->plan, plan->id) != 0) {
		*ret_why = _("答复的方案编号或版本与内容不符");
		return E_SYNTAX;
	}
	r = store_begin(store);
	if (r == 0)
		r = store_run(store,
		              SQL("INSERT OR REPLACE INTO plan (plan, version, answer, "
		                  "wall_at) "
		                  "VALUES (?1, ?2, ?3, ?4)",
		                  sql_text(message->plan), sql_int(message->version),
		                  sql_bytes(answer), sql_int(wall_now)),
		              NULL, NULL);
	if (r == 0)
		r = store_run(
			store,
			SQL("DELETE FROM plan WHERE plan = ?1 AND version <= ?2 - ?3",
		            sql_text(message->plan), sql_int(message->version),
		            sql_int(VERSIONS_KEPT)),
			NULL, NULL);
	if (r == 0)
		r = store_commit(store);
	if (r < 0) {
		store_rollback(store);
		*ret_why = store_why(store);
	}
	return r;
}

static int read_version(void *context, sqlite3_stmt *statement)
{
	*(uint32_t *)context = (uint32_t)sqlite3_column_int64(statement, 0);
	return 0;
}

uint32_t plan_cache_version(struct store *store, const char *id)
{
	uint32_t version = 0;

	(void)store_run(store,
	                SQL("SELECT version FROM plan WHERE ?1 IN ('', plan) "
	                    "ORDER BY wall_at DESC, version DESC LIMIT 1",
	                    sql_text(id)),
	                read_version, &version);
	return version;
}
