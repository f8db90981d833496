/*
 * Days as numbers, the working days of a calendar, and instants of plan time.
 *
 *   2022-10-08 <-> day <-> instant          day + calendar -> working or not
 *
 * What can go wrong: a year of which no holidays were published yet. Its days are
 * judged by the week alone, and whoever asked is told that the answer is estimated;
 * the office must publish the calendar of that year.
 */
#include "model/calendar.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "model/calendar_internal.h"

#define YEAR_MIN        1
#define YEAR_MAX        9999
#define MINUTES_PER_DAY 1440
#define MS_PER_MINUTE   60000
#define MS_PER_DAY      (INT64_C(86400) * 1000)
#define DAYS_PER_ERA    146097 /* of 400 years, after which the calendar repeats */
#define EPOCH_DAYS      719468 /* from 0000-03-01 to 1970-01-01 */

static unsigned days_in_month(int year, unsigned month);
static bool is_leap(int year);
static bool read_digits(const char *text, size_t count, int *ret_value);
static uint8_t marks_of(const struct calendar *calendar, day date);
static int year_of(day date);
static void note_estimate(const struct calendar *calendar, day date, bool *estimated);
static int64_t divide_down(int64_t a, int64_t b);
static day clamp_day(int64_t date);

day day_of(int year, unsigned month, unsigned dom)
{
	int shifted, era, year_of_era, day_of_year;

	if (year < YEAR_MIN || year > YEAR_MAX || month < 1 || month > 12 || dom < 1 ||
	    dom > days_in_month(year, month))
		return DAY_NONE;
	/* Years that begin in March have the leap day at their end. */
	shifted = month <= 2 ? year - 1 : year;
	era = shifted / 400;
	year_of_era = shifted % 400;
	day_of_year =
		((int)(month > 2 ? month - 3 : month + 9) * 153 + 2) / 5 + (int)dom - 1;
	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 -
	       year_of_era / 100 + day_of_year - EPOCH_DAYS;
}

static unsigned days_in_month(int year, unsigned month)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

void day_split(day date, int *ret_year, unsigned *ret_month, unsigned *ret_dom)
{
	int64_t days = (int64_t)date + EPOCH_DAYS;
	int64_t era = divide_down(days, DAYS_PER_ERA);
	int of_era = (int)(days - era * DAYS_PER_ERA);
	int years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * years + years / 4 - years / 100);
	int shifted_month = (5 * of_year + 2) / 153;
	unsigned month =
		(unsigned)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);

	*ret_year = (int)(era * 400) + years + (month <= 2 ? 1 : 0);
	*ret_month = month;
	*ret_dom = (unsigned)(of_year - (153 * shifted_month + 2) / 5 + 1);
}

int day_parse(const char *text, day *ret_day)
{
	int year, month, dom;
	day date;

	if (strlen(text) != strlen("2022-09-30") || text[4] != '-' || text[7] != '-')
		return E_SYNTAX;
	if (!read_digits(text, 4, &year) || !read_digits(text + 5, 2, &month) ||
	    !read_digits(text + 8, 2, &dom))
		return E_SYNTAX;
	date = day_of(year, (unsigned)month, (unsigned)dom);
	if (date == DAY_NONE)
		return E_SYNTAX;
	*ret_day = date;
	return 0;
}

static bool read_digits(const char *text, size_t count, int *ret_value)
{
	int value = 0;

	for (size_t i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		value = value * 10 + (text[i] - '0');
	}
	*ret_value = value;
	return true;
}

unsigned day_weekday(day date)
{
	int64_t since_sunday = (int64_t)date + 4; /* 1970-01-01 was a Thursday */

	return (unsigned)(since_sunday - divide_down(since_sunday, 7) * 7);
}

const char *weekday_name(unsigned weekday)
{
	static const char *const names[] = {"星期日", "星期一", "星期二", "星期三",
	                                    "星期四", "星期五", "星期六"};

	return names[weekday % 7];
}

day day_add_months(day date, int months)
{
	int year;
	unsigned month, dom, last;
	int64_t index;

	day_split(date, &year, &month, &dom);
	index = (int64_t)year * 12 + (int64_t)month - 1 + months;
	year = (int)divide_down(index, 12);
	month = (unsigned)(index - (int64_t)year * 12) + 1;
	if (year < YEAR_MIN || year > YEAR_MAX)
		return DAY_NONE;
	last = days_in_month(year, month);
	return day_of(year, month, dom < last ? dom : last);
}

void day_print(day date, char *out)
{
	int year;
	unsigned month, dom;

	day_split(date, &year, &month, &dom);
	(void)snprintf(out, DAY_TEXT_MAX, "%04d-%02u-%02u", year, month, dom);
}

void day_print_zh(day date, char *out)
{
	int year;
	unsigned month, dom;

	day_split(date, &year, &month, &dom);
	(void)snprintf(out, DAY_TEXT_MAX, "%u月%u日", month, dom);
}

