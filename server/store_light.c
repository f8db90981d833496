/*
 * The SQL of lights.
 *
 * Why every report is judged: a trigger writes it into light_due in the transaction that
 * stores it (see the migration), and it leaves that table only in the transaction that
 * stores its lights.
 *
 * Why memory holds: of a unit and section only the earliest period that waits is read, so
 * that a period is judged when the light before it is stored, whoever judges.
 */
#include "server/store_light.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_evidence.h"
#include "server/store_sql.h"

static void on_due_rows(struct pg_batch *batch, const struct pg_result *result);
static int read_due(struct arena *arena, const struct pg_result *result, size_t *row,
                    struct light_due *ret);
static bool read_head(struct arena *arena, const struct pg_result *result, size_t row,
                      struct light_due *ret);
static int read_before(struct arena *arena, const struct pg_result *result, size_t row,
                       struct light_before *ret);
static void on_due_done(struct pg_batch *batch, int status);
static int put_lights(struct store_lights *lights, struct pg_param *params);
static int put_judged(struct store_lights *lights, struct pg_param *params);
static void on_lights_done(struct pg_batch *batch, int status);
static void on_light_row(struct pg_batch *batch, const struct pg_result *result);
static void on_other_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_light_done(struct pg_batch *batch, int status);
static void on_given_rows(struct pg_batch *batch, const struct pg_result *result);
static void on_given_done(struct pg_batch *batch, int status);

enum { DUE, LOCK, PUT, EXPLAIN, OTHERS, OF_REPORT };

#define SQL_NO_EVIDENCE                                                          \
	"NULL::text, NULL::text, NULL::text, NULL::smallint, 0, NULL::text, 0, " \
	"NULL::text, NULL::text, NULL::text, 0, NULL::text, NULL::text, "        \
	"NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text"

/* Columns of DUE. */
enum {
	PLACE,
	PLAN,
	UNIT,
	SECTION,
	PERIOD,
	NUMBER,
	VERSION,
	ASKED,
	REVIEWED,
	WHAT, /* 0: the item itself, with a figure or none; 1: a light before */
	TARGET,
	BEFORE_PERIOD,
	BEFORE_LIGHT,
	EVIDENCE, /* and on */
};

