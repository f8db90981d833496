/*
 * The SQL of projects.
 *
 * A version is a row with a number of its own, so that of two people who change a project
 * at once the database takes one. A list goes on from a key (unit, section, id, version),
 * not from an offset: what is entered while somebody pages neither repeats nor hides a
 * row.
 *
 * What can go wrong: a stored date that does not read; nothing but a change by hand can
 * put one there (E_CORRUPT, and an operator must look).
 */
#include "server/store_project.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_project_sql.h"
#include "server/store_sql.h"

#define TARGETS_TEXT_MAX (PROJECT_TARGETS_MAX * (PLAN_ID_MAX + 1))

static void on_newest(struct pg_batch *batch, const struct pg_result *result);
static void on_totals(struct pg_batch *batch, const struct pg_result *result);
static void on_facts_done(struct pg_batch *batch, int status);
static int put_projects(struct store_project_put *put, struct pg_param *params);
static const char *date_text(struct arena *arena, day written);
static const char *join_targets(struct arena *arena, const struct project *project);
static void on_put_done(struct pg_batch *batch, int status);
static void put_filters(struct store_project_list *list, struct pg_param *params);
static void put_order(struct store_project_list *list, struct pg_param *params);
static int64_t place_of(const char *const *items, size_t count, const char *item);
static void on_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_total(struct pg_batch *batch, const struct pg_result *result);
static void on_list_done(struct pg_batch *batch, int status);
static int read_targets(struct arena *arena, const char *text, struct project *ret);
static int read_day(const char *text, day *ret_day);

enum { NEWEST, TOTALS, PUT, LIST, COUNT };

/* $1 to $10. */
#define FILTERED                                                                    \
	"WHERE p.plan = $1 AND ($2 = '' OR p.unit = $2) "                           \
	"AND ($3 = '' OR p.section = $3) AND ($4 = '' OR $4 = ANY (p.targets)) "    \
	"AND ($5 = '' OR p.project = $5) "                                          \
	"AND (cardinality($6::smallint[]) = 0 OR p.state = ANY ($6::smallint[])) "  \
	"AND ($7 = '' OR (p.state IN (1, 2) AND p.finish < nullif($7, '')::date)) " \
	"AND ($9::bigint = 0 OR p.put_at <= $8::timestamptz) "                      \
	"AND ($10::integer <> 0 OR NOT EXISTS (SELECT FROM project n "              \
	"WHERE n.plan = p.plan AND n.unit = p.unit AND n.project = p.project "      \
	"AND n.version > p.version "                                                \
	"AND ($9::bigint = 0 OR n.put_at <= $8::timestamptz))) "

/* A unit or section that the plan has no more comes last. */
#define NOWHERE      100000
#define NOWHERE_TEXT "100000"
#define PLACES                                                              \
	"LEFT JOIN unnest($11::text[]) WITH ORDINALITY AS u(code, place) "  \
	"ON u.code = p.unit LEFT JOIN unnest($12::text[]) WITH ORDINALITY " \
	"AS s(id, place) ON s.id = p.section "
#define KEY                                                              \
	"coalesce(u.place, " NOWHERE_TEXT                                \
	"), p.unit COLLATE \"C\", coalesce(s.place, " NOWHERE_TEXT "), " \
	"p.section COLLATE \"C\", p.project COLLATE \"C\", p.version"

