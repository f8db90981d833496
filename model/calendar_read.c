/*
 * A calendar file, from its tree to marks on days:
 *
 *   years: - year, rest (ranges), work (days)  -> one mark a day
 *   avoid: - day, why                          -> one more
 *
 * What can go wrong: a day in the wrong place. Nothing that was read is used then;
 * whoever keeps the calendar corrects the line that the problem names.
 */
#include "model/calendar.h"

#include <string.h>

#include "base/err.h"
#include "model/calendar_internal.h"

#define YEARS_MAX    50
#define RANGE_MARK   " 至 "
#define DAY_TEXT_LEN 10
#define FRESH        8 /* a mark that the file being read has made */

static int copy_years(struct arena *arena, size_t more, struct calendar *calendar,
                      struct calendar_year **ret_years);
static void read_years(struct yaml_node *root, struct calendar_year *years, size_t *count,
                       struct yaml_problems *problems);
static struct calendar_year *open_year(struct yaml_node *node,
                                       struct calendar_year *years, size_t *count,
                                       size_t old, struct yaml_problems *problems);
static void read_marks(struct yaml_node *list, struct calendar_year *year, uint8_t mark,
                       struct yaml_problems *problems);
static void mark_range(const struct yaml_node *node, struct calendar_year *year,
                       uint8_t mark, struct yaml_problems *problems);
static bool read_range(const char *text, day *ret_first, day *ret_last);
static void mark_day(const struct yaml_node *node, uint8_t *marks, day date, uint8_t mark,
                     struct yaml_problems *problems);
static void read_avoided(struct yaml_node *root, struct calendar_year *years,
                         size_t count, struct yaml_problems *problems);
static void avoid_day(const struct yaml_node *node, day date, struct calendar_year *years,
                      size_t count, struct yaml_problems *problems);
static struct yaml_node *list_of(struct yaml_node *map, const char *key,
                                 struct yaml_problems *problems);
static void check_keys(struct yaml_node *map, const char *const *known,
                       struct yaml_problems *problems);

int calendar_read(struct arena *arena, struct yaml_node *root,
                  struct yaml_problems *problems, struct calendar *ret_calendar)
{
	struct yaml_node *version = yaml_get(root, "version");
	struct calendar calendar = {.file = root->place.file};
	size_t before = problems->count;
	int r;

	if (version == NULL || version->kind != YAML_SCALAR || version->text[0] == '\0')
		yaml_problem(problems, root->place,
		             "缺少“version”（版本），例如 version: cn-2026-1");
	else
		calendar.version = version->text;
	r = calendar_amend(arena, root, problems, &calendar);
	if (r < 0)
		return r;
	if (problems->count > before)
		return E_SYNTAX;
	*ret_calendar = calendar;
	return 0;
}

int calendar_amend(struct arena *arena, struct yaml_node *root,
                   struct yaml_problems *problems, struct calendar *calendar)
{
	static const char *const known[] = {"version", "amends", "source",
	                                    "years",   "avoid",  NULL};
	struct calendar_year *years;
	size_t before = problems->count;
	size_t count = calendar->count;
	struct yaml_node *list;
	int r;

	if (root->kind != YAML_MAP) {
		yaml_problem(problems, root->place,
		             "工作日历应当由“键: 值”组成，可用的键：version、amends、"
		             "source、years、avoid");
		return E_SYNTAX;
	}
	check_keys(root, known, problems);
	list = list_of(root, "years", problems);
	if (list != NULL && list->count > YEARS_MAX - count) {
		yaml_problem(problems, list->place, "年份过多：最多%d个", YEARS_MAX);
		return E_SYNTAX;
	}
	r = copy_years(arena, list == NULL ? 0 : list->count, calendar, &years);
	if (r < 0)
		return r;
	read_years(list, years, &count, problems);
	read_avoided(root, years, count, problems);
	if (problems->count > before)
		return E_SYNTAX;
	for (size_t i = 0; i < count; i++)
		for (size_t date = 0; date < CALENDAR_DAYS_MAX; date++)
			years[i].marks[date] &= (uint8_t)~FRESH;
	calendar->years = years;
	calendar->count = count;
	return 0;
}

/* What others borrowed of the calendar stays as it is: an amendment works on a copy. */
static int copy_years(struct arena *arena, size_t more, struct calendar *calendar,
                      struct calendar_year **ret_years)
{
	struct calendar_year *years =
		arena_new_array(arena, calendar->count + more, struct calendar_year);

	if (years == NULL)
		return E_NOMEM;
	if (calendar->count > 0)
		memcpy(years, calendar->years, calendar->count * sizeof(*years));
	*ret_years = years;
	return 0;
}

static void read_years(struct yaml_node *list, struct calendar_year *years, size_t *count,
                       struct yaml_problems *problems)
{
	static const char *const known[] = {"year", "source", "rest", "work", NULL};
	size_t old = *count;

	yaml_each(node, list)
	{
		struct calendar_year *year;

		if (node->kind != YAML_MAP) {
			yaml_problem(problems, node->place,
			             "每个年份应当写成：year、rest（休息日）、work（调休"
			             "上班日）");
			continue;
		}
		check_keys(node, known, problems);
		year = open_year(node, years, count, old, problems);
		if (year == NULL)
			continue;
		read_marks(list_of(node, "rest", problems), year, CALENDAR_REST,
		           problems);
		read_marks(list_of(node, "work", problems), year, CALENDAR_WORK,
		           problems);
	}
}