/* clang-format off */
const struct pg_statement store_light_statements[] = {
	[DUE] = {"light_due",
		"WITH first AS MATERIALIZED (SELECT * FROM light_due "
			"ORDER BY plan, unit, section, period, number LIMIT $1::integer), "
		"due AS MATERIALIZED (SELECT row_number() OVER () AS place, d.* FROM ("
			"SELECT DISTINCT ON (w.plan, w.unit, w.section) w.*, s.period_end, "
			"s.report_id FROM first w LEFT JOIN submission s ON s.number = w.number "
			"ORDER BY w.plan, w.unit, w.section, w.period COLLATE \"C\", "
			"coalesce(s.revision, 0)) d) "
		"SELECT d.place, d.plan, d.unit, d.section, d.period, d.number, d.plan_version, "
		"d.asked, EXISTS (SELECT FROM review r WHERE r.number = d.number), 0 AS what, "
		"'' AS target, '' AS before_period, 0 AS light, " SQL_EVIDENCE " FROM due d "
		"LEFT JOIN figure f ON f.period_end = d.period_end AND f.unit = d.unit "
		"AND f.report_id = d.report_id " SQL_JOIN_EVIDENCE("d", "'infinity'")
		"UNION ALL "
		"SELECT d.place, '', '', '', '', '', 0, 0, false, 1, l.target, l.period, l.light, "
		SQL_NO_EVIDENCE " FROM due d CROSS JOIN LATERAL ("
			"SELECT DISTINCT ON (target) target, period, light FROM ("
				/* Of several for one period the newest counts, lit or not. */
				"SELECT DISTINCT ON (target, period) target, period, light "
				"FROM light l WHERE l.plan = d.plan AND l.unit = d.unit "
				"AND l.section = d.section "
				"AND l.period COLLATE \"C\" < d.period COLLATE \"C\" "
				"ORDER BY target, period, id DESC) n "
			"WHERE light <= 3 ORDER BY target, period COLLATE \"C\" DESC) l "
		"ORDER BY 1, 10, 11, 14", 1},
	[LOCK] = {"light_lock",
		"SELECT pg_advisory_xact_lock(hashtext('duban'), hashtext('light'))", 0},
	[PUT] = {"light_put",
		"WITH done AS (DELETE FROM light_due d USING unnest($1::text[], $2::text[], "
			"$3::text[], $4::text[], $5::text[], $6::integer[], $7::integer[]) "
			"AS j(plan, unit, section, period, number, version, asked) "
			"WHERE d.plan = j.plan AND d.unit = j.unit AND d.section = j.section "
			"AND d.period = j.period AND d.number = j.number "
			"AND d.plan_version <= j.version AND d.asked = j.asked "
			"RETURNING d.plan, d.unit, d.section, d.period, d.number), "
		"judged AS (SELECT * FROM unnest($8::text[], $9::text[], $10::text[], "
			"$11::text[], $12::text[], $13::text[], $14::integer[], $15::smallint[], "
			"$16::bigint[], $17::bytea[], $18::text[]) AS g(plan, unit, section, target, "
			"period, number, version, light, remembered, record, sentence) "
			"JOIN done USING (plan, unit, section, period, number)), "
		"inserted AS ("
			"INSERT INTO light (plan, unit, section, target, period, number, "
			"plan_version, light, remembered, record, sentence, decided_at, "
			"wall_decided_at, judgement) "
			"SELECT g.plan, g.unit, g.section, g.target, g.period, g.number, g.version, "
			"g.light, g.remembered <> 0, g.record, g.sentence, $19::timestamptz, "
			"$20::timestamptz, 1 + (SELECT count(*) FROM light o "
				"WHERE o.plan = g.plan AND o.unit = g.unit AND o.section = g.section "
				"AND o.target = g.target AND o.period = g.period "
				"AND o.number = g.number AND o.plan_version = g.version) "
			"FROM judged g WHERE g.record IS DISTINCT FROM ("
				"SELECT o.record FROM light o WHERE o.plan = g.plan "
				"AND o.unit = g.unit AND o.section = g.section AND o.target = g.target "
				"AND o.period = g.period ORDER BY o.id DESC LIMIT 1) "
			"ON CONFLICT ON CONSTRAINT light_once DO NOTHING "
			"RETURNING plan, unit, section, period), "
		"cities AS ("
			"INSERT INTO city_due (plan, section, period) "
			"SELECT DISTINCT plan, section, period FROM done "
			"WHERE number <> '' ORDER BY plan, section, period "
			"ON CONFLICT (plan, section, period) "
			"DO UPDATE SET asked = city_due.asked + 1) "
		/* What follows remembers the light before. */
		"INSERT INTO light_due (plan, unit, section, period, number) "
		"SELECT DISTINCT ON (s.plan, s.unit, s.section) s.plan, s.unit, s.section, "
			"s.period, s.number "
		"FROM (SELECT DISTINCT plan, unit, section, period FROM inserted) i "
		"JOIN submission s ON s.plan = i.plan AND s.unit = i.unit "
			"AND s.section = i.section AND s.superseded_at IS NULL "
			"AND s.period COLLATE \"C\" > i.period COLLATE \"C\" "
		"ORDER BY s.plan, s.unit, s.section, s.period COLLATE \"C\" "
		"ON CONFLICT (plan, unit, section, period, number) "
		"DO UPDATE SET asked = light_due.asked + 1", 20},
	[EXPLAIN] = {"light_explain",
		"SELECT l.record, " SQL_MS("l.decided_at") ", " SQL_MS("l.wall_decided_at") ", "
		"coalesce(s.number, ''), coalesce(" SQL_MS("s.received_at") ", 0), "
		"coalesce(r.signer, ''), coalesce(r.approved_by, ''), "
		"coalesce(s.content_hash, ''::bytea), l.id FROM light l "
		"LEFT JOIN submission s ON l.number <> '' AND s.number = l.number "
		"LEFT JOIN report r ON r.period_end = s.period_end AND r.unit = s.unit "
		"AND r.report_id = s.report_id "
		"WHERE l.plan = $1::text AND l.unit = $2::text AND l.section = $3::text "
		"AND l.target = $4::text AND ($5::text = '' OR l.period = $5::text) "
		"ORDER BY l.period COLLATE \"C\" DESC, l.id DESC LIMIT 1", 5},
	[OTHERS] = {"light_others",
		"SELECT l.period, l.number, l.light, l.plan_version, " SQL_MS("l.decided_at") ", "
		"l.id FROM light l WHERE l.plan = $1::text AND l.unit = $2::text "
		"AND l.section = $3::text AND l.target = $4::text "
		"ORDER BY l.period COLLATE \"C\" DESC, l.id DESC LIMIT $5::integer", 5},
	[OF_REPORT] = {"light_of_report",
		"SELECT l.record, " SQL_MS("l.decided_at") " FROM submission s "
		"JOIN light l ON l.plan = s.plan AND l.unit = s.unit AND l.section = s.section "
		"AND l.number = s.number WHERE s.number = $1::text "
		"ORDER BY l.target, l.id LIMIT $2::integer", 2},
	{.name = NULL},
};
/* clang-format on */

