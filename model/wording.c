/* Dates, numerals and names of severities, as offices write them. */
#include "model/wording.h"

#include <stdio.h>
#include <string.h>

void wording_date(day on, char *out)
{
	int year;
	unsigned month, dom;

	day_split(on, &year, &month, &dom);
	(void)snprintf(out, WORDING_MAX, "%d年%u月%u日", year, month, dom);
}

void wording_instant(const struct plan *plan, int64_t instant, char *out)
{
	day on = instant_day(instant, plan->utc_offset);
	unsigned minute = instant_minute(instant, plan->utc_offset);
	bool makeup = calendar_is_makeup(&plan->calendar, on);
	char date[DAY_TEXT_MAX];

	day_print_zh(on, date);
	(void)snprintf(out, WORDING_MAX, "%s（%s%s）%02u:%02u", date,
	               weekday_name(day_weekday(on)), makeup ? "，调休上班" : "",
	               minute / 60, minute % 60);
}

void wording_instant_short(const struct plan *plan, int64_t instant, char *out)
{
	unsigned minute = instant_minute(instant, plan->utc_offset);
	char date[DAY_TEXT_MAX];

	day_print_zh(instant_day(instant, plan->utc_offset), date);
	(void)snprintf(out, WORDING_MAX, "%s%02u:%02u", date, minute / 60, minute % 60);
}

void wording_numeral(size_t number, char *out)
{
	static const char *const digits[] = {"",   "一", "二", "三", "四",
	                                     "五", "六", "七", "八", "九"};

	if (number < 1 || number > 99)
		(void)snprintf(out, WORDING_MAX, "%zu", number);
	else
		(void)snprintf(out, WORDING_MAX, "%s%s%s",
		               number >= 20 ? digits[number / 10] : "",
		               number >= 10 ? "十" : "", digits[number % 10]);
}

const char *wording_quoted(struct arena *arena, const char *name)
{
	static const char opening[] = "“", closing[] = "”";
	static const char inner_opening[] = "‘", inner_closing[] = "’";
	char *text = arena_printf(arena, "%s%s%s", opening, name, closing);
	char *end;

	if (text == NULL)
		return NULL;
	/* All four marks have three bytes. */
	end = text + strlen(text) - strlen(closing);
	for (char *at = text + strlen(opening); at < end; at++) {
		if (strncmp(at, opening, strlen(opening)) == 0)
			memcpy(at, inner_opening, strlen(inner_opening));
		else if (strncmp(at, closing, strlen(closing)) == 0)
			memcpy(at, inner_closing, strlen(inner_closing));
	}
	return text;
}

const char *wording_severity(enum severity severity)
{
	switch (severity) {
	case SEVERITY_REFUSAL:
		return "强制性审核";
	case SEVERITY_REASON:
		return "核实性审核";
	case SEVERITY_NOTICE:
		return "提示";
	}
	return "提示";
}