/* The year to mark: a new one, or when amending the one that was there before. */
static struct calendar_year *open_year(struct yaml_node *node,
                                       struct calendar_year *years, size_t *count,
                                       size_t old, struct yaml_problems *problems)
{
	size_t before = problems->count;
	int year = (int)yaml_integer(node, "year", 1949, 9998, 0, problems);

	if (problems->count > before)
		return NULL;
	if (year == 0) {
		yaml_problem(problems, node->place,
		             "缺少“year”（年份），例如 year: 2022");
		return NULL;
	}
	for (size_t i = 0; i < *count; i++) {
		if (years[i].year != year)
			continue;
		if (i < old)
			return &years[i];
		yaml_problem(problems, node->place, "%d年写了两次：每年只能写一次", year);
		return NULL;
	}
	years[*count].year = year;
	return &years[(*count)++];
}

static void read_marks(struct yaml_node *list, struct calendar_year *year, uint8_t mark,
                       struct yaml_problems *problems)
{
	yaml_each(node, list)
	{
		mark_range(node, year, mark, problems);
	}
}

static void mark_range(const struct yaml_node *node, struct calendar_year *year,
                       uint8_t mark, struct yaml_problems *problems)
{
	day first, last;

	if (node->kind != YAML_SCALAR || !read_range(node->text, &first, &last)) {
		yaml_problem(
			problems, node->place,
			"“%s”不是日期：应当写成 2022-10-01 或 2022-10-01 至 2022-10-07",
			node->kind == YAML_SCALAR ? node->text : "列表");
		return;
	}
	if (first < day_of(year->year, 1, 1) || last > day_of(year->year, 12, 31)) {
		yaml_problem(problems, node->place,
		             "“%s”不在%d年之内：跨年的假期请分年填写", node->text,
		             year->year);
		return;
	}
	for (day date = first; date <= last; date++)
		mark_day(node, &year->marks[date - day_of(year->year, 1, 1)], date, mark,
		         problems);
}

/* "2022-10-01" or "2022-10-01 至 2022-10-07". */
static bool read_range(const char *text, day *ret_first, day *ret_last)
{
	const char *mark = strstr(text, RANGE_MARK);
	char first[DAY_TEXT_LEN + 1] = "";

	if (mark == NULL)
		return day_parse(text, ret_first) == 0 && day_parse(text, ret_last) == 0;
	if (mark - text != DAY_TEXT_LEN)
		return false;
	memcpy(first, text, DAY_TEXT_LEN);
	return day_parse(first, ret_first) == 0 &&
	       day_parse(mark + strlen(RANGE_MARK), ret_last) == 0 &&
	       *ret_first <= *ret_last;
}

/* @marks is the day's. An amendment may turn rest into work and back, one file not. */
static void mark_day(const struct yaml_node *node, uint8_t *marks, day date, uint8_t mark,
                     struct yaml_problems *problems)
{
	char text[DAY_TEXT_MAX];

	day_print(date, text);
	if (mark == CALENDAR_WORK && !day_is_weekend(date))
		yaml_problem(problems, node->place,
		             "%s是%s：调休上班日（work）只能是星期六或星期日", text,
		             weekday_name(day_weekday(date)));
	else if (*marks & FRESH)
		yaml_problem(
			problems, node->place,
			"%s已经写过：一天只能写一次，不能既休息（rest）又上班（work）",
			text);
	else
		*marks = mark | FRESH;
}

static void read_avoided(struct yaml_node *root, struct calendar_year *years,
                         size_t count, struct yaml_problems *problems)
{
	static const char *const known[] = {"day", "why", NULL};

	yaml_each(node, list_of(root, "avoid", problems))
	{
		const struct yaml_node *text = yaml_get(node, "day");
		const struct yaml_node *why = yaml_get(node, "why");
		day date = DAY_NONE;

		check_keys(node, known, problems);
		if (text == NULL || text->kind != YAML_SCALAR || why == NULL ||
		    day_parse(text->text, &date) < 0)
			yaml_problem(problems, node->place,
			             "这里要有 day（日期，如 2024-02-09）和 why（原因）");
		else
			avoid_day(text, date, years, count, problems);
	}
}

static void avoid_day(const struct yaml_node *node, day date, struct calendar_year *years,
                      size_t count, struct yaml_problems *problems)
{
	struct calendar calendar = {.years = years, .count = count};
	unsigned month, dom;
	int year;

	day_split(date, &year, &month, &dom);
	for (size_t i = 0; i < count; i++) {
		if (years[i].year != year || !calendar_is_workday(&calendar, date))
			continue;
		years[i].marks[date - day_of(year, 1, 1)] |= CALENDAR_AVOIDED;
		return;
	}
	yaml_problem(problems, node->place,
	             "%s不是所列年份的工作日：avoid（避开）只用于工作日", node->text);
}

static struct yaml_node *list_of(struct yaml_node *map, const char *key,
                                 struct yaml_problems *problems)
{
	struct yaml_node *list = yaml_get(map, key);

	if (list == NULL || list->kind == YAML_LIST)
		return list;
	if (list->kind != YAML_SCALAR || list->text[0] != '\0')
		yaml_problem(problems, list->place,
		             "“%s”应当是列表：每行一项，以“- ”开头", key);
	return NULL;
}

static void check_keys(struct yaml_node *map, const char *const *known,
                       struct yaml_problems *problems)
{
	if (map->kind != YAML_MAP)
		return;
	yaml_each(child, map)
	{
		size_t i = 0;

		while (known[i] != NULL && strcmp(known[i], child->key) != 0)
			i++;
		if (known[i] == NULL)
			yaml_problem(problems, child->key_place,
			             "“%s”不认识：工作日历里没有这一项", child->key);
	}
}