int store_lights_due(struct store *store, struct store_lights_due *due)
{
	struct pg_batch *batch = &due->batch;

	memset(batch, 0, sizeof(*batch));
	due->error = 0;
	due->count = 0;
	batch->done = on_due_done;
	batch->count = 1;
	batch->items[0].statement = &store_light_statements[DUE];
	batch->items[0].params[0] = pg_param_integer(due->arena, (int64_t)due->limit);
	batch->items[0].rows = on_due_rows;
	return pg_send(store_pg(store), batch);
}

static void on_due_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_lights_due *due =
		container_of(batch, struct store_lights_due, batch);
	size_t rows = pg_rows(result);

	due->count = 0;
	due->items = arena_new_array(due->arena, rows, struct light_due);
	due->error = due->items != NULL ? 0 : E_NOMEM;
	for (size_t row = 0; row < rows && due->error == 0;)
		due->error =
			read_due(due->arena, result, &row, &due->items[due->count++]);
}

/* From *@row on, which moves behind the item's rows: first its figures, then the lights
 * before. */
static int read_due(struct arena *arena, const struct pg_result *result, size_t *row,
                    struct light_due *ret)
{
	size_t from = *row, rows = pg_rows(result);
	int64_t place = pg_integer(result, from, PLACE);
	struct evidence_reader reader;
	struct light_before *before;
	int r;

	while (*row < rows && pg_integer(result, *row, PLACE) == place)
		(*row)++;
	before = arena_new_array(arena, *row - from, struct light_before);
	if (before == NULL || !read_head(arena, result, from, ret))
		return E_NOMEM;
	ret->before = before;
	r = evidence_begin(&reader, arena, result, EVIDENCE, *row - from);
	for (size_t i = from; r == 0 && i < *row; i++) {
		if (pg_integer(result, i, WHAT) == 0 && !pg_is_null(result, i, EVIDENCE))
			r = evidence_read(&reader, i);
		else if (pg_integer(result, i, WHAT) == 1)
			r = read_before(arena, result, i, &before[ret->before_count++]);
	}
	ret->evidence = evidence_end(&reader, pg_bool(result, from, REVIEWED));
	return r;
}

static bool read_head(struct arena *arena, const struct pg_result *result, size_t row,
                      struct light_due *ret)
{
	*ret = (struct light_due){
		.plan = arena_strdup(arena, pg_text(result, row, PLAN)),
		.unit = arena_strdup(arena, pg_text(result, row, UNIT)),
		.section = arena_strdup(arena, pg_text(result, row, SECTION)),
		.period = arena_strdup(arena, pg_text(result, row, PERIOD)),
		.number = arena_strdup(arena, pg_text(result, row, NUMBER)),
		.plan_version = (uint32_t)pg_integer(result, row, VERSION),
		.asked = (unsigned)pg_integer(result, row, ASKED),
	};
	return ret->plan != NULL && ret->unit != NULL && ret->section != NULL &&
	       ret->period != NULL && ret->number != NULL;
}

static int read_before(struct arena *arena, const struct pg_result *result, size_t row,
                       struct light_before *ret)
{
	*ret = (struct light_before){
		.target = arena_strdup(arena, pg_text(result, row, TARGET)),
		.period = arena_strdup(arena, pg_text(result, row, BEFORE_PERIOD)),
		.light = (enum light)pg_integer(result, row, BEFORE_LIGHT),
	};
	return ret->target != NULL && ret->period != NULL ? 0 : E_NOMEM;
}

