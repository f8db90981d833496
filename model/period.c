/*
 * A reporting period and its times:
 *
 *   schedule + period -> cut-off day, due day (rolled), then by working days:
 *   remind <- due -> lock, and one instant for each step of the ladder
 *
 * What can go wrong: the due time falls into a year whose calendar is not published
 * yet. Then weekends alone decide, @estimated says so, and the times change when
 * the office publishes that year.
 */
#include "model/period.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

#define YEAR_MAX 9998 /* days of the year after it are still days */

static bool read_number(const char *text, size_t count, unsigned max, unsigned *ret);
static unsigned months_of(enum frequency frequency);
static day cutoff_day(const struct plan_schedule *schedule, const struct period *period);
static day due_day(const struct plan *plan, const struct period *period, bool *estimated);
static day month_day(day first_of_month, int dom);
static day settle(const struct plan *plan, day date, int step, bool *estimated);
static bool bounds(const struct plan *plan, struct period *ret_first,
                   struct period *ret_last);

int period_parse(const char *text, struct period *ret_period)
{
	struct period period = {.frequency = YEARLY, .number = 1};
	size_t len = strlen(text);
	unsigned year;

	if (len < 4 || !read_number(text, 4, YEAR_MAX, &year))
		return E_SYNTAX;
	period.year = (int)year;
	if (len == strlen("2022-09") && text[4] == '-' && text[5] != 'Q') {
		period.frequency = MONTHLY;
		if (!read_number(text + 5, 2, 12, &period.number))
			return E_SYNTAX;
	} else if (len == strlen("2022-Q3") && text[4] == '-') {
		period.frequency = QUARTERLY;
		if (!read_number(text + 6, 1, 4, &period.number))
			return E_SYNTAX;
	} else if (len != 4) {
		return E_SYNTAX;
	}
	*ret_period = period;
	return 0;
}

/* Exactly @count digits at @text, from 1 to @max. */
static bool read_number(const char *text, size_t count, unsigned max, unsigned *ret)
{
	unsigned value = 0;

	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text[i] - '0');
	}
	if (value < 1 || value > max)
		return false;
	*ret = value;
	return true;
}

void period_print(const struct period *period, char *out)
{
	if (period->frequency == MONTHLY)
		(void)snprintf(out, PERIOD_TEXT_MAX, "%04d-%02u", period->year,
		               period->number);
	else if (period->frequency == QUARTERLY)
		(void)snprintf(out, PERIOD_TEXT_MAX, "%04d-Q%u", period->year,
		               period->number);
	else
		(void)snprintf(out, PERIOD_TEXT_MAX, "%04d", period->year);
}

void period_print_zh(const struct period *period, char *out)
{
	static const char *const quarters[] = {"一", "二", "三", "四"};

	if (period->frequency == MONTHLY)
		(void)snprintf(out, PERIOD_TEXT_MAX, "%d年%u月", period->year,
		               period->number);
	else if (period->frequency == QUARTERLY)
		(void)snprintf(out, PERIOD_TEXT_MAX, "%d年%s季度", period->year,
		               quarters[(period->number - 1) % 4]);
	else
		(void)snprintf(out, PERIOD_TEXT_MAX, "%d年", period->year);
}

struct period period_next(const struct period *period)
{
	struct period next = *period;

	next.number++;
	if (next.number * months_of(next.frequency) > 12) {
		next.number = 1;
		next.year++;
	}
	return next;
}

static unsigned months_of(enum frequency frequency)
{
	if (frequency == MONTHLY)
		return 1;
	return frequency == QUARTERLY ? 3 : 12;
}

int period_compare(const struct period *a, const struct period *b)
{
	if (a->year != b->year)
		return a->year < b->year ? -1 : 1;
	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return 0;
}

int64_t period_distance(const struct period *older, const struct period *newer)
{
	int64_t a_year = 12 / months_of(newer->frequency);

	return (newer->year - older->year) * a_year + (int64_t)newer->number -
	       (int64_t)older->number;
}

struct period period_of(enum frequency frequency, day on)
{
	struct period period = {.frequency = frequency};
	unsigned month, dom;

	day_split(on, &period.year, &month, &dom);
	period.number = (month - 1) / months_of(frequency) + 1;
	return period;
}

day period_first_day(const struct period *period)
{
	return day_of(period->year,
	              (period->number - 1) * months_of(period->frequency) + 1, 1);
}

day period_last_day(const struct period *period)
{
	return day_add_months(period_first_day(period),
	                      (int)months_of(period->frequency)) -
	       1;
}

void period_times(const struct plan *plan, const struct period *period,
                  struct period_times *ret_times)
{
	const struct plan_schedule *schedule = &plan->schedule;
	struct period_times times = {0};
	int offset = plan->utc_offset;
	day due = due_day(plan, period, &times.estimated);
	day remind, lock;

