/*
 * Judging a report:
 *
 *	plan? -> unit, section, period? -> the unit's? -> open? -> figures, texts -> rules
 *
 * Everything is looked at, so that a reporter corrects once and not five times; only
 * a report for another plan is not compared with this one. The code that is returned
 * is that of the first step that failed.
 *
 * What can go wrong is the reporter's to put right, in the words of the findings; or
 * there is no memory, and the report is neither taken nor refused.
 */
#include "model/validate.h"

#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "model/judging.h"
#include "model/wording.h"

static bool is_for_plan(struct judging *judging);
static int judge_place(struct judging *judging);
static void find_unit(struct judging *judging);
static void told_present_code(struct judging *judging);
static void find_section(struct judging *judging);
static void find_period(struct judging *judging);
static const char *periods_allowed(struct judging *judging);
static bool is_asked(struct judging *judging);
static int judge_time(struct judging *judging, int64_t now, struct verdict *verdict);
static void own_times(const struct judging *judging, struct period_times *times);
static enum timeliness timeliness_at(const struct period_times *times, int64_t now);
static bool is_open(const struct judging *judging, const struct period_times *times,
                    int64_t now);
static bool answers_return(const struct judging *judging);
static void judge_rules(struct judging *judging);

int validate_report(const struct plan *plan, const struct report *report,
                    const struct history *history, int64_t now, struct findings *findings,
                    struct verdict *ret_verdict)
{
	static const struct history nothing;
	struct judging judging = {
		.plan = plan,
		.report = report,
		.history = history != NULL ? history : &nothing,
		.findings = findings,
		.on = DAY_NONE,
	};
	int place, time;

	*ret_verdict = (struct verdict){0};
	if (!is_for_plan(&judging))
		return E_NOT_FOUND;
	place = judge_place(&judging);
	time = judge_time(&judging, now, ret_verdict);
	judge_change(&judging, time == 0 ? ret_verdict->timeliness : ON_TIME);
	judge_figures(&judging);
	judge_texts(&judging);
	judge_kind(&judging);
	judge_projects(&judging);
	if (place == 0)
		judge_known(&judging);
	judge_rules(&judging);
	if (place < 0)
		return place;
	if (time < 0)
		return time;
	return findings_result(findings);
}

static bool is_for_plan(struct judging *judging)
{
	const struct plan *plan = judging->plan;
	const char *found = judging->report->plan;

	if (strcmp(found, plan->id) == 0)
		return true;
	judging_form(judging, FORM_PLAN,
	             (struct finding){
			     .field = "plan",
			     .found = found,
			     .allowed = plan->id,
			     .text = judging_say(
				     judging, "报表按方案“%s”填报，现受理的方案为“%s”。",
				     found, plan->id),
		     });
	return false;
}

static int judge_place(struct judging *judging)
{
	find_unit(judging);
	find_section(judging);
	find_period(judging);
	if (judging->unit == NULL || judging->section == NULL || !judging->has_period)
		return E_NOT_FOUND;
	return is_asked(judging) ? 0 : E_DENIED;
}

static void find_unit(struct judging *judging)
{
	const char *found = judging->report->unit;

	judging->unit = plan_find_unit(judging->plan, found);
	if (judging->unit != NULL && strcmp(judging->unit->code, found) == 0)
		return;
	if (judging->unit != NULL) {
		told_present_code(judging);
		return;
	}
	judging_form(judging, FORM_UNIT,
	             (struct finding){
			     .field = "unit",
			     .found = found,
			     .allowed = "方案列明的单位代码",
			     .text = judging_say(judging, "方案中没有单位“%s”。", found),
		     });
}

/* Reports are kept by the code of today: one under a former code, from a certificate of
 * former years, would be another unit's. */
static void told_present_code(struct judging *judging)
{
	const struct plan_unit *unit = TAKE(judging->unit);
	const char *found = judging->report->unit, *since = "";
	const struct plan_former *former = plan_find_former(unit, found);

	if (former != NULL)
		since = judging_say(judging, "%s（%s%s停用）是曾用代码，", found,
		                    former->until,
		                    strchr(former->until, '-') == NULL ? "年" : "");
	judging_form(judging, FORM_UNIT,
	             (struct finding){
			     .field = "unit",
			     .found = found,
			     .allowed = unit->code,
			     .text = judging_say(judging,
	                                         "%s%s的代码现为%s：请换发证书，并把 "
	                                         "agent.unit 改成%s后重报。",
	                                         since, unit->name, unit->code,
	                                         unit->code),
		     });
}

static void find_section(struct judging *judging)
{
	const struct plan *plan = judging->plan;
	const char *found = judging->report->section, *allowed = "";

	judging->section = plan_find_section(plan, found);
	if (judging->section != NULL)
		return;
	for (size_t i = 0; i < plan->section_count; i++)
		allowed = judging_say(judging, "%s%s%s", allowed, i > 0 ? "、" : "",
		                      plan->sections[i].id);
	judging_form(judging, FORM_SECTION,
	             (struct finding){
			     .field = "section",
			     .found = found,
			     .allowed = allowed,
			     .text = judging_say(judging,
	                                         "方案中没有板块“%s”，现有板块：%s。",
	                                         found, allowed),
		     });
}

