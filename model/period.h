/*
 * Reporting periods and everything that falls due in them.
 *
 * Three times with three names, never confused: the cut-off of the data, the due
 * time of the report, and the lock, after which nothing is taken.
 */
#ifndef DUBAN_MODEL_PERIOD_H
#define DUBAN_MODEL_PERIOD_H

#include "model/plan.h"

#define PERIOD_TEXT_MAX 24 /* both ways of printing, with NUL */

struct period {
	enum frequency frequency;
	int year;
	unsigned number; /* month 1..12, quarter 1..4; 1 for a year */
};

/* "2022-09", "2022-Q3", "2022". E_SYNTAX. */
int period_parse(const char *text, struct period *ret_period);
void period_print(const struct period *period, char *out);
void period_print_zh(const struct period *period, char *out); /* "2022年9月" */
struct period period_next(const struct period *period);
int period_compare(const struct period *a, const struct period *b);
/* How many periods @newer is after @older, of the same frequency. */
int64_t period_distance(const struct period *older, const struct period *newer);
/* The period that a day lies in. */
struct period period_of(enum frequency frequency, day on);
day period_first_day(const struct period *period);
day period_last_day(const struct period *period);

struct period_times {
	int64_t opens; /* the first instant after the cut-off: reports are taken from here
	                */
	int64_t cutoff; /* the last millisecond that figures cover */
	int64_t remind, due, lock;
	bool estimated; /* depends on a year whose calendar is not published */
};

/* The times of one period by the plan's schedule and calendar. */
void period_times(const struct plan *plan, const struct period *period,
                  struct period_times *ret_times);
/* 0: the plan asks for it. E_RANGE: before the first or after the last period;
 * E_SYNTAX: not of the plan's frequency. */
int period_in_plan(const struct plan *plan, const struct period *period);
/* The newest period whose cut-off lies before @now; false when there is none yet. */
bool period_current(const struct plan *plan, int64_t now, struct period *ret_period);

/* When step @step of the ladder is taken for something that was due on @due. */
int64_t step_instant(const struct plan *plan, const struct plan_step *step, int64_t due);
/* The due minute of the working day @workdays after @from: when something that is given
 * so many working days is over. 0: @workdays is not positive, no time was set. */
int64_t workdays_instant(const struct plan *plan, int64_t from, int workdays);
/* The instant at which @target is judged overdue for a deadline: when the report that
 * covers the deadline falls due, because only then can anybody know. 0: no deadline. */
int64_t target_judged_at(const struct plan *plan, day deadline);

#endif