static void on_due_done(struct pg_batch *batch, int status)
{
	struct store_lights_due *due =
		container_of(batch, struct store_lights_due, batch);

	due->done(due, status < 0 ? status : due->error);
}

int store_lights(struct store *store, struct store_lights *lights)
{
	struct pg_batch *batch = &lights->batch;
	struct pg_param *params = batch->items[1].params;
	int r;

	memset(batch, 0, sizeof(*batch));
	batch->done = on_lights_done;
	batch->count = 2;
	batch->items[0].statement = &store_light_statements[LOCK];
	batch->items[1].statement = &store_light_statements[PUT];
	r = put_judged(lights, params);
	if (r == 0)
		r = put_lights(lights, params + 7);
	if (r < 0)
		return r;
	params[18] = pg_param_instant(lights->arena, lights->now);
	params[19] = pg_param_instant(lights->arena, lights->wall_now);
	return pg_send(store_pg(store), batch);
}

static int put_judged(struct store_lights *lights, struct pg_param *params)
{
	struct arena *arena = lights->arena;
	size_t count = lights->judged_count;
	const char **texts = arena_new_array(arena, 5 * count, const char *);
	int64_t *versions = arena_new_array(arena, count, int64_t);
	int64_t *asked = arena_new_array(arena, count, int64_t);

	if (texts == NULL || versions == NULL || asked == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct light_due *due = lights->judged[i];

		texts[i] = due->plan;
		texts[count + i] = due->unit;
		texts[2 * count + i] = due->section;
		texts[3 * count + i] = due->period;
		texts[4 * count + i] = due->number;
		versions[i] = lights->versions[i];
		asked[i] = due->asked;
	}
	for (size_t column = 0; column < 5; column++)
		params[column] =
			pg_param_text_array(arena, texts + column * count, count);
	params[5] = pg_param_integer_array(arena, versions, count);
	params[6] = pg_param_integer_array(arena, asked, count);
	return 0;
}

static int put_lights(struct store_lights *lights, struct pg_param *params)
{
	struct arena *arena = lights->arena;
	size_t count = lights->light_count;
	const char **texts = arena_new_array(arena, 7 * count, const char *);
	int64_t *numbers = arena_new_array(arena, 3 * count, int64_t);
	struct bytes *records = arena_new_array(arena, count, struct bytes);

	if (texts == NULL || numbers == NULL || records == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct light_record *record = lights->lights[i].record;
		const struct light_inputs *inputs = &record->inputs;
		char period[PERIOD_TEXT_MAX];

		period_print(&inputs->period, period);
		texts[i] = inputs->plan->id;
		texts[count + i] = inputs->unit->code;
		texts[2 * count + i] = inputs->target->section->id;
		texts[3 * count + i] = inputs->target->id;
		texts[4 * count + i] = arena_strdup(arena, period);
		texts[5 * count + i] = inputs->number;
		texts[6 * count + i] = record->sentence;
		numbers[i] = inputs->plan_version;
		numbers[count + i] = record->standing.light;
		numbers[2 * count + i] = record->standing.remembered;
		records[i] = lights->lights[i].bytes;
		if (texts[4 * count + i] == NULL)
			return E_NOMEM;
	}
	for (size_t column = 0; column < 6; column++)
		params[column] =
			pg_param_text_array(arena, texts + column * count, count);
	for (size_t column = 0; column < 3; column++)
		params[6 + column] =
			pg_param_integer_array(arena, numbers + column * count, count);
	params[9] = pg_param_bytes_array(arena, records, count);
	params[10] = pg_param_text_array(arena, texts + 6 * count, count);
	return 0;
}

static void on_lights_done(struct pg_batch *batch, int status)
{
	struct store_lights *lights = container_of(batch, struct store_lights, batch);

	lights->done(lights, status);
}