/* clang-format off */
const struct pg_statement store_project_statements[] = {
	[NEWEST] = {"project_newest",
		"SELECT " STORE_PROJECT_COLUMNS ", asked.place FROM unnest($2::text[], $3::text[]) "
		"WITH ORDINALITY AS asked(unit, project, place) CROSS JOIN LATERAL ("
			"SELECT * FROM project WHERE plan = $1 AND unit = asked.unit "
			"AND project = asked.project ORDER BY version DESC LIMIT 1) AS p", 3},
	[TOTALS] = {"project_totals",
		"SELECT place, (SELECT count(*) FROM project WHERE plan = $1 "
		"AND unit = asked.unit AND version = 1) "
		"FROM unnest($2::text[]) WITH ORDINALITY AS asked(unit, place)", 2},
	[PUT] = {"project_put",
		"INSERT INTO project (plan, unit, project, version, section, targets, name, kind, "
		"person, telephone, start, finish, state, reason, put_at, wall_put_at, put_by) "
		"SELECT $1, unit, project, version, section, string_to_array(targets, ','), name, "
		"kind, person, telephone, nullif(start, '')::date, nullif(finish, '')::date, state, "
		"reason, $15::timestamptz, $16::timestamptz, $17 "
		"FROM unnest($2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], "
		"$7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], "
		"$13::smallint[], $14::text[]) AS put(unit, project, version, section, targets, "
		"name, kind, person, telephone, start, finish, state, reason)", 17},
	[LIST] = {"project_list",
		"SELECT " STORE_PROJECT_COLUMNS ", " SQL_MS("p.put_at") ", "
		SQL_MS("p.wall_put_at") ", p.put_by FROM project p " PLACES FILTERED
		"AND ($13 = '' OR (" KEY ") > ($17::bigint, $13, $18::bigint, $14, $15, "
		"$16::integer)) ORDER BY " KEY " LIMIT $19::integer", 19},
	[COUNT] = {"project_count", "SELECT count(*) FROM project p " FILTERED, 10},
	{.name = NULL},
};
/* clang-format on */

int store_project_facts(struct store *store, struct store_project_facts *facts)
{
	struct pg_batch *batch = &facts->batch;
	const char **units = arena_new_array(facts->arena, facts->count, const char *);
	const char **ids = arena_new_array(facts->arena, facts->count, const char *);

	CHECK(facts->count >= 1 && facts->count <= STORE_PROJECTS_PUT_MAX);
	facts->unit_totals = arena_new_array(facts->arena, facts->count, size_t);
	if (units == NULL || ids == NULL || facts->unit_totals == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < facts->count; i++) {
		units[i] = facts->projects[i].unit;
		ids[i] = facts->projects[i].id;
	}
	memset(batch, 0, sizeof(*batch));
	facts->error = 0;
	batch->done = on_facts_done;
	batch->count = 2;
	batch->items[0].statement = &store_project_statements[NEWEST];
	batch->items[0].params[0] = pg_param_text(facts->plan);
	batch->items[0].params[1] =
		pg_param_text_array(facts->arena, units, facts->count);
	batch->items[0].params[2] = pg_param_text_array(facts->arena, ids, facts->count);
	batch->items[0].rows = on_newest;
	batch->items[1].statement = &store_project_statements[TOTALS];
	batch->items[1].params[0] = pg_param_text(facts->plan);
	batch->items[1].params[1] = batch->items[0].params[1];
	batch->items[1].rows = on_totals;
	return pg_send(store_pg(store), batch);
}

static void on_newest(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_project_facts *facts =
		container_of(batch, struct store_project_facts, batch);
	struct project *projects =
		arena_new_array(facts->arena, pg_rows(result), struct project);

	facts->newest =
		arena_new_array(facts->arena, facts->count, const struct project *);
	facts->error = projects != NULL && facts->newest != NULL ? 0 : E_NOMEM;
	for (size_t i = 0; i < pg_rows(result) && facts->error == 0; i++) {
		size_t place =
			(size_t)pg_integer(result, i, STORE_PROJECT_COLUMN_COUNT) - 1;

		CHECK(place < facts->count);
		facts->error = store_project_read(facts->arena, result, i, &projects[i]);
		facts->newest[place] = &projects[i];
	}
}

static void on_totals(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_project_facts *facts =
		container_of(batch, struct store_project_facts, batch);

	for (size_t i = 0; i < pg_rows(result); i++) {
		size_t place = (size_t)pg_integer(result, i, 0) - 1;

		CHECK(place < facts->count);
		facts->unit_totals[place] = (size_t)pg_integer(result, i, 1);
	}
}

static void on_facts_done(struct pg_batch *batch, int status)
{
	struct store_project_facts *facts =
		container_of(batch, struct store_project_facts, batch);

	facts->done(facts, status == 0 ? facts->error : status);
}

int store_project_put(struct store *store, struct store_project_put *put)
{
	struct pg_batch *batch = &put->batch;
	struct pg_param *params = batch->items[0].params;
	int r;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_put_done;
	batch->count = 1;
	batch->items[0].statement = &store_project_statements[PUT];
	params[0] = pg_param_text(put->plan);
	params[14] = pg_param_instant(put->arena, put->now);
	params[15] = pg_param_instant(put->arena, put->wall_now);
	params[16] = pg_param_text(put->by);
	r = put_projects(put, params + 1);
	return r < 0 ? r : pg_send(store_pg(store), batch);
}

