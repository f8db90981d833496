/*
 * Publishing a version, as one transaction of eight statements:
 *
 *	version, files -> units, sections, indicators -> obligations -> timetable
 *	-> what earlier versions asked for and this one does not -> partitions, notice
 *
 * The notice to other servers rides in the same transaction: nobody is told of a version
 * that was not committed, and none is committed without telling.
 *
 * What can go wrong: two servers publish the same number, and the key of plan_version
 * lets only one pass (E_EXISTS); a connection lost on the way, and nobody knows
 * (E_UNKNOWN): the office applies again and is told that nothing changed.
 */
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/store.h"
#include "server/store_plan.h"
#include "server/store_plan_sql.h"
#include "server/timetable.h"

static int put_version(struct store_plan_apply *apply);
static int put_files(struct store_plan_apply *apply);
static int put_units(struct store_plan_apply *apply);
static int put_words(struct store_plan_apply *apply);
static size_t count_indicators(const struct plan *plan);
static int put_obligations(struct store_plan_apply *apply);
static int put_pairs(struct store_plan_apply *apply, struct pg_param *params);
static int put_timetable(struct store_plan_apply *apply);
static int put_instants(struct store_plan_apply *apply, struct pg_param *params);
static int put_targets(struct store_plan_apply *apply, struct pg_param *params);
static int put_end(struct store_plan_apply *apply);
static struct pg_param *add_item(struct store_plan_apply *apply, int statement);
static void on_done(struct pg_batch *batch, int status);

int store_plan_apply(struct store *store, struct store_plan_apply *apply)
{
	int r;

	memset(&apply->batch, 0, sizeof(apply->batch));
	apply->batch.done = on_done;
	r = put_version(apply);
	if (r == 0)
		r = put_files(apply);
	if (r == 0)
		r = put_units(apply);
	if (r == 0)
		r = put_words(apply);
	if (r == 0)
		r = put_obligations(apply);
	if (r == 0)
		r = put_timetable(apply);
	if (r == 0)
		r = put_end(apply);
	if (r < 0)
		return r;
	return pg_send(store_pg(store), &apply->batch);
}

/* Every statement about the plan begins with the plan and the version. */
static struct pg_param *add_item(struct store_plan_apply *apply, int statement)
{
	struct pg_batch *batch = &apply->batch;
	struct pg_param *params = batch->items[batch->count].params;

	CHECK(batch->count < PG_STATEMENTS_MAX);
	batch->items[batch->count++].statement = &store_plan_statements[statement];
	params[0] = pg_param_text(apply->plan->id);
	params[1] = pg_param_integer(apply->arena, apply->version);
	params[2] = pg_param_instant(apply->arena, apply->applied_at);
	return params;
}

static int put_version(struct store_plan_apply *apply)
{
	const struct plan *plan = apply->plan;
	struct pg_param *params = add_item(apply, STORE_PLAN_PUBLISH);

	params[2] = pg_param_text(plan->number);
	params[3] = pg_param_text(plan->title);
	params[4] = pg_param_bytes(bytes_of(plan->hash, sizeof(plan->hash)));
	params[5] = pg_param_instant(apply->arena, apply->applied_at);
	params[6] = pg_param_instant(apply->arena, apply->wall_applied_at);
	params[7] = pg_param_text(apply->applied_by);
	return 0;
}

static int put_files(struct store_plan_apply *apply)
{
	struct pg_param *params = add_item(apply, STORE_PLAN_PUT_FILES);
	size_t count = apply->file_count;
	const char **names = arena_new_array(apply->arena, count, const char *);
	struct bytes *contents = arena_new_array(apply->arena, count, struct bytes);

	if (names == NULL || contents == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		names[i] = apply->files[i].name;
		contents[i] = apply->files[i].content;
	}
	params[2] = pg_param_text_array(apply->arena, names, count);
	params[3] = pg_param_bytes_array(apply->arena, contents, count);
	return 0;
}

static int put_units(struct store_plan_apply *apply)
{
	const struct plan *plan = apply->plan;
	struct pg_param *params = add_item(apply, STORE_PLAN_PUT_UNITS);
	size_t count = plan->unit_count;
	const char **texts = arena_new_array(apply->arena, 3 * count, const char *);

	if (texts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		texts[i] = plan->units[i].code;
		texts[count + i] = plan->units[i].name;
		texts[2 * count + i] = plan->units[i].department;
	}
	for (size_t i = 0; i < 3; i++)
		params[i] = pg_param_text_array(apply->arena, texts + i * count, count);
	return 0;
}

static int put_words(struct store_plan_apply *apply)
{
	const struct plan *plan = apply->plan;
	struct pg_param *params = add_item(apply, STORE_PLAN_PUT_WORDS);
	size_t sections = plan->section_count, indicators = count_indicators(plan), n = 0;
	const char **first = arena_new_array(apply->arena, 2 * sections, const char *);
	const char **second = arena_new_array(apply->arena, 4 * indicators, const char *);

	if (first == NULL || second == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < sections; i++) {
		const struct plan_section *section = &plan->sections[i];

		first[i] = section->id;
		first[sections + i] = section->name;
		for (size_t k = 0; k < section->indicator_count; k++, n++) {
			const struct plan_indicator *indicator = &section->indicators[k];

			second[n] = section->id;
			second[indicators + n] = indicator->id;
			second[2 * indicators + n] = indicator->name;
			second[3 * indicators + n] =
				indicator->unit != NULL ? indicator->unit->name : "";
		}
	}
	for (size_t i = 0; i < 2; i++)
		params[1 + i] =
			pg_param_text_array(apply->arena, first + i * sections, sections);
	for (size_t i = 0; i < 4; i++)
		params[3 + i] = pg_param_text_array(apply->arena, second + i * indicators,
		                                    indicators);
	return 0;
}

