/*
 * plan.yaml, units.yaml and the overlay's overlay.yaml: what the document is, who
 * reports, and which offices of the bureau lead.
 */
#include <stdlib.h>
#include <string.h>

#include "model/plan_internal.h"

#define UTC_OFFSET_MAX (14 * 60)
#define ALIASES_MAX    20

static void read_departments(struct plan_reader *reader, struct yaml_node *root);
static void read_sections(struct plan_reader *reader, struct yaml_node *root);
static int read_utc_offset(struct plan_reader *reader, struct yaml_node *root);
static void sort_names(struct plan_reader *reader);
static size_t count_aliases(const struct plan_unit *unit);
static int by_name(const void *a, const void *b);
static bool read_unit(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_unit *unit);
static void read_former(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_unit *unit);
static const char *read_until(struct plan_reader *reader, struct yaml_node *item);
static const char *new_name(struct plan_reader *reader, const char *name,
                            struct yaml_place place);
static const char *const *read_aliases(struct plan_reader *reader,
                                       struct yaml_node *node);

void plan_read_document(struct plan_reader *reader, struct yaml_node *root)
{
	static const struct plan_key keys[] = {{"id", "编号"},
	                                       {"number", "文号"},
	                                       {"title", "标题"},
	                                       {"issuer", "发文机关"},
	                                       {"issued", "成文日期"},
	                                       {"note", "说明"},
	                                       {"utc_offset", "时区"},
	                                       {"calendar", "工作日历"},
	                                       {"departments", "处室"},
	                                       {"office", "工作组办公室"},
	                                       {"sections", "工作板块"},
	                                       {"clauses", "条款原文"},
	                                       {NULL, NULL}};
	struct plan *plan = reader->plan;

	if (!node_check(reader, root, keys))
		return;
	plan->id = node_id(reader, root, "id", "changsha-2022-55");
	plan->number = node_text(reader, root, "number", "长人环通〔2022〕55号");
	plan->title = node_text(reader, root, "title", "关于印发……的通知");
	plan->issuer = node_text(reader, root, "issuer", "长沙市城市人居环境局");
	plan->issued = node_text_or(reader, root, "issued", "");
	if (plan->issued[0] != '\0')
		(void)node_day(reader, root, "issued");
	plan->note = node_text_or(reader, root, "note", "");
	plan->utc_offset = read_utc_offset(reader, root);
	plan->calendar.version = node_text(reader, root, "calendar", "cn-2026-1");
	read_departments(reader, root);
	plan->office = plan_need_department(reader, root, "office");
	plan_read_clauses(reader, root);
	read_sections(reader, root);
}

/* "+08:00" in minutes. */
static int read_utc_offset(struct plan_reader *reader, struct yaml_node *root)
{
	const char *text = node_text_or(reader, root, "utc_offset", "+08:00");
	char stamp[sizeof("2000-01-01 08:00")] = "2000-01-01 ";
	int64_t instant;
	int minutes;

	if (strlen(text) == strlen("+08:00") && (text[0] == '+' || text[0] == '-')) {
		memcpy(stamp + strlen(stamp), text + 1, strlen("08:00"));
		if (instant_parse(stamp, 0, &instant) == 0) {
			minutes = (int)instant_minute(instant, 0);
			if (minutes <= UTC_OFFSET_MAX)
				return text[0] == '-' ? -minutes : minutes;
		}
	}
	yaml_problem(reader->problems, node_place(root, "utc_offset"),
	             "“utc_offset”写的是“%s”：应当写成 \"+08:00\"，从 -14:00 到 +14:00",
	             text);
	return 0;
}

static void read_departments(struct plan_reader *reader, struct yaml_node *root)
{
	static const struct plan_key keys[] = {{"id", "编号"},
	                                       {"name", "名称"},
	                                       {NULL, NULL}};
	struct yaml_node *list =
		node_list(reader, root, "departments", PLAN_OFFICES_MAX, true);
	struct plan_department *items;
	size_t count = 0;

	if (list == NULL)
		return;
	items = plan_new_array(reader, list->count, sizeof(*items));
	if (items == NULL)
		return;
	yaml_each(node, list)
	{
		struct plan_department *item = &items[count];

		if (!node_check(reader, node, keys))
			continue;
		item->id = node_id(reader, node, "id", "gengxin");
		item->name = node_text(reader, node, "name", "更新办");
		if (plan_check_new(reader, items, count, sizeof(*items), item->id,
		                   node_place(node, "id")))
			count++;
	}
	reader->plan->departments = items;
	reader->plan->department_count = count;
}

