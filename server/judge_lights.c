/*
 * Lights, group by group:
 *
 *	   .------------------- more -------------------.
 *	   v                                            |
 *	read what waits ~ ~> judge (model, pure) -> store ~ ~
 *	   |
 *	   '-- nothing waits --> done
 *
 * What can go wrong, and who has to act:
 *
 *  - The database is away: what waits, waits. Nobody need act.
 *  - A row names a version of its plan that is not in memory: the plans are read again,
 *    and the row waits for the next pass.
 *  - Killed anywhere: a group is stored and taken from the queue, or neither.
 */
#include "server/judge_lights.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "server/clock.h"
#include "server/plans.h"
#include "server/server.h"

#define LIGHTS_GROUP      500                 /* reports read at once */
#define LIGHTS_GROUPS_MAX 10000               /* in one pass */
#define LIGHTS_MEMORY_MAX (64u * 1024 * 1024) /* for one group */

static int read_group(struct judge_lights *lights);
static void on_read(struct store_lights_due *due, int status);
static int judge_group(struct judge_lights *lights);
static int judge_one(struct judge_lights *lights, const struct light_due *due);
static int judge_section(struct judge_lights *lights, const struct plan_version *version,
                         const struct light_due *due);
static int judge_target(struct judge_lights *lights, const struct light_due *due,
                        struct light_inputs *inputs);
static void look_before(const struct light_due *due, struct light_inputs *inputs);
static int keep(struct judge_lights *lights, const struct light_record *record);
static int write_group(struct judge_lights *lights);
static void on_written(struct store_lights *put, int status);
static void end(struct judge_lights *lights, int status);

int judge_lights_run(struct judge_lights *lights, int64_t now)
{
	int r;

	lights->now = now;
	lights->groups = 0;
	arena_init(&lights->arena, LIGHTS_MEMORY_MAX);
	r = read_group(lights);
	if (r < 0)
		arena_finish(&lights->arena);
	return r;
}

static int read_group(struct judge_lights *lights)
{
	arena_finish(&lights->arena);
	lights->groups++;
	lights->due.limit = LIGHTS_GROUP;
	lights->due.arena = &lights->arena;
	lights->due.done = on_read;
	return store_lights_due(lights->srv->store, &lights->due);
}

static void on_read(struct store_lights_due *due, int status)
{
	struct judge_lights *lights = container_of(due, struct judge_lights, due);

	if (status == 0 && lights->closing)
		status = E_CANCELLED;
	if (status < 0 || due->count == 0) {
		end(lights, status);
		return;
	}
	status = judge_group(lights);
	if (status == 0 && lights->judged_count == 0)
		status = E_BUSY; /* all of them wait for a plan */
	if (status == 0)
		status = write_group(lights);
	if (status < 0)
		end(lights, status);
}

static int judge_group(struct judge_lights *lights)
{
	size_t count = lights->due.count;
	int r = 0;

	lights->light_count = lights->light_capacity = lights->judged_count = 0;
	lights->lights = NULL;
	lights->judged = arena_new_array(&lights->arena, count, const struct light_due *);
	lights->versions = arena_new_array(&lights->arena, count, uint32_t);
	if (lights->judged == NULL || lights->versions == NULL)
		return E_NOMEM;
	for (size_t i = 0; r == 0 && i < count; i++)
		r = judge_one(lights, &lights->due.items[i]);
	if (r == 0 && lights->judged_count < count)
		(void)plans_refresh(lights->srv->plans, NULL);
	return r;
}

/* What this server cannot judge yet is left where it is. */
static int judge_one(struct judge_lights *lights, const struct light_due *due)
{
	const struct plan_version *version = plans_get(lights->srv->plans, due->plan);
	int r;

	if (version == NULL || version->version < due->plan_version)
		return 0;
	r = judge_section(lights, version, due);
	if (r < 0)
		return r;
	lights->versions[lights->judged_count] = version->version;
	lights->judged[lights->judged_count++] = due;
	return 0;
}

/* A unit, section or period that the plan no longer has: it took the question with it. */
static int judge_section(struct judge_lights *lights, const struct plan_version *version,
                         const struct light_due *due)
{
	const struct plan_section *section =
		plan_find_section(version->plan, due->section);
	struct light_inputs inputs = {
		.plan = version->plan,
		.plan_version = version->version,
		.unit = plan_find_unit(version->plan, due->unit),
		.number = due->number,
		.evidence = due->evidence,
	};
	int r = 0;

	if (section == NULL || inputs.unit == NULL ||
	    period_parse(due->period, &inputs.period) < 0 ||
	    period_in_plan(version->plan, &inputs.period) < 0)
		return 0;
	for (size_t i = 0; r == 0 && i < section->target_count; i++) {
		inputs.target = &section->targets[i];
		r = judge_target(lights, due, &inputs);
	}
	return r;
}

static int judge_target(struct judge_lights *lights, const struct light_due *due,
                        struct light_inputs *inputs)
{
	struct light_record *record = arena_new(&lights->arena, struct light_record);
	int r;

	if (record == NULL)
		return E_NOMEM;
	look_before(due, inputs);
	r = light_judge(&lights->arena, inputs, record);
	if (r == E_NOT_FOUND)
		return 0;
	return r < 0 ? r : keep(lights, record);
}

static void look_before(const struct light_due *due, struct light_inputs *inputs)
{
	inputs->before = 0;
	inputs->before_period = "";
	for (size_t i = 0; i < due->before_count; i++) {
		if (strcmp(due->before[i].target, inputs->target->id) != 0)
			continue;
		inputs->before = due->before[i].light;
		inputs->before_period = due->before[i].period;
	}
}

/* The plan's texts are borrowed until the group is written: see on_read(), which judges
 * and sends in one callback; parameters are copies. */
static int keep(struct judge_lights *lights, const struct light_record *record)
{
	struct judged_light *larger =
		arena_grow(&lights->arena, lights->lights, lights->light_count,
	                   &lights->light_capacity, sizeof(*larger));
	int r;

	if (larger == NULL)
		return E_NOMEM;
	lights->lights = larger;
	larger[lights->light_count].record = record;
	r = light_encode(&lights->arena, record, &larger[lights->light_count].bytes);
	if (r == 0)
		lights->light_count++;
	return r;
}

static int write_group(struct judge_lights *lights)
{
	lights->put = (struct store_lights){
		.now = lights->now,
		.wall_now = wall_now(),
		.lights = lights->lights,
		.light_count = lights->light_count,
		.judged = lights->judged,
		.versions = lights->versions,
		.judged_count = lights->judged_count,
		.arena = &lights->arena,
		.done = on_written,
	};
	return store_lights(lights->srv->store, &lights->put);
}

static void on_written(struct store_lights *put, int status)
{
	struct judge_lights *lights = container_of(put, struct judge_lights, put);

	if (status == 0 && lights->closing)
		status = E_CANCELLED;
	else if (status == 0 && (lights->judged_count < lights->due.count ||
	                         lights->groups >= LIGHTS_GROUPS_MAX))
		status = E_BUSY;
	if (status == 0)
		status = read_group(lights);
	if (status < 0)
		end(lights, status);
}

/* The only way out. */
static void end(struct judge_lights *lights, int status)
{
	arena_finish(&lights->arena);
	lights->done(lights, status);
}