static void find_period(struct judging *judging)
{
	const char *found = judging->report->period, *allowed;
	struct period_times times;

	if (period_parse(found, &judging->period) == 0 &&
	    period_in_plan(judging->plan, &judging->period) == 0) {
		judging->has_period = true;
		period_times(judging->plan, &judging->period, &times);
		judging->on = instant_day(times.cutoff, judging->plan->utc_offset);
		return;
	}
	allowed = periods_allowed(judging);
	judging_form(judging, FORM_PERIOD,
	             (struct finding){
			     .field = "period",
			     .found = found,
			     .allowed = allowed,
			     .text = judging_say(judging,
	                                         "报告期“%s”不在方案的报送范围内：%s。",
	                                         found, allowed),
		     });
}

static const char *periods_allowed(struct judging *judging)
{
	static const char *const names[] = {
		[MONTHLY] = "按月", [QUARTERLY] = "按季", [YEARLY] = "按年"};
	const struct plan_schedule *schedule = &judging->plan->schedule;

	if (schedule->first_period == NULL || schedule->first_period[0] == '\0')
		return "方案尚未规定报告期";
	return judging_say(judging, "%s报送，%s至%s", names[schedule->frequency],
	                   schedule->first_period, schedule->last_period);
}

static bool is_asked(struct judging *judging)
{
	const struct plan_unit *unit = judging->unit;
	const struct plan_section *section = judging->section;

	if (section->asked[unit->index])
		return true;
	judging_form(judging, FORM_NOT_ASKED,
	             (struct finding){
			     .field = "section",
			     .found = section->id,
			     .allowed = "本单位承担的板块",
			     .text = judging_say(judging,
	                                         "%s在“%s”板块无任务，不需要报送。",
	                                         unit->name, section->name),
		     });
	return false;
}

/* On time up to and with the due instant; taken up to and with the lock, and longer only
 * where the bureau wants it: what it returned, and what it consented to. */
static int judge_time(struct judging *judging, int64_t now, struct verdict *verdict)
{
	const struct plan *plan = judging->plan;
	struct period_times *times = &verdict->times;
	char period[PERIOD_TEXT_MAX], when[WORDING_MAX];
	struct finding draft = {.field = "period", .found = judging->report->period};

	verdict->unit = judging->unit;
	verdict->section = judging->section;
	if (!judging->has_period)
		return 0;
	verdict->period = judging->period;
	verdict->revision = judging->report->supersedes != NULL &&
	                                    judging->report->supersedes[0] != '\0'
	                            ? judging->history->terms.revision + 1
	                            : 1;
	period_times(plan, &judging->period, times);
	own_times(judging, times);
	verdict->timeliness = timeliness_at(times, now);
	if (now >= times->opens && is_open(judging, times, now))
		return 0;
	period_print_zh(&judging->period, period);
	wording_instant(plan, now < times->opens ? times->opens : times->lock, when);
	if (now < times->opens) {
		draft.allowed = judging_say(judging, "%s起", when);
		draft.text = judging_say(judging, "%s的数据尚未截止，%s起受理。", period,
		                         when);
		judging_form(judging, FORM_EARLY, draft);
	} else {
		draft.allowed = judging_say(judging, "%s前", when);
		draft.text = judging_say(judging, "%s报表已于%s封表。", period, when);
		judging_form(judging, FORM_LOCKED, draft);
	}
	return E_STATE;
}

/* An extension moves due time and lock; a return sets a due time for the successor. */
static void own_times(const struct judging *judging, struct period_times *times)
{
	const struct period_terms *terms = &judging->history->terms;

	if (terms->due > times->due)
		times->due = terms->due;
	if (terms->lock > times->lock)
		times->lock = terms->lock;
	if (!answers_return(judging))
		return;
	times->due = terms->return_due;
	if (times->lock < times->due)
		times->lock = times->due;
}

static enum timeliness timeliness_at(const struct period_times *times, int64_t now)
{
	if (now <= times->due)
		return ON_TIME;
	return now <= times->lock ? LATE : AFTER_LOCK;
}

/* What was returned is asked for until it comes. */
static bool is_open(const struct judging *judging, const struct period_times *times,
                    int64_t now)
{
	return now <= times->lock || now <= judging->history->terms.open_until ||
	       answers_return(judging);
}

static bool answers_return(const struct judging *judging)
{
	const struct period_terms *terms = &judging->history->terms;
	const char *supersedes = judging->report->supersedes;

	return terms->return_due != 0 && supersedes != NULL && terms->current != NULL &&
	       strcmp(supersedes, terms->current) == 0;
}

/* History and tasks are a unit's; without a period nothing is earlier. What is about the
 * whole city is the centre's to judge. */
static void judge_rules(struct judging *judging)
{
	const struct plan_section *section = judging->section;
	bool known = judging->has_period && judging->unit != NULL;

	for (size_t i = 0; section != NULL && i < section->rule_count; i++) {
		const struct plan_rule *rule = &section->rules[i];

		if (rule->scope == SCOPE_CITY)
			continue;
		if (rule->kind == RULE_COMPARE)
			judge_compare(judging, rule);
		else if (known && rule->kind >= RULE_BEHIND)
			judge_target(judging, rule);
		else if (known)
			judge_history(judging, rule);
	}
}