static size_t count_indicators(const struct plan *plan)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->section_count; i++)
		count += plan->sections[i].indicator_count;
	return count;
}

static int put_obligations(struct store_plan_apply *apply)
{
	const struct timetable *table = apply->timetable;
	struct pg_param *params = add_item(apply, STORE_PLAN_PUT_OBLIGATIONS);
	size_t count = table->period_count;
	const char **texts = arena_new_array(apply->arena, 2 * count, const char *);
	int64_t *times = arena_new_array(apply->arena, 3 * count, int64_t);
	char end[DAY_TEXT_MAX];

	if (texts == NULL || times == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		day_print(table->periods[i].end, end);
		texts[i] = table->periods[i].period;
		texts[count + i] = arena_strdup(apply->arena, end);
		times[i] = table->periods[i].opens;
		times[count + i] = table->periods[i].due;
		times[2 * count + i] = table->periods[i].lock;
		if (texts[count + i] == NULL)
			return E_NOMEM;
	}
	for (size_t i = 0; i < 2; i++)
		params[5 + i] =
			pg_param_text_array(apply->arena, texts + i * count, count);
	for (size_t i = 0; i < 3; i++)
		params[7 + i] =
			pg_param_instant_array(apply->arena, times + i * count, count);
	return put_pairs(apply, params + 3);
}

/* Units and sections. */
static int put_pairs(struct store_plan_apply *apply, struct pg_param *params)
{
	const struct timetable *table = apply->timetable;
	size_t count = table->pair_count;
	const char **texts = arena_new_array(apply->arena, 2 * count, const char *);

	if (texts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		texts[i] = table->pairs[i].unit;
		texts[count + i] = table->pairs[i].section;
	}
	for (size_t i = 0; i < 2; i++)
		params[i] = pg_param_text_array(apply->arena, texts + i * count, count);
	return 0;
}

static int put_timetable(struct store_plan_apply *apply)
{
	const struct timetable *table = apply->timetable;
	struct pg_param *params = add_item(apply, STORE_PLAN_PUT_TIMETABLE);
	int64_t *measured = arena_new_array(apply->arena, table->pair_count, int64_t);
	int r = put_pairs(apply, params + 3);

	if (measured == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < table->pair_count; i++)
		measured[i] = table->pairs[i].measured;
	params[5] = pg_param_integer_array(apply->arena, measured, table->pair_count);
	if (r == 0)
		r = put_instants(apply, params + 6);
	if (r == 0)
		r = put_targets(apply, params + 11);
	return r;
}

static int put_instants(struct store_plan_apply *apply, struct pg_param *params)
{
	const struct timetable *table = apply->timetable;
	size_t count = table->instant_count;
	int64_t *numbers = arena_new_array(apply->arena, 4 * count, int64_t);
	const char **periods = arena_new_array(apply->arena, count, const char *);

	if (numbers == NULL || periods == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		numbers[i] = table->instants[i].at;
		numbers[count + i] = table->instants[i].due;
		numbers[2 * count + i] = (int64_t)table->instants[i].kind;
		numbers[3 * count + i] = table->instants[i].level;
		periods[i] = table->instants[i].period;
	}
	for (size_t i = 0; i < 2; i++)
		params[i] =
			pg_param_instant_array(apply->arena, numbers + i * count, count);
	for (size_t i = 2; i < 4; i++)
		params[i] =
			pg_param_integer_array(apply->arena, numbers + i * count, count);
	params[4] = pg_param_text_array(apply->arena, periods, count);
	return 0;
}

static int put_targets(struct store_plan_apply *apply, struct pg_param *params)
{
	const struct timetable *table = apply->timetable;
	size_t count = table->target_count;
	int64_t *numbers = arena_new_array(apply->arena, 3 * count, int64_t);
	const char **texts = arena_new_array(apply->arena, 3 * count, const char *);

	if (numbers == NULL || texts == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		numbers[i] = table->targets[i].at;
		numbers[count + i] = table->targets[i].due;
		numbers[2 * count + i] = table->targets[i].level;
		texts[i] = table->targets[i].unit;
		texts[count + i] = table->targets[i].section;
		texts[2 * count + i] = table->targets[i].target;
	}
	for (size_t i = 0; i < 2; i++)
		params[i] =
			pg_param_instant_array(apply->arena, numbers + i * count, count);
	params[2] = pg_param_integer_array(apply->arena, numbers + 2 * count, count);
	for (size_t i = 0; i < 3; i++)
		params[3 + i] =
			pg_param_text_array(apply->arena, texts + i * count, count);
	return 0;
}

/* A plan without periods asks for no partitions: from 1 to 0 there are no years. */
static int put_end(struct store_plan_apply *apply)
{
	const struct timetable *table = apply->timetable;
	bool none = table->first_year == 0;
	struct pg_param *params;

	(void)add_item(apply, STORE_PLAN_TAKE_BACK);
	params = add_item(apply, STORE_PLAN_PREPARE);
	params[0] = pg_param_integer(apply->arena, none ? 1 : table->first_year);
	params[1] = pg_param_integer(apply->arena, none ? 0 : table->last_year);
	params[2] = pg_param_text(STORE_PLAN_CHANNEL);
	return 0;
}

static void on_done(struct pg_batch *batch, int status)
{
	struct store_plan_apply *apply =
		container_of(batch, struct store_plan_apply, batch);

	apply->done(apply, status);
}
