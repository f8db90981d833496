/* Dates, numerals and names of severities, as offices write them. */
#include "model/wording.h"

#include <stdio.h>
#include <string.h>

static void print_part(const struct plan_allocation *part, char *out);
static const char *adjusted_dates(struct arena *arena, const struct plan_target *target,
                                  const struct plan_adjustment *adjustment);

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
	unsigned month, dom;
	int year;

	day_print_zh(on, date);
	day_split(on, &year, &month, &dom);
	(void)snprintf(out, WORDING_MAX, "%s（%s%s%s）%02u:%02u", date,
	               weekday_name(day_weekday(on)), makeup ? "，调休上班" : "",
	               calendar_has_year(&plan->calendar, year) ? "" : "，预计",
	               minute / 60, minute % 60);
}

bool wording_is_estimated(const struct plan *plan, int64_t instant)
{
	unsigned month, dom;
	int year;

	day_split(instant_day(instant, plan->utc_offset), &year, &month, &dom);
	return !calendar_has_year(&plan->calendar, year);
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

const char *wording_adjusted(struct arena *arena, const struct plan_target *target,
                             const struct plan_unit *unit, day on)
{
	const struct plan_adjustment *adjustment = plan_adjustment_on(target, unit, on);
	char from[WORDING_MAX], was[QUANTITY_TEXT_MAX], is[QUANTITY_TEXT_MAX];
	const char *what, *dates;

	if (adjustment == NULL)
		return "";
	wording_date(adjustment->from, from);
	print_part(&adjustment->before, was);
	print_part(&adjustment->after, is);
	what = strcmp(was, is) == 0 ? arena_printf(arena, "调整：任务数%s不变", is)
	                            : arena_printf(arena, "由%s调整为%s", was, is);
	dates = adjusted_dates(arena, target, adjustment);
	if (what == NULL || dates == NULL)
		return NULL;
	return arena_printf(arena, "任务自%s起%s%s（依据：%s%s%s%s）", from, what, dates,
	                    adjustment->basis, adjustment->why[0] != '\0' ? "；" : "",
	                    adjustment->why,
	                    adjustment->after.sample ? "；示例数据" : "");
}

static void print_part(const struct plan_allocation *part, char *out)
{
	if (part->no_task)
		(void)snprintf(out, QUANTITY_TEXT_MAX, "无任务");
	else
		quantity_print(&part->value, out);
}

static const char *adjusted_dates(struct arena *arena, const struct plan_target *target,
                                  const struct plan_adjustment *adjustment)
{
	const struct plan_unit *unit = adjustment->after.unit;
	day was = adjustment->before.deadline;
	day is = plan_deadline_on(target, unit, adjustment->from);
	char old[WORDING_MAX] = "未定", new[WORDING_MAX] = "未定";

	if (was == is || adjustment->after.no_task || adjustment->before.no_task)
		return "";
	if (was != DAY_NONE)
		wording_date(was, old);
	if (is != DAY_NONE)
		wording_date(is, new);
	return arena_printf(arena, "，期限由%s调整为%s", old, new);
}

const char *wording_opening(struct arena *arena, const struct plan_opening *opening)
{
	char date[WORDING_MAX];

	wording_date(opening->on, date);
	return arena_printf(arena, "期初数（截至%s%s）", date,
	                    opening->confirmed_by[0] == '\0' ? "，未确认" : "");
}

const char *wording_uncounted(struct arena *arena, const struct plan_target *target,
                              const struct plan_unit *unit)
{
	const struct plan_opening *opening = plan_uncounted(target, unit);
	char value[QUANTITY_TEXT_MAX];
	const char *what;

	if (opening == NULL)
		return "";
	quantity_print(&opening->value, value);
	what = wording_opening(arena, opening);
	return what == NULL ? NULL
	                    : arena_printf(arena, "%s%s不计入完成数%s", what, value,
	                                   opening->sample ? "（示例数据）" : "");
}
