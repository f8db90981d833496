/*
 * Publishing a version, as one transaction of at most ten statements:
 *
 *	version, files -> units, sections, indicators
 *	-> what earlier versions would have asked is forgotten
 *	-> what this one asks: sets of units, periods, groups of instants
 *	-> dates that it moves
 *	-> reports of the periods that open soon -> what nobody asks any more
 *	-> partitions, notice
 *
 * Nothing is multiplied by the units but the reports that are owed soon; the rest becomes
 * rows when its time comes (migration 0005). The notice to other servers rides in the
 *same transaction: nobody is told of a version that was not committed, and none is
 *committed without telling.
 *
 * What can go wrong: two servers publish the same number, and the key of plan_version
 * lets only one pass (E_EXISTS); a connection lost on the way, and nobody knows
 * (E_UNKNOWN): the office applies again and is told that nothing changed.
 */
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/plan_effects.h"
#include "server/store.h"
#include "server/store_plan.h"
#include "server/store_plan_sql.h"
#include "server/timetable.h"

/* Sets of units, and the instants at which each is asked something. */
struct asked {
	struct arena *arena;
	const char **sections, **units; /* a column of each set; places count from 1 */
	int64_t *reports;
	size_t set_count;
	const size_t *reporting, *measured; /* places by the section's index; 0: none */
	const size_t *dated;                /* place by the index of a target's row */
	int64_t *at, *due, *kinds, *levels, *places; /* a column of each group */
	const char **periods, **targets;
	size_t group_count;
};

static int put_version(struct store_plan_apply *apply);
static int put_files(struct store_plan_apply *apply);
static int put_units(struct store_plan_apply *apply);
static int put_words(struct store_plan_apply *apply);
static size_t count_indicators(const struct plan *plan);
static int put_asked(struct store_plan_apply *apply);
static int build_sets(struct store_plan_apply *apply, struct asked *asked);
static int add_pairs(struct store_plan_apply *apply, struct asked *asked, size_t index,
                     bool reports, size_t *ret_place);
static int add_set(struct asked *asked, const char *section, bool reports,
                   const char *const *units, size_t count);
static char *join(struct arena *arena, const char *const *units, size_t count);
static int build_groups(struct store_plan_apply *apply, struct asked *asked);
static void add_group(struct asked *asked, const struct timetable_instant *instant,
                      size_t place, const char *target);
static int put_sets(struct asked *asked, struct pg_param *params);
static int put_periods(struct store_plan_apply *apply, struct pg_param *params);
static int put_groups(struct asked *asked, struct pg_param *params);
static int put_moved(struct store_plan_apply *apply);
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
		r = put_asked(apply);
	if (r == 0 && apply->effects != NULL && apply->effects->date_count > 0)
		r = put_moved(apply);
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

static int put_asked(struct store_plan_apply *apply)
{
	struct asked asked = {.arena = apply->arena};
	struct pg_param *params = add_item(apply, STORE_PLAN_FORGET);
	int r;

	params[1] = params[2]; /* the present */
	params = add_item(apply, STORE_PLAN_PUT_ASKED);
	r = build_sets(apply, &asked);
	if (r == 0)
		r = build_groups(apply, &asked);
	if (r == 0)
		r = put_sets(&asked, params + 2);
	if (r == 0)
		r = put_periods(apply, params + 5);
	if (r == 0)
		r = put_groups(&asked, params + 10);
	return r;
}

/* Who reports each section, whose targets in it are measured, whose parts share a date.
 */
static int build_sets(struct store_plan_apply *apply, struct asked *asked)
{
	const struct timetable *table = apply->timetable;
	size_t sections = apply->plan->section_count;
	size_t room = 2 * sections + table->target_count;
	size_t *places = arena_new_array(asked->arena, room, size_t);
	int r = 0;

	asked->sections = arena_new_array(asked->arena, room, const char *);
	asked->units = arena_new_array(asked->arena, room, const char *);
	asked->reports = arena_new_array(asked->arena, room, int64_t);
	if (places == NULL || asked->sections == NULL || asked->units == NULL ||
	    asked->reports == NULL)
		return E_NOMEM;
	asked->reporting = places;
	asked->measured = places + sections;
	asked->dated = places + 2 * sections;
	for (size_t i = 0; r == 0 && i < sections; i++) {
		r = add_pairs(apply, asked, i, true, &places[i]);
		if (r == 0)
			r = add_pairs(apply, asked, i, false, &places[sections + i]);
	}
	for (size_t i = 0; r == 0 && i < table->target_count; i++) {
		const struct timetable_target *row = &table->targets[i];

		if (i == 0 || row->units != table->targets[i - 1].units)
			r = add_set(asked, row->section, false, row->units,
			            row->unit_count);
		places[2 * sections + i] = asked->set_count;
	}
	return r;
}

/* Of a section, the units that report it, or those of them that are measured. */
static int add_pairs(struct store_plan_apply *apply, struct asked *asked, size_t index,
                     bool reports, size_t *ret_place)
{
	const struct timetable *table = apply->timetable;
	const char *section = apply->plan->sections[index].id;
	const char **units =
		arena_new_array(asked->arena, table->pair_count, const char *);
	size_t count = 0;
	int r;

	if (units == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < table->pair_count; i++)
		if (strcmp(table->pairs[i].section, section) == 0 &&
		    (reports || table->pairs[i].measured))
			units[count++] = table->pairs[i].unit;
	r = add_set(asked, section, reports, units, count);
	*ret_place = count > 0 ? asked->set_count : 0;
	return r;
}