/* A column each, in the order of the statement's parameters. */
static int put_projects(struct store_project_put *put, struct pg_param *params)
{
	enum { TEXTS = 11 };
	const char **texts[TEXTS];
	int64_t *versions = arena_new_array(put->arena, put->count, int64_t);
	int64_t *states = arena_new_array(put->arena, put->count, int64_t);

	if (versions == NULL || states == NULL)
		return E_NOMEM;
	for (size_t c = 0; c < TEXTS; c++) {
		texts[c] = arena_new_array(put->arena, put->count, const char *);
		if (texts[c] == NULL)
			return E_NOMEM;
	}
	for (size_t i = 0; i < put->count; i++) {
		const struct project *project = &put->projects[i];
		const char *row[TEXTS] = {
			project->unit,
			project->id,
			project->section,
			join_targets(put->arena, project),
			project->name,
			project->kind,
			project->person,
			project->telephone,
			date_text(put->arena, project->start),
			date_text(put->arena, project->finish),
			project->reason,
		};

		versions[i] = project->version;
		states[i] = project->state;
		for (size_t c = 0; c < TEXTS; c++) {
			if (row[c] == NULL)
				return E_NOMEM;
			texts[c][i] = row[c];
		}
	}
	for (size_t c = 0; c < TEXTS; c++)
		params[c < 2 ? c : (c < TEXTS - 1 ? c + 1 : c + 2)] =
			pg_param_text_array(put->arena, texts[c], put->count);
	params[2] = pg_param_integer_array(put->arena, versions, put->count);
	params[11] = pg_param_integer_array(put->arena, states, put->count);
	return 0;
}

static const char *date_text(struct arena *arena, day written)
{
	char text[DAY_TEXT_MAX];

	if (written == DAY_NONE)
		return "";
	day_print(written, text);
	return arena_strdup(arena, text);
}

static const char *join_targets(struct arena *arena, const struct project *project)
{
	char text[TARGETS_TEXT_MAX] = "";
	size_t len = 0;

	for (size_t i = 0; i < project->target_count; i++) {
		size_t more = strlen(project->targets[i]);

		CHECK(len + more + 2 <= sizeof(text));
		if (i > 0)
			text[len++] = ',';
		memcpy(text + len, project->targets[i], more + 1);
		len += more;
	}
	return arena_strdup(arena, text);
}

static void on_put_done(struct pg_batch *batch, int status)
{
	struct store_project_put *put =
		container_of(batch, struct store_project_put, batch);

	put->done(put, status);
}

int store_project_list(struct store *store, struct store_project_list *list)
{
	struct pg_batch *batch = &list->batch;

	CHECK(list->limit >= 1 && list->limit <= STORE_PROJECTS_PAGE_MAX);
	memset(batch, 0, sizeof(*batch));
	batch->done = on_list_done;
	batch->count = list->total == STORE_PROJECTS_UNCOUNTED ? 2 : 1;
	batch->items[0].statement = &store_project_statements[LIST];
	batch->items[0].rows = on_rows;
	put_filters(list, batch->items[0].params);
	put_order(list, batch->items[0].params + 10);
	if (batch->count == 2) {
		batch->items[1].statement = &store_project_statements[COUNT];
		batch->items[1].rows = on_total;
		put_filters(list, batch->items[1].params);
	}
	return pg_send(store_pg(store), batch);
}

static void put_filters(struct store_project_list *list, struct pg_param *params)
{
	params[0] = pg_param_text(list->plan);
	params[1] = pg_param_text(list->unit);
	params[2] = pg_param_text(list->section);
	params[3] = pg_param_text(list->target);
	params[4] = pg_param_text(list->id);
	params[5] = pg_param_integer_array(list->arena, list->states, list->state_count);
	params[6] = pg_param_text(date_text(list->arena, list->overdue_before));
	params[7] = pg_param_instant(list->arena, list->known_at);
	params[8] = pg_param_integer(list->arena, list->known_at);
	params[9] = pg_param_integer(list->arena, list->history);
}

