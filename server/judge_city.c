/*
 * The city's sums, one section and period after the other:
 *
 *	   .----------------------- more ------------------------.
 *	   v                                                     |
 *	read what waits ~ ~> all reported, any rule? -- no ------+
 *	                            |                            |
 *	                            v                            |
 *	                     read figures ~ ~> judge (model) -> store ~ ~
 *
 * What can go wrong, and who has to act:
 *
 *  - The database is away: what waits, waits. Nobody need act.
 *  - The plan no longer has the section or the rule: it took the question with it.
 *  - Sums that cannot be exact: the board says so; nobody is told.
 */
#include "server/judge_city.h"

#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "model/city.h"
#include "model/notice_city.h"
#include "server/clock.h"
#include "server/lights.h"
#include "server/plans.h"
#include "server/server.h"
#include "server/settings.h"

#define CITY_GROUP      100                  /* read at once */
#define CITY_MAX        10000                /* in one pass */
#define CITY_MEMORY_MAX (256u * 1024 * 1024) /* for one section of thousands of units */

static int read_due(struct judge_city *city);
static void on_due(struct store_city_due *due, int status);
static void go_on(struct judge_city *city);
static int begin_one(struct judge_city *city, const struct city_due *due);
static bool has_rules(const struct plan_section *section);
static void on_figures(struct store_city_figures *figures, int status);
static int judge_one(struct judge_city *city);
static int gather(struct judge_city *city, struct city_unit *units);
static int judge_rule(struct judge_city *city, const struct plan_rule *rule,
                      const struct period *period, const struct city_unit *units);
static bool is_told(const struct judge_city *city, const struct plan_rule *rule);
static int tell(struct judge_city *city, const struct city_check *check,
                const struct period *period);
static int write_one(struct judge_city *city);
static void on_written(struct store_city *put, int status);
static void drop_one(struct judge_city *city);
static void end(struct judge_city *city, int status);

int judge_city_run(struct judge_city *city, int64_t now)
{
	int r;

	city->now = now;
	city->inserted = city->seen = 0;
	arena_init(&city->arena, CITY_MEMORY_MAX);
	arena_init(&city->one, CITY_MEMORY_MAX);
	r = read_due(city);
	if (r < 0)
		arena_finish(&city->arena);
	return r;
}

static int read_due(struct judge_city *city)
{
	arena_finish(&city->arena);
	city->next = 0;
	city->due.limit = CITY_GROUP;
	city->due.arena = &city->arena;
	city->due.done = on_due;
	return store_city_due(city->srv->store, &city->due);
}

static void on_due(struct store_city_due *due, int status)
{
	struct judge_city *city = container_of(due, struct judge_city, due);

	if (status < 0 || due->count == 0)
		end(city, status);
	else
		go_on(city);
}

/* The next of those that were read, or the next to be read. */
static void go_on(struct judge_city *city)
{
	int r;

	drop_one(city);
	if (city->closing)
		r = E_CANCELLED;
	else if (city->next < city->due.count)
		r = begin_one(city, &city->due.items[city->next++]);
	else if (city->seen >= CITY_MAX)
		r = E_BUSY;
	else
		r = read_due(city);
	if (r < 0)
		end(city, r);
}

/* Figures are read only where they will be judged. */
static int begin_one(struct judge_city *city, const struct city_due *due)
{
	const struct plan_version *version = plans_get(city->srv->plans, due->plan);
	const struct plan_section *section =
		version != NULL ? plan_find_section(version->plan, due->section) : NULL;

	city->seen++;
	city->put = (struct store_city){.due = due, .recipient = ""};
	if (!due->complete || section == NULL || !has_rules(section))
		return write_one(city);
	city->version = plan_version_ref(version);
	city->figures.due = due;
	city->figures.arena = &city->one;
	city->figures.done = on_figures;
	return store_city_figures(city->srv->store, &city->figures);
}

static bool has_rules(const struct plan_section *section)
{
	for (size_t i = 0; i < section->rule_count; i++) {
		if (section->rules[i].scope == SCOPE_CITY)
			return true;
	}
	return false;
}

static void on_figures(struct store_city_figures *figures, int status)
{
	struct judge_city *city = container_of(figures, struct judge_city, figures);

	if (status == 0)
		status = judge_one(city);
	if (status == 0)
		status = write_one(city);
	if (status < 0)
		end(city, status);
}