	times.opens = instant_of(cutoff_day(schedule, period) + 1, 0, offset);
	times.cutoff = times.opens - 1;
	times.due = instant_of(due, schedule->due_minute, offset);
	remind = calendar_add_workdays(&plan->calendar, due, -schedule->remind_workdays,
	                               &times.estimated);
	times.remind = instant_of(remind, schedule->remind_minute, offset);
	lock = calendar_add_workdays(&plan->calendar, due, schedule->lock_workdays,
	                             &times.estimated);
	lock = settle(plan, lock, 1, &times.estimated);
	times.lock = instant_of(lock, schedule->due_minute, offset);
	*ret_times = times;
}

static day cutoff_day(const struct plan_schedule *schedule, const struct period *period)
{
	day last = period_last_day(period);
	int year;
	unsigned month, dom;

	if (schedule->cutoff_day == 0)
		return last;
	day_split(last, &year, &month, &dom);
	return month_day(day_of(year, month, 1), schedule->cutoff_day);
}

static day due_day(const struct plan *plan, const struct period *period, bool *estimated)
{
	const struct plan_schedule *schedule = &plan->schedule;
	day next_month = period_last_day(period) + 1;
	day month =
		schedule->due_same_month ? day_add_months(next_month, -1) : next_month;

	if (schedule->due_workdays > 0)
		return settle(plan,
		              calendar_add_workdays(&plan->calendar,
		                                    cutoff_day(schedule, period),
		                                    schedule->due_workdays, estimated),
		              1, estimated);
	/* Without a schedule nothing is asked for: see period_in_plan(). */
	if (schedule->due_day == 0)
		return period_last_day(period);
	return settle(plan, month_day(month, schedule->due_day), schedule->due_roll,
	              estimated);
}

/* The @dom-th of a month, or its last day when it is shorter. */
static day month_day(day first_of_month, int dom)
{
	day last = day_add_months(first_of_month, 1) - 1;
	day date = first_of_month + dom - 1;

	return date < last ? date : last;
}

/* The nearest working day from @date on, in steps of @step, that is not avoided. */
static day settle(const struct plan *plan, day date, int step, bool *estimated)
{
	date = calendar_roll(&plan->calendar, date, step, estimated);
	while (calendar_is_avoided(&plan->calendar, date))
		date = calendar_roll(&plan->calendar, date + (step < 0 ? -1 : 1), step,
		                     estimated);
	return date;
}

int period_in_plan(const struct plan *plan, const struct period *period)
{
	struct period first, last;

	if (!bounds(plan, &first, &last))
		return E_RANGE;
	if (period->frequency != plan->schedule.frequency)
		return E_SYNTAX;
	if (period_compare(period, &first) < 0 || period_compare(period, &last) > 0)
		return E_RANGE;
	return 0;
}

/* The plan's first and last period; false when it has no schedule yet. */
static bool bounds(const struct plan *plan, struct period *ret_first,
                   struct period *ret_last)
{
	if (plan->schedule.first_period[0] == '\0')
		return false;
	/* plan_read() accepted these texts. */
	CHECK(period_parse(plan->schedule.first_period, ret_first) == 0);
	CHECK(period_parse(plan->schedule.last_period, ret_last) == 0);
	return true;
}

bool period_current(const struct plan *plan, int64_t now, struct period *ret_period)
{
	day today = instant_day(now, plan->utc_offset);
	struct period first, last, period;

	if (!bounds(plan, &first, &last))
		return false;
	period = period_of(first.frequency, today);
	/* The cut-off may lie inside the running period, or only after it. */
	if (instant_of(cutoff_day(&plan->schedule, &period) + 1, 0, plan->utc_offset) >
	    now)
		period = period_of(first.frequency, period_first_day(&period) - 1);
	if (period_compare(&period, &last) > 0)
		period = last;
	if (period_compare(&period, &first) < 0)
		return false;
	*ret_period = period;
	return true;
}

int64_t step_instant(const struct plan *plan, const struct plan_step *step, int64_t due)
{
	day date = instant_day(due, plan->utc_offset);

	date = calendar_add_workdays(&plan->calendar, date, step->workdays, NULL);
	date = settle(plan, date, 1, NULL);
	return instant_of(date, step->minute, plan->utc_offset);
}

int64_t workdays_instant(const struct plan *plan, int64_t from, int workdays)
{
	const struct plan_step step = {.workdays = workdays,
	                               .minute = plan->schedule.due_minute};

	return workdays > 0 ? step_instant(plan, &step, from) : 0;
}

int64_t target_judged_at(const struct plan *plan, day deadline)
{
	struct period first, last, period;
	struct period_times times;

	if (deadline == DAY_NONE)
		return 0;
	if (!bounds(plan, &first, &last))
		return instant_of(deadline + 1, 0, plan->utc_offset);
	period = period_of(first.frequency, deadline);
	if (cutoff_day(&plan->schedule, &period) < deadline)
		period = period_next(&period);
	if (period_compare(&period, &first) < 0)
		period = first;
	period_times(plan, &period, &times);
	return times.due;
}