static void put_order(struct store_project_list *list, struct pg_param *params)
{
	const struct store_project_key *after = &list->after;

	params[0] = pg_param_text_array(list->arena, list->units, list->unit_count);
	params[1] = pg_param_text_array(list->arena, list->sections, list->section_count);
	params[2] = pg_param_text(after->unit != NULL ? after->unit : "");
	params[3] = pg_param_text(after->unit != NULL ? after->section : "");
	params[4] = pg_param_text(after->unit != NULL ? after->id : "");
	params[5] = pg_param_integer(list->arena, after->version);
	params[6] = pg_param_integer(list->arena, place_of(list->units, list->unit_count,
	                                                   after->unit));
	params[7] = pg_param_integer(list->arena,
	                             place_of(list->sections, list->section_count,
	                                      after->section));
	params[8] = pg_param_integer(list->arena, (int64_t)list->limit + 1);
}

/* As the statement counts: from 1, and NOWHERE for what is not there. */
static int64_t place_of(const char *const *items, size_t count, const char *item)
{
	for (size_t i = 0; item != NULL && i < count; i++)
		if (strcmp(items[i], item) == 0)
			return (int64_t)i + 1;
	return NOWHERE;
}

/* One row more than asked for tells whether there are more. */
static void on_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_project_list *list =
		container_of(batch, struct store_project_list, batch);
	struct store_project_row *rows;

	list->more = pg_rows(result) > list->limit;
	list->count = list->more ? list->limit : pg_rows(result);
	rows = arena_new_array(list->arena, list->count, struct store_project_row);
	list->rows = rows;
	list->error = rows != NULL ? 0 : E_NOMEM;
	for (size_t i = 0; i < list->count && list->error == 0; i++) {
		rows[i].put_at = pg_integer(result, i, STORE_PROJECT_COLUMN_COUNT);
		rows[i].wall_put_at =
			pg_integer(result, i, STORE_PROJECT_COLUMN_COUNT + 1);
		rows[i].put_by =
			arena_strdup(list->arena,
		                     pg_text(result, i, STORE_PROJECT_COLUMN_COUNT + 2));
		list->error = rows[i].put_by == NULL
		                      ? E_NOMEM
		                      : store_project_read(list->arena, result, i,
		                                           &rows[i].project);
	}
}

static void on_total(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_project_list *list =
		container_of(batch, struct store_project_list, batch);

	list->total = (unsigned long)pg_integer(result, 0, 0);
}

static void on_list_done(struct pg_batch *batch, int status)
{
	struct store_project_list *list =
		container_of(batch, struct store_project_list, batch);

	list->done(list, status == 0 ? list->error : status);
}

int store_project_read(struct arena *arena, const struct pg_result *result, size_t row,
                       struct project *ret)
{
	const char *texts[8];
	int r;

	for (int c = 0; c < 8; c++) {
		texts[c] = arena_strdup(arena, pg_text(result, row, c));
		if (texts[c] == NULL)
			return E_NOMEM;
	}
	*ret = (struct project){
		.unit = texts[0],
		.id = texts[1],
		.section = texts[2],
		.name = texts[4],
		.kind = texts[5],
		.person = texts[6],
		.telephone = texts[7],
		.state = (enum project_state)pg_integer(result, row, 10),
		.reason = arena_strdup(arena, pg_text(result, row, 11)),
		.version = (uint32_t)pg_integer(result, row, 12),
	};
	r = ret->reason != NULL ? read_targets(arena, texts[3], ret) : E_NOMEM;
	if (r == 0)
		r = read_day(pg_text(result, row, 8), &ret->start);
	return r < 0 ? r : read_day(pg_text(result, row, 9), &ret->finish);
}

static int read_targets(struct arena *arena, const char *text, struct project *ret)
{
	const char **targets = arena_new_array(arena, PROJECT_TARGETS_MAX, const char *);

	if (targets == NULL)
		return E_NOMEM;
	while (*text != '\0') {
		size_t len = strcspn(text, ",");

		if (ret->target_count == PROJECT_TARGETS_MAX)
			return E_CORRUPT;
		targets[ret->target_count] = arena_strndup(arena, text, len);
		if (targets[ret->target_count++] == NULL)
			return E_NOMEM;
		text += len + (text[len] == ',');
	}
	ret->targets = targets;
	return 0;
}

static int read_day(const char *text, day *ret_day)
{
	*ret_day = DAY_NONE;
	if (text[0] == '\0')
		return 0;
	return day_parse(text, ret_day) < 0 ? E_CORRUPT : 0;
}