const struct plan_department *plan_need_department(struct plan_reader *reader,
                                                   struct yaml_node *map, const char *key)
{
	const char *id = node_text(reader, map, key, "gengxin");
	const struct plan_department *department = plan_find_department(reader->plan, id);

	if (department == NULL && id[0] != '\0')
		yaml_problem(reader->problems, node_place(map, key),
		             "没有编号为“%s”的处室：先在 plan.yaml 的 departments 里写上",
		             id);
	return department;
}

/* The sections' order and ids; each is then read from its own file. */
static void read_sections(struct plan_reader *reader, struct yaml_node *root)
{
	struct yaml_node *list =
		node_list(reader, root, "sections", PLAN_SECTIONS_MAX, true);
	size_t count = 0;

	if (list == NULL)
		return;
	reader->sections = plan_new_array(reader, list->count, sizeof(*reader->sections));
	reader->parts = plan_new_array(reader, list->count, sizeof(*reader->parts));
	if (reader->sections == NULL || reader->parts == NULL)
		return;
	yaml_each(node, list)
	{
		struct plan_section *section = &reader->sections[count];

		section->id = node->kind == YAML_SCALAR ? node->text : "";
		if (section->id[0] == '\0' || strlen(section->id) > PLAN_ID_MAX)
			yaml_problem(reader->problems, node->place,
			             "这里应当是板块编号，例如 sections: [1, 2, 3]");
		else if (plan_check_new(reader, reader->sections, count, sizeof(*section),
		                        section->id, node->place))
			section->index = count++;
	}
	reader->plan->sections = reader->sections;
	reader->plan->section_count = count;
}

void plan_read_units(struct plan_reader *reader, struct yaml_node *root)
{
	static const struct plan_key keys[] = {{"units", "单位"}, {NULL, NULL}};
	struct yaml_node *list;
	struct plan_unit *units;

	if (!node_check(reader, root, keys))
		return;
	list = node_list(reader, root, "units", PLAN_UNITS_MAX, true);
	if (list == NULL)
		return;
	units = plan_new_array(reader, list->count, sizeof(*units));
	if (units == NULL)
		return;
	reader->plan->units = units;
	yaml_each(node, list)
	{
		struct plan_unit *unit = &units[reader->plan->unit_count];

		unit->index = reader->plan->unit_count;
		if (read_unit(reader, node, unit))
			reader->plan->unit_count++;
	}
	sort_names(reader);
}

/* A plan of thousands of units names each in every target's parts. */
static void sort_names(struct plan_reader *reader)
{
	struct plan *plan = reader->plan;
	struct plan_unit_name *names;
	size_t room = 0, count = 0;

	for (size_t i = 0; i < plan->unit_count; i++)
		room += 2 + count_aliases(&plan->units[i]) +
		        2 * plan->units[i].former_count;
	names = plan_new_array(reader, room, sizeof(*names));
	if (names == NULL)
		return;
	for (size_t i = 0; i < plan->unit_count; i++) {
		const struct plan_unit *unit = &plan->units[i];

		names[count++] = (struct plan_unit_name){unit->code, unit};
		names[count++] = (struct plan_unit_name){unit->name, unit};
		for (const char *const *alias = unit->aliases; *alias != NULL; alias++)
			names[count++] = (struct plan_unit_name){*alias, unit};
		for (size_t k = 0; k < unit->former_count; k++) {
			names[count++] =
				(struct plan_unit_name){unit->former[k].code, unit};
			names[count++] =
				(struct plan_unit_name){unit->former[k].name, unit};
		}
	}
	qsort(names, count, sizeof(*names), by_name);
	plan->unit_names = names;
	plan->unit_name_count = count;
}

static size_t count_aliases(const struct plan_unit *unit)
{
	size_t count = 0;

	while (unit->aliases[count] != NULL)
		count++;
	return count;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct plan_unit_name *)a)->name,
	              ((const struct plan_unit_name *)b)->name);
}

static bool read_unit(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_unit *unit)
{
	static const struct plan_key keys[] = {
		{"code", "行政区划代码"},   {"name", "名称"},
		{"department", "部门全称"}, {"aliases", "别名"},
		{"former", "曾用代码"},     {NULL, NULL}};

	if (!node_check(reader, node, keys))
		return false;
	unit->code = new_name(reader, node_id(reader, node, "code", "\"430112\""),
	                      node_place(node, "code"));
	unit->name = new_name(reader, node_text(reader, node, "name", "望城区"),
	                      node_place(node, "name"));
	unit->department =
		node_text(reader, node, "department", "望城区城市人居环境部门");
	unit->aliases = read_aliases(reader, node);
	read_former(reader, node, unit);
	return unit->aliases != NULL;
}