static int add_set(struct asked *asked, const char *section, bool reports,
                   const char *const *units, size_t count)
{
	if (count == 0)
		return 0;
	asked->sections[asked->set_count] = section;
	asked->reports[asked->set_count] = reports;
	asked->units[asked->set_count] = join(asked->arena, units, count);
	return asked->units[asked->set_count++] != NULL ? 0 : E_NOMEM;
}

static char *join(struct arena *arena, const char *const *units, size_t count)
{
	size_t room = 0;
	char *text, *end;

	for (size_t i = 0; i < count; i++)
		room += strlen(units[i]) + 1;
	text = arena_alloc(arena, room);
	if (text == NULL)
		return NULL;
	end = text;
	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(units[i]);

		memcpy(end, units[i], len);
		end += len;
		*end++ = i + 1 < count ? ',' : '\0';
	}
	return text;
}

static int build_groups(struct store_plan_apply *apply, struct asked *asked)
{
	const struct timetable *table = apply->timetable;
	size_t sections = apply->plan->section_count;
	size_t room = table->instant_count * sections + table->target_count;
	int64_t *numbers = arena_new_array(asked->arena, 5 * room, int64_t);
	const char **texts = arena_new_array(asked->arena, 2 * room, const char *);

	if (numbers == NULL || texts == NULL)
		return E_NOMEM;
	asked->at = numbers;
	asked->due = numbers + room;
	asked->kinds = numbers + 2 * room;
	asked->levels = numbers + 3 * room;
	asked->places = numbers + 4 * room;
	asked->periods = texts;
	asked->targets = texts + room;
	for (size_t i = 0; i < table->instant_count; i++) {
		const struct timetable_instant *instant = &table->instants[i];
		const size_t *places = instant->kind == ALERT_BEHIND ? asked->measured
		                                                     : asked->reporting;

		for (size_t k = 0; k < sections; k++)
			if (places[k] > 0)
				add_group(asked, instant, places[k], "");
	}
	for (size_t i = 0; i < table->target_count; i++) {
		const struct timetable_target *row = &table->targets[i];

		add_group(asked,
		          &(struct timetable_instant){.at = row->at,
		                                      .due = row->due,
		                                      .kind = ALERT_TARGET_OVERDUE,
		                                      .level = row->level,
		                                      .period = ""},
		          asked->dated[i], row->target);
	}
	return 0;
}

static void add_group(struct asked *asked, const struct timetable_instant *instant,
                      size_t place, const char *target)
{
	size_t i = asked->group_count++;

	asked->at[i] = instant->at;
	asked->due[i] = instant->due;
	asked->kinds[i] = (int64_t)instant->kind;
	asked->levels[i] = instant->level;
	asked->places[i] = (int64_t)place;
	asked->periods[i] = instant->period;
	asked->targets[i] = target;
}

static int put_sets(struct asked *asked, struct pg_param *params)
{
	size_t count = asked->set_count;

	params[0] = pg_param_text_array(asked->arena, asked->sections, count);
	params[1] = pg_param_integer_array(asked->arena, asked->reports, count);
	params[2] = pg_param_text_array(asked->arena, asked->units, count);
	return 0;
}

static int put_periods(struct store_plan_apply *apply, struct pg_param *params)
{
	const struct timetable *table = apply->timetable;
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
		params[i] = pg_param_text_array(apply->arena, texts + i * count, count);
	for (size_t i = 0; i < 3; i++)
		params[2 + i] =
			pg_param_instant_array(apply->arena, times + i * count, count);
	return 0;
}

static int put_groups(struct asked *asked, struct pg_param *params)
{
	struct arena *arena = asked->arena;
	size_t count = asked->group_count;

	params[0] = pg_param_instant_array(arena, asked->at, count);
	params[1] = pg_param_instant_array(arena, asked->due, count);
	params[2] = pg_param_integer_array(arena, asked->kinds, count);
	params[3] = pg_param_integer_array(arena, asked->levels, count);
	params[4] = pg_param_integer_array(arena, asked->places, count);
	params[5] = pg_param_text_array(arena, asked->periods, count);
	params[6] = pg_param_text_array(arena, asked->targets, count);
	return 0;
}

static int put_moved(struct store_plan_apply *apply)
{
	const struct plan_effects *effects = apply->effects;
	struct pg_param *params = add_item(apply, STORE_PLAN_PUT_MOVED);
	size_t count = effects->date_count;
	int64_t *numbers = arena_new_array(apply->arena, 7 * count, int64_t);
	const char **periods = arena_new_array(apply->arena, count, const char *);

	if (numbers == NULL || periods == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct effect_date *date = &effects->dates[i];

		periods[i] = date->period;
		numbers[i] = date->due_from;
		numbers[count + i] = date->due_to;
		numbers[2 * count + i] = date->lock_from;
		numbers[3 * count + i] = date->lock_to;
		numbers[4 * count + i] = date->was_estimated;
		numbers[5 * count + i] = date->is_estimated;
		numbers[6 * count + i] = date->reports;
	}
	params[2] = pg_param_text(effects->calendar_from);
	params[3] = pg_param_text(effects->calendar_to);
	params[4] = pg_param_text_array(apply->arena, periods, count);
	for (size_t i = 0; i < 4; i++)
		params[5 + i] =
			pg_param_instant_array(apply->arena, numbers + i * count, count);
	for (size_t i = 4; i < 7; i++)
		params[5 + i] =
			pg_param_integer_array(apply->arena, numbers + i * count, count);
	return 0;
}

/* A plan without periods asks for no partitions: from 1 to 0 there are no years. */
static int put_end(struct store_plan_apply *apply)
{
	const struct timetable *table = apply->timetable;
	bool none = table->first_year == 0;
	struct pg_param *params = add_item(apply, STORE_PLAN_OPEN);

	params[0] = params[2];
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