int store_light(struct store *store, struct store_light *light)
{
	struct pg_batch *batch = &light->batch;
	const char *const keys[] = {light->plan, light->unit, light->section,
	                            light->target};

	memset(batch, 0, sizeof(*batch));
	light->error = E_NOT_FOUND;
	batch->done = on_light_done;
	batch->count = 2;
	batch->items[0].statement = &store_light_statements[EXPLAIN];
	batch->items[0].rows = on_light_row;
	batch->items[1].statement = &store_light_statements[OTHERS];
	batch->items[1].rows = on_other_rows;
	for (size_t i = 0; i < 2; i++) {
		for (size_t j = 0; j < 4; j++)
			batch->items[i].params[j] = pg_param_text(keys[j]);
	}
	batch->items[0].params[4] = pg_param_text(light->period);
	batch->items[1].params[4] =
		pg_param_integer(light->arena, STORE_LIGHT_EARLIER_MAX + 1);
	return pg_send(store_pg(store), batch);
}

static void on_light_row(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_light *light = container_of(batch, struct store_light, batch);

	if (pg_rows(result) == 0)
		return;
	light->record = pg_bytes(result, 0, 0, light->arena);
	light->decided_at = pg_integer(result, 0, 1);
	light->wall_decided_at = pg_integer(result, 0, 2);
	light->number = arena_strdup(light->arena, pg_text(result, 0, 3));
	light->received_at = pg_integer(result, 0, 4);
	light->signer = arena_strdup(light->arena, pg_text(result, 0, 5));
	light->approved_by = arena_strdup(light->arena, pg_text(result, 0, 6));
	light->content_hash = pg_bytes(result, 0, 7, light->arena);
	light->id = pg_integer(result, 0, 8);
	light->error = light->record.data != NULL && light->number != NULL &&
	                               light->signer != NULL &&
	                               light->approved_by != NULL &&
	                               light->content_hash.data != NULL
	                       ? 0
	                       : E_NOMEM;
}

static void on_other_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_light *light = container_of(batch, struct store_light, batch);
	size_t rows = pg_rows(result);

	light->row_count = 0;
	light->rows = arena_new_array(light->arena, rows, struct light_row);
	if (light->rows == NULL)
		light->error = E_NOMEM;
	for (size_t i = 0; i < rows && light->error == 0; i++) {
		struct light_row *row = &light->rows[light->row_count++];

		*row = (struct light_row){
			.period = arena_strdup(light->arena, pg_text(result, i, 0)),
			.number = arena_strdup(light->arena, pg_text(result, i, 1)),
			.light = (enum light)pg_integer(result, i, 2),
			.plan_version = (uint32_t)pg_integer(result, i, 3),
			.decided_at = pg_integer(result, i, 4),
			.id = pg_integer(result, i, 5),
		};
		if (row->period == NULL || row->number == NULL)
			light->error = E_NOMEM;
	}
}

static void on_light_done(struct pg_batch *batch, int status)
{
	struct store_light *light = container_of(batch, struct store_light, batch);

	light->done(light, status < 0 ? status : light->error);
}

int store_lights_of(struct store *store, struct store_lights_of *of)
{
	struct pg_batch *batch = &of->batch;

	memset(batch, 0, sizeof(*batch));
	of->error = 0;
	of->count = 0;
	batch->done = on_given_done;
	batch->count = 1;
	batch->items[0].statement = &store_light_statements[OF_REPORT];
	batch->items[0].params[0] = pg_param_text(of->number);
	batch->items[0].params[1] = pg_param_integer(of->arena, STORE_LIGHTS_OF_MAX + 1);
	batch->items[0].rows = on_given_rows;
	return pg_send(store_pg(store), batch);
}

static void on_given_rows(struct pg_batch *batch, const struct pg_result *result)
{
	struct store_lights_of *of = container_of(batch, struct store_lights_of, batch);
	size_t rows = pg_rows(result);

	of->more = rows > STORE_LIGHTS_OF_MAX;
	of->count = of->more ? STORE_LIGHTS_OF_MAX : rows;
	of->lights = arena_new_array(of->arena, of->count, struct given_light);
	if (of->lights == NULL)
		of->error = E_NOMEM;
	for (size_t i = 0; i < of->count && of->error == 0; i++) {
		of->lights[i].record = pg_bytes(result, i, 0, of->arena);
		of->lights[i].decided_at = pg_integer(result, i, 1);
		if (of->lights[i].record.data == NULL)
			of->error = E_NOMEM;
	}
}

static void on_given_done(struct pg_batch *batch, int status)
{
	struct store_lights_of *of = container_of(batch, struct store_lights_of, batch);

	of->done(of, status < 0 ? status : of->error);
}