bool calendar_has_year(const struct calendar *calendar, int year)
{
	return calendar_find_year(calendar, year) != NULL;
}

const struct calendar_year *calendar_find_year(const struct calendar *calendar, int year)
{
	for (size_t i = 0; i < calendar->count; i++)
		if (calendar->years[i].year == year)
			return &calendar->years[i];
	return NULL;
}

bool calendar_is_workday(const struct calendar *calendar, day date)
{
	uint8_t marks = marks_of(calendar, date);

	if (marks & CALENDAR_WORK)
		return true;
	return !(marks & CALENDAR_REST) && !day_is_weekend(date);
}

static uint8_t marks_of(const struct calendar *calendar, day date)
{
	const struct calendar_year *year = calendar_find_year(calendar, year_of(date));

	return year == NULL ? 0 : year->marks[date - day_of(year->year, 1, 1)];
}

static int year_of(day date)
{
	int year;
	unsigned month, dom;

	day_split(date, &year, &month, &dom);
	return year;
}

bool day_is_weekend(day date)
{
	unsigned weekday = day_weekday(date);

	return weekday == 0 || weekday == 6;
}

bool calendar_is_makeup(const struct calendar *calendar, day date)
{
	return marks_of(calendar, date) & CALENDAR_WORK;
}

bool calendar_is_avoided(const struct calendar *calendar, day date)
{
	return marks_of(calendar, date) & CALENDAR_AVOIDED;
}

day calendar_add_workdays(const struct calendar *calendar, day from, int count,
                          bool *estimated)
{
	int step = count < 0 ? -1 : 1;
	day date = from;

	note_estimate(calendar, date, estimated);
	while (count != 0) {
		date += step;
		note_estimate(calendar, date, estimated);
		if (calendar_is_workday(calendar, date))
			count -= step;
	}
	return date;
}

static void note_estimate(const struct calendar *calendar, day date, bool *estimated)
{
	if (estimated != NULL && !calendar_has_year(calendar, year_of(date)))
		*estimated = true;
}

int calendar_count_workdays(const struct calendar *calendar, day from, day to)
{
	int count = 0;

	if (to < from)
		return -calendar_count_workdays(calendar, to, from);
	for (day date = from + 1; date <= to; date++)
		count += calendar_is_workday(calendar, date);
	return count;
}

day calendar_roll(const struct calendar *calendar, day date, int step, bool *estimated)
{
	note_estimate(calendar, date, estimated);
	while (!calendar_is_workday(calendar, date)) {
		date += step < 0 ? -1 : 1;
		note_estimate(calendar, date, estimated);
	}
	return date;
}

int64_t instant_of(day date, unsigned minute_of_day, int utc_offset)
{
	return (int64_t)date * MS_PER_DAY +
	       ((int64_t)minute_of_day - utc_offset) * MS_PER_MINUTE;
}

day instant_day(int64_t instant, int utc_offset)
{
	int64_t minutes = divide_down(instant, MS_PER_MINUTE) + utc_offset;

	return clamp_day(divide_down(minutes, MINUTES_PER_DAY));
}

/* Rounds towards the past, also before 1970. */
static int64_t divide_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0 ? 1 : 0);
}

/* An instant may come from a peer; a day beyond the calendar is its last or first. */
static day clamp_day(int64_t date)
{
	int64_t first = day_of(YEAR_MIN, 1, 1), last = day_of(YEAR_MAX, 12, 31);

	if (date < first)
		date = first;
	return (int32_t)(date > last ? last : date);
}

unsigned instant_minute(int64_t instant, int utc_offset)
{
	int64_t minutes = divide_down(instant, MS_PER_MINUTE) + utc_offset;

	return (unsigned)(minutes -
	                  divide_down(minutes, MINUTES_PER_DAY) * MINUTES_PER_DAY);
}

void instant_print(int64_t instant, int utc_offset, char *out)
{
	unsigned minute = instant_minute(instant, utc_offset);
	char date[DAY_TEXT_MAX];

	day_print(instant_day(instant, utc_offset), date);
	(void)snprintf(out, INSTANT_TEXT_MAX, "%.10s %02u:%02u", date, minute / 60,
	               minute % 60);
}

int instant_parse(const char *text, int utc_offset, int64_t *ret_instant)
{
	char day_text[sizeof("2022-10-08")] = "";
	int hour = 0, minute = 0;
	day date;
	int r;

	memcpy(day_text, text, strnlen(text, sizeof(day_text) - 1));
	r = day_parse(day_text, &date);
	if (r < 0)
		return r;
	text += strlen(day_text);
	if (text[0] != '\0' &&
	    (strlen(text) != strlen(" 17:30") || text[0] != ' ' || text[3] != ':' ||
	     !read_digits(text + 1, 2, &hour) || !read_digits(text + 4, 2, &minute) ||
	     hour > 23 || minute > 59))
		return E_SYNTAX;
	*ret_instant = instant_of(date, (unsigned)(hour * 60 + minute), utc_offset);
	return 0;
}
