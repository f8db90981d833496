/*
 * Days, working days of the Chinese statutory calendar, and plan time.
 *
 * A day is a number: days since 1970-01-01. A calendar is data, pinned by its
 * version; a year that it does not hold is estimated (weekends only), and every
 * answer that depended on such a year says so.
 */
#ifndef DUBAN_MODEL_CALENDAR_H
#define DUBAN_MODEL_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/yaml.h"

typedef int32_t day; /* days since 1970-01-01; a number, not a struct */

#define DAY_NONE INT32_MIN

day day_of(int year, unsigned month, unsigned dom); /* DAY_NONE: no such day */
void day_split(day day, int *ret_year, unsigned *ret_month, unsigned *ret_dom);
/* Strictly "2022-09-30". E_SYNTAX, also for days that do not exist. */
int day_parse(const char *text, day *ret_day);
unsigned day_weekday(day day);              /* 0 Sunday .. 6 Saturday */
const char *weekday_name(unsigned weekday); /* "星期日" .. "星期六"; static */
day day_add_months(day day, int months);    /* to the last day of a shorter month */
#define DAY_TEXT_MAX 32
void day_print(day day, char *out);    /* "2022-09-30" */
void day_print_zh(day day, char *out); /* "9月30日" */

struct calendar_year;

struct calendar {
	const char *version; /* "cn-2026-1" */
	const struct calendar_year *years;
	size_t count;
	const char *file; /* for messages */
};

/*
 * Read a calendar file (plans/README.md describes it). Problems are noted and give
 * E_SYNTAX: a year twice, a rest day outside its year, a make-up day that is no
 * weekend, a day both rest and work.
 */
int calendar_read(struct arena *arena, struct yaml_node *root,
                  struct yaml_problems *problems, struct calendar *ret_calendar);
/* Read an amendment (local notices) on top: the same form. */
int calendar_amend(struct arena *arena, struct yaml_node *root,
                   struct yaml_problems *problems, struct calendar *calendar);

bool calendar_has_year(const struct calendar *calendar, int year);
bool calendar_is_workday(const struct calendar *calendar, day day);
/* A Saturday or Sunday that is worked (调休上班). */
bool calendar_is_makeup(const struct calendar *calendar, day day);
/* Local amendment: a working day on which nothing should fall due. */
bool calendar_is_avoided(const struct calendar *calendar, day day);

/* The working day @count working days after (before, if negative) @from, which itself
 * is not counted. count 0: @from. @estimated (may be NULL) is set to true, never
 * cleared, when a year without data was crossed. */
day calendar_add_workdays(const struct calendar *calendar, day from, int count,
                          bool *estimated);
/* Working days in (from, to]; negative when to < from. */
int calendar_count_workdays(const struct calendar *calendar, day from, day to);
/* @day itself, or the next (step 1) or previous (step -1) working day. */
day calendar_roll(const struct calendar *calendar, day day, int step, bool *estimated);

/* Instants: milliseconds since 1970 UTC, and the plan's fixed offset in minutes. */
int64_t instant_of(day day, unsigned minute_of_day, int utc_offset);
day instant_day(int64_t instant, int utc_offset);
unsigned instant_minute(int64_t instant, int utc_offset); /* of the day, 0..1439 */
#define INSTANT_TEXT_MAX 32
void instant_print(int64_t instant, int utc_offset, char *out); /* "2022-10-08 17:30" */
/* "2022-10-08 17:30" or "2022-10-08" (00:00). E_SYNTAX. */
int instant_parse(const char *text, int utc_offset, int64_t *ret_instant);

#endif
