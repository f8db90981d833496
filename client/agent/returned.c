/*
 * Returns, as statements. That one was answered is not written down: it follows from the
 * reports that stand, so that it cannot disagree with them.
 */
#include "client/agent/returned.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

#define COLUMNS                                                                  \
	"r.number, r.plan, r.section, r.period, r.revision, r.ordinal, r.step, " \
	"r.by, r.remark, r.returned_at, r.due_at, r.fields, r.withdrawn, "       \
	"coalesce((SELECT a.number FROM accepted a WHERE a.plan = r.plan AND "   \
	"a.section = r.section AND a.period = r.period AND a.revision > "        \
	"r.revision ORDER BY a.revision LIMIT 1), '') AS answered_by"

static char *dump_fields(const struct returned *returned);
static int visit_row(void *context, sqlite3_stmt *statement);
static int load_fields(struct arena *arena, const char *text, struct returned *returned);

int returned_put(struct store *store, const struct returned *returned)
{
	char *fields = dump_fields(returned);
	int r;

	if (fields == NULL)
		return E_NOMEM;
	r = store_run(
		store,
		SQL("INSERT OR REPLACE INTO returned (number, plan, section, period, "
	            "revision, ordinal, step, by, remark, returned_at, due_at, fields, "
	            "withdrawn) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
	            "?12, ?13)",
	            sql_text(returned->number), sql_text(returned->plan),
	            sql_text(returned->section), sql_text(returned->period),
	            sql_int(returned->revision), sql_int(returned->ordinal),
	            sql_int(returned->step), sql_text(returned->by),
	            sql_text(returned->remark), sql_int(returned->returned_at),
	            sql_int(returned->due_at), sql_text(fields),
	            sql_int(returned->withdrawn)),
		NULL, NULL);
	free(fields);
	return r;
}

static char *dump_fields(const struct returned *returned)
{
	json_t *array = json_array();
	char *text;

	for (size_t i = 0; i < returned->field_count; i++)
		(void)json_array_append_new(
			array, json_pack("{s:s, s:s}", "field", returned->fields[i].field,
		                         "reason", returned->fields[i].reason));
	text = json_array_size(array) == returned->field_count
	               ? json_dumps(array, JSON_COMPACT)
	               : NULL;
	json_decref(array);
	return text;
}

struct getting {
	struct returned *returned;
	bool found;
};

static int take_row(void *context, const struct returned *returned)
{
	struct getting *getting = context;

	*getting->returned = *returned;
	getting->found = true;
	return 0;
}

int returned_get(struct store *store, struct arena *arena, const char *number,
                 struct returned *ret_returned)
{
	struct returned returned;
	struct getting getting = {.returned = &returned};
	struct returned_query query = {.arena = arena,
	                               .visit = take_row,
	                               .context = &getting};
	int r = store_run(store,
	                  SQL("SELECT " COLUMNS " FROM returned r WHERE r.number = ?1",
	                      sql_text(number)),
	                  visit_row, &query);

	if (r == 0 && !getting.found)
		r = E_NOT_FOUND;
	if (r == 0)
		*ret_returned = returned;
	return r;
}

int returned_list(struct store *store, const struct returned_query *query)
{
	return store_run(store,
	                 SQL("SELECT * FROM (SELECT " COLUMNS " FROM returned r) "
	                     "WHERE ?1 = 0 OR (withdrawn = 0 AND answered_by = '') "
	                     "ORDER BY withdrawn = 0 AND answered_by = '' DESC, "
	                     "CASE WHEN withdrawn = 0 AND answered_by = '' THEN due_at "
	                     "ELSE -returned_at END, number",
	                     sql_int(query->open_only)),
	                 visit_row, (void *)(uintptr_t)query);
}

static int visit_row(void *context, sqlite3_stmt *s)
{
	const struct returned_query *query = context;
	struct arena *arena = query->arena;
	const char *fields = sql_column(arena, s, 11);
	struct returned returned = {
		.number = sql_column(arena, s, 0),
		.plan = sql_column(arena, s, 1),
		.section = sql_column(arena, s, 2),
		.period = sql_column(arena, s, 3),
		.revision = (unsigned)sqlite3_column_int(s, 4),
		.ordinal = (unsigned)sqlite3_column_int(s, 5),
		.step = (unsigned)sqlite3_column_int(s, 6),
		.by = sql_column(arena, s, 7),
		.remark = sql_column(arena, s, 8),
		.returned_at = sqlite3_column_int64(s, 9),
		.due_at = sqlite3_column_int64(s, 10),
		.withdrawn = sqlite3_column_int(s, 12) != 0,
		.answered_by = sql_column(arena, s, 13),
	};

	if (returned.number == NULL || returned.plan == NULL ||
	    returned.section == NULL || returned.period == NULL || returned.by == NULL ||
	    returned.remark == NULL || returned.answered_by == NULL || fields == NULL ||
	    load_fields(arena, fields, &returned) < 0)
		return E_NOMEM;
	returned.open = !returned.withdrawn && returned.answered_by[0] == '\0';
	return query->visit(query->context, &returned);
}

static int load_fields(struct arena *arena, const char *text, struct returned *returned)
{
	json_t *array = json_loads(text, 0, NULL), *one;
	size_t i, count = json_array_size(array);
	struct returned_field *fields =
		arena_new_array(arena, count + 1, struct returned_field);
	bool ok = fields != NULL;

	json_array_foreach(array, i, one)
	{
		const char *field = "", *reason = "";

		if (!ok)
			break;
		(void)json_unpack(one, "{s?s, s?s}", "field", &field, "reason", &reason);
		fields[i].field = arena_strdup(arena, field);
		fields[i].reason = arena_strdup(arena, reason);
		ok = fields[i].field != NULL && fields[i].reason != NULL;
	}
	json_decref(array);
	returned->fields = fields;
	returned->field_count = count;
	return ok ? 0 : E_NOMEM;
}

const char *returned_reason(const struct returned *returned, const char *field)
{
	for (size_t i = 0; i < returned->field_count; i++)
		if (strcmp(returned->fields[i].field, field) == 0)
			return returned->fields[i].reason;
	return NULL;
}