/* What certificates and files of former years may still say. */
static void read_former(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_unit *unit)
{
	static const struct plan_key keys[] = {{"code", "曾用代码"},
	                                       {"name", "曾用名"},
	                                       {"until", "停用时间"},
	                                       {NULL, NULL}};
	struct yaml_node *list = node_list(reader, node, "former", ALIASES_MAX, false);
	struct plan_former *items;

	if (list == NULL)
		return;
	items = plan_new_array(reader, list->count, sizeof(*items));
	if (items == NULL)
		return;
	yaml_each(item, list)
	{
		struct plan_former *former = &items[unit->former_count];

		if (!node_check(reader, item, keys))
			continue;
		former->code =
			new_name(reader, node_id(reader, item, "code", "\"430124\""),
		                 node_place(item, "code"));
		former->name = new_name(reader, node_text_or(reader, item, "name", ""),
		                        node_place(item, "name"));
		former->until = read_until(reader, item);
		unit->former_count++;
	}
	unit->former = items;
}

/* A year will do: papers rarely say the day. */
static const char *read_until(struct plan_reader *reader, struct yaml_node *item)
{
	const char *text = node_text(reader, item, "until", "\"2017\"");
	bool is_year = strlen(text) == strlen("2017") &&
	               strspn(text, "0123456789") == strlen("2017");
	day date;

	if (text[0] != '\0' && !is_year && day_parse(text, &date) < 0)
		yaml_problem(reader->problems, node_place(item, "until"),
		             "“until”写的是“%s”：应当是停用的年份或日期，写成 2017 或 "
		             "2017-04-30",
		             text);
	return text;
}

/* Any name must find one unit only. */
static const char *new_name(struct plan_reader *reader, const char *name,
                            struct yaml_place place)
{
	const struct plan_unit *other = plan_find_unit(reader->plan, name);

	if (name[0] == '\0' || other == NULL)
		return name;
	yaml_problem(reader->problems, place,
	             "“%s”已经是“%s”的代码、名称或别名：每个只能属于一个单位", name,
	             other->name);
	return "";
}

static const char *const *read_aliases(struct plan_reader *reader, struct yaml_node *node)
{
	struct yaml_node *list = node_list(reader, node, "aliases", ALIASES_MAX, false);
	size_t room = list == NULL ? 1 : list->count + 1;
	const char **aliases = plan_new_array(reader, room, sizeof(*aliases));
	size_t count = 0;

	if (aliases == NULL)
		return NULL;
	yaml_each(item, list)
	{
		if (item->kind == YAML_SCALAR && item->text[0] != '\0')
			aliases[count++] = new_name(reader, item->text, item->place);
		else
			yaml_problem(reader->problems, item->place,
			             "别名应当是文字，例如 aliases: [岳麓区]");
	}
	return aliases;
}

const struct plan_unit *plan_need_unit(struct plan_reader *reader, const char *name,
                                       struct yaml_place place)
{
	const struct plan_unit *unit = plan_find_unit(reader->plan, name);

	if (unit == NULL)
		yaml_problem(reader->problems, place,
		             "没有叫“%s”的单位：用 units.yaml 里的名称、代码或别名",
		             name);
	return unit;
}

void plan_read_overlay(struct plan_reader *reader, struct yaml_node *root)
{
	static const struct plan_key keys[] = {{"for", "补充的方案"},
	                                       {"note", "说明"},
	                                       {NULL, NULL}};
	struct plan *plan = reader->plan;
	const char *id, *note;

	if (!node_check(reader, root, keys))
		return;
	id = node_text(reader, root, "for", "changsha-2022-55");
	if (plan->id[0] != '\0' && strcmp(id, plan->id) != 0)
		yaml_problem(reader->problems, node_place(root, "for"),
		             "这是方案“%s”的示例补充，不能用于方案“%s”", id, plan->id);
	note = node_text(reader, root, "note", "示例数据");
	plan->note = arena_printf(reader->arena, "%s%s%s", plan->note,
	                          plan->note[0] != '\0' ? " " : "", note);
	if (plan->note == NULL) {
		plan->note = "";
		reader->out_of_memory = true;
	}
}