static int judge_one(struct judge_city *city)
{
	const struct plan *plan = city->version->plan;
	const struct plan_section *section =
		plan_find_section(plan, city->figures.due->section);
	size_t rules = section->rule_count;
	struct city_unit *units =
		arena_new_array(&city->one, plan->unit_count, struct city_unit);
	struct period_times times;
	struct period period;
	int r = units != NULL ? gather(city, units) : E_NOMEM;

	if (r < 0 || period_parse(city->figures.due->period, &period) < 0)
		return r;
	period_times(plan, &period, &times);
	city->put.due_at = times.cutoff;
	city->put.plan_version = city->version->version;
	city->put.recipient = arena_printf(&city->one, "department/%s", plan->office->id);
	city->judged = arena_new_array(&city->one, rules, const char *);
	city->agreed = arena_new_array(&city->one, rules, const char *);
	city->alerts = arena_new_array(&city->one, rules, struct city_alert);
	if (city->put.recipient == NULL || city->judged == NULL || city->agreed == NULL ||
	    city->alerts == NULL)
		return E_NOMEM;
	for (size_t i = 0; r == 0 && i < rules; i++) {
		if (section->rules[i].scope == SCOPE_CITY)
			r = judge_rule(city, &section->rules[i], &period, units);
	}
	return r;
}

/* What each unit of the plan reported for this very period, as far as it stands. */
static int gather(struct judge_city *city, struct city_unit *units)
{
	for (size_t i = 0; i < city->figures.count; i++) {
		const struct city_report *report = &city->figures.reports[i];
		const struct plan_unit *unit =
			plan_find_unit(city->version->plan, report->unit);

		if (unit != NULL &&
		    evidence_figures(&city->one, &report->evidence,
		                     &units[unit->index].figures,
		                     &units[unit->index].figure_count) < 0)
			return E_NOMEM;
	}
	return 0;
}

static int judge_rule(struct judge_city *city, const struct plan_rule *rule,
                      const struct period *period, const struct city_unit *units)
{
	struct city_figures figures = {.units = units,
	                               .on = lights_day(city->version->plan, period)};
	const struct plan *plan = city->version->plan;
	const struct plan_section *section =
		plan_find_section(plan, city->figures.due->section);
	struct city_check check;
	int r = city_judge(&city->one, plan, section, rule, &figures, &check);

	if (r < 0)
		return r;
	city->judged[city->put.judged_count++] = rule->id;
	if (check.state == CITY_BROKEN)
		return tell(city, &check, period);
	if (check.state == CITY_HOLDS && !is_told(city, rule))
		city->agreed[city->put.agreed_count++] = rule->id;
	return 0;
}

/* The halves of "a <= b <= c" stand one after the other and are one rule to the office.
 */
static bool is_told(const struct judge_city *city, const struct plan_rule *rule)
{
	size_t count = city->put.alert_count;

	return count > 0 && strcmp(city->alerts[count - 1].rule, rule->id) == 0;
}

static int tell(struct judge_city *city, const struct city_check *check,
                const struct period *period)
{
	const struct plan_rule *rule = check->rule;
	size_t agreed = city->put.agreed_count;
	struct notice notice;
	int r;

	if (is_told(city, rule))
		return 0;
	if (agreed > 0 && strcmp(city->agreed[agreed - 1], rule->id) == 0)
		city->put.agreed_count--;
	r = notice_city_write(&city->one, city->version->plan, check, period, &notice);
	if (r < 0)
		return r;
	city->alerts[city->put.alert_count++] = (struct city_alert){
		.rule = rule->id,
		.title = notice.title,
		.text = notice.text,
		.sample = notice.sample,
	};
	return 0;
}

/* Nothing was judged: the question is only taken from the queue. */
static int write_one(struct judge_city *city)
{
	const struct settings *settings = city->srv->settings;
	struct store_city *put = &city->put;

	put->now = city->now;
	put->wall_now = wall_now();
	put->judged = city->judged;
	put->agreed = city->agreed;
	put->alerts = city->alerts;
	put->contacts = settings->contacts;
	put->contact_count = settings->contact_count;
	put->arena = &city->one;
	put->done = on_written;
	return store_city(city->srv->store, put);
}

static void on_written(struct store_city *put, int status)
{
	struct judge_city *city = container_of(put, struct judge_city, put);

	city->inserted += put->inserted;
	if (status < 0)
		end(city, status);
	else
		go_on(city);
}

static void drop_one(struct judge_city *city)
{
	plan_version_unref(city->version);
	city->version = NULL;
	arena_finish(&city->one);
}

/* The only way out. */
static void end(struct judge_city *city, int status)
{
	drop_one(city);
	arena_finish(&city->arena);
	city->done(city, status);
}
