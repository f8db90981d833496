/* The words of a score, and the names of ranges. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "model/score_internal.h"
#include "model/wording.h"

static const char *const report_words[] = {
	[MONTHLY] = "月报", [QUARTERLY] = "季报", [YEARLY] = "年报"};

const char *score_say(struct scoring *scoring, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(scoring->arena, format, args);
	va_end(args);
	if (text != NULL)
		return text;
	scoring->out_of_memory = true;
	return "";
}

const char *score_instant(struct scoring *scoring, int64_t instant)
{
	int offset = scoring->facts->plan->utc_offset;
	unsigned minute = instant_minute(instant, offset);
	char date[WORDING_MAX];

	wording_date(instant_day(instant, offset), date);
	return score_say(scoring, "%s%02u:%02u", date, minute / 60, minute % 60);
}

const char *score_subject(struct scoring *scoring,
                          const struct score_obligation *obligation)
{
	char period[PERIOD_TEXT_MAX], numeral[WORDING_MAX];

	period_print_zh(&obligation->period, period);
	wording_numeral(obligation->section->index + 1, numeral);
	return score_say(scoring, "%s“%s、%s”%s", period, numeral,
	                 obligation->section->name,
	                 report_words[obligation->period.frequency]);
}

const char *score_gets(struct scoring *scoring, int64_t points, int64_t possible)
{
	return score_say(scoring, "，得%s分（满分%s分）", score_number(scoring, points),
	                 score_number(scoring, possible));
}

const char *score_number(struct scoring *scoring, int64_t points)
{
	char text[24];

	points_print(points, text);
	return score_say(scoring, "%s", text);
}

/* No more decimals than there are. */
void points_print(int64_t hundredths, char *out)
{
	uint64_t size = hundredths < 0 ? 0 - (uint64_t)hundredths : (uint64_t)hundredths;
	const char *sign = hundredths < 0 ? "-" : "";

	if (size % 100 == 0)
		(void)snprintf(out, 24, "%s%" PRIu64, sign, size / 100);
	else if (size % 10 == 0)
		(void)snprintf(out, 24, "%s%" PRIu64 ".%" PRIu64, sign, size / 100,
		               size % 100 / 10);
	else
		(void)snprintf(out, 24, "%s%" PRIu64 ".%02" PRIu64, sign, size / 100,
		               size % 100);
}

int score_range_parse(const char *text, struct score_range *ret_range)
{
	const char *dots = strstr(text, "..");
	char from[PERIOD_TEXT_MAX];
	struct score_range range;
	size_t len = dots != NULL ? (size_t)(dots - text) : strlen(text);
	int r;

	if (len >= sizeof(from))
		return E_SYNTAX;
	memcpy(from, text, len);
	from[len] = '\0';
	r = period_parse(from, &range.from);
	range.to = range.from;
	if (r == 0 && dots != NULL)
		r = period_parse(dots + 2, &range.to);
	if (r < 0 || range.from.frequency != range.to.frequency)
		return E_SYNTAX;
	if (period_compare(&range.from, &range.to) > 0)
		return E_RANGE;
	*ret_range = range;
	return 0;
}

void score_range_print(const struct score_range *range, char *out)
{
	char from[PERIOD_TEXT_MAX], to[PERIOD_TEXT_MAX];
	bool one = period_compare(&range->from, &range->to) == 0;

	period_print(&range->from, from);
	period_print(&range->to, to);
	/* Periods print as ten bytes at most: years have four digits. */
	(void)snprintf(out, SCORE_RANGE_TEXT_MAX, "%.14s%s%.14s", from, one ? "" : "..",
	               one ? "" : to);
}

day score_range_first_day(const struct score_range *range)
{
	return period_first_day(&range->from);
}

day score_range_last_day(const struct score_range *range)
{
	return period_last_day(&range->to);
}
