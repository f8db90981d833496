/*
 * The targets of a section as the document states them, and the readings of its
 * hedging words. What the document leaves open is added by plan_task.c.
 */
#include <string.h>

#include "model/plan_internal.h"

static void read_target(struct plan_reader *reader, struct plan_section *section,
                        struct yaml_node *node, struct plan_target *target);
static void read_value(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_target *target);
static void read_share(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_target *target);
static void read_dates(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_target *target);
static void read_reading(struct plan_reader *reader, struct yaml_node *node,
                         struct plan_reading *reading);
static struct plan_reading *find_reading(struct plan_reading *readings, size_t count,
                                         const char *word);
static void read_choice(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_reading *reading);

void plan_read_targets(struct plan_reader *reader, struct plan_section *section,
                       struct yaml_node *root)
{
	struct yaml_node *list =
		node_list(reader, root, "targets", PLAN_TARGETS_MAX, true);
	struct plan_target *targets;

	if (list == NULL)
		return;
	targets = plan_new_array(reader, list->count, sizeof(*targets));
	if (targets == NULL)
		return;
	reader->parts[section->index].targets = targets;
	section->targets = targets;
	yaml_each(node, list)
	{
		read_target(reader, section, node, &targets[section->target_count]);
		section->target_count++;
	}
}

static void read_target(struct plan_reader *reader, struct plan_section *section,
                        struct yaml_node *node, struct plan_target *target)
{
	static const struct plan_key keys[] = {{"id", "编号"},
	                                       {"name", "名称"},
	                                       {"indicator", "指标"},
	                                       {"value", "数值"},
	                                       {"share", "占比"},
	                                       {"base", "占比的基数"},
	                                       {"clause", "条款号"},
	                                       {"binding", "约束性"},
	                                       {"start", "起算日"},
	                                       {"deadline", "期限"},
	                                       {"readings", "措辞理解"},
	                                       {"supporting", "配合单位"},
	                                       {"acceptance", "验收处室"},
	                                       {NULL, NULL}};
	struct yaml_node *indicator;

	*target = (struct plan_target){.id = "",
	                               .name = "",
	                               .section = section,
	                               .value.unit = unit_find("个"),
	                               .start = DAY_NONE,
	                               .deadline = DAY_NONE,
	                               .place = node->place};
	if (!node_check(reader, node, keys))
		return;
	target->id = node_id(reader, node, "id", "communities");
	(void)plan_check_new(reader, section->targets, section->target_count,
	                     sizeof(*target), target->id, node_place(node, "id"));
	target->name = node_text(reader, node, "name", "改造城镇老旧小区");
	target->clause = plan_need_clause(reader, node);
	if (yaml_get(node, "binding") == NULL)
		node_missing(reader, node, "binding", "true（约束性）或 false（力争性）");
	target->binding = node_bool(reader, node, "binding", true);
	indicator = yaml_get(node, "indicator");
	if (indicator != NULL)
		target->indicator = plan_need_indicator(reader, section, indicator);
	plan_read_parties(reader, node, &target->supporting, &target->supporting_count);
	read_value(reader, node, target);
	read_dates(reader, node, target);
	plan_read_acceptance(reader, node, target);
	plan_read_readings(reader, target, yaml_get(node, "readings"));
}

static void read_value(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_target *target)
{
	struct yaml_node *value = yaml_get(node, "value");

	if (yaml_get(node, "share") != NULL || yaml_get(node, "base") != NULL) {
		read_share(reader, node, target);
		if (value != NULL)
			yaml_problem(reader->problems, value->place,
			             "写了 share（占比）和 base（基数），就不再写 value："
			             "数值由两者相乘、全市进位一次得出");
	} else if (value != NULL) {
		(void)plan_value_read(reader, value, &target->value);
	} else if (target->indicator != NULL) {
		node_missing(reader, node, "value", "1816个");
	}
	plan_check_measure(reader, target, value != NULL ? value->place : node->place);
}

void plan_check_measure(struct plan_reader *reader, const struct plan_target *target,
                        struct yaml_place place)
{
	const struct plan_indicator *indicator = target->indicator;

	if (indicator == NULL)
		return;
	if (!unit_comparable(target->value.unit, indicator->unit))
		yaml_problem(reader->problems, place,
		             "目标的单位是“%s”，指标“%s”的单位是“%s”，不能换算：可用 %s",
		             target->value.unit->name, indicator->name,
		             indicator->unit->name, unit_alternatives(indicator->unit));
	if (indicator->kind == INDICATOR_SHARE)
		yaml_problem(reader->problems, place,
		             "目标不能直接用比率“%s”：写 share（占比）、base（基数），"
		             "指标用它的分子",
		             indicator->name);
	if (target->value.digits <= 0)
		yaml_problem(reader->problems, place, "目标的数值应当大于零");
}

/* Rounded up once, for the whole city: rounding each district up gives too many. */
static void read_share(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_target *target)
{
	struct yaml_node *share = yaml_get(node, "share");
	struct yaml_node *base = yaml_get(node, "base");

	if (share == NULL || base == NULL) {
		yaml_problem(reader->problems, (share != NULL ? share : base)->place,
		             "share（占比，如 20%%）和 base（基数，如 244个）要同时写");
		return;
	}
	if (!node_tenths(reader, share, &target->share_tenths) ||
	    !plan_value_read(reader, base, &target->base))
		return;
	target->is_share = true;
	if (!plan_share_of(&target->base, target->share_tenths, &target->value))
		yaml_problem(reader->problems, base->place,
		             "基数“%s”不能用：应当是不太大的整数", base->text);
}

static void read_dates(struct plan_reader *reader, struct yaml_node *node,
                       struct plan_target *target)
{
	target->start = node_day(reader, node, "start");
	target->deadline = node_day(reader, node, "deadline");
	plan_check_dates(reader, target, node_place(node, "start"));
}

void plan_check_dates(struct plan_reader *reader, const struct plan_target *target,
                      struct yaml_place place)
{
	if (target->start != DAY_NONE && target->deadline != DAY_NONE &&
	    target->start >= target->deadline)
		yaml_problem(reader->problems, place,
		             "起算日（start）应当早于期限（deadline）");
}

/* What it is measured by may stand in another file: see plan_lint(). */
void plan_read_acceptance(struct plan_reader *reader, struct yaml_node *node,
                          struct plan_target *target)
{
	if (yaml_get(node, "acceptance") == NULL)
		return;
	target->acceptance = plan_need_department(reader, node, "acceptance");
	target->acceptance_sample = reader->sample;
}

void plan_read_readings(struct plan_reader *reader, struct plan_target *target,
                        struct yaml_node *node)
{
	struct plan_reading *readings;
	size_t count = 0;

	if (node == NULL || node->kind != YAML_LIST || node->count > PLAN_READINGS_MAX) {
		if (node != NULL)
			yaml_problem(reader->problems, node->place,
			             "“readings”应当是列表，最多%d项", PLAN_READINGS_MAX);
		return;
	}
	readings = plan_new_array(reader, node->count, sizeof(*readings));
	if (readings == NULL)
		return;
	yaml_each(item, node)
	{
		read_reading(reader, item, &readings[count]);
		if (find_reading(readings, count, readings[count].word) != NULL)
			yaml_problem(reader->problems, item->place, "“%s”写了两次",
			             readings[count].word);
		count++;
	}
	target->readings = readings;
	target->reading_count = count;
}

static void read_reading(struct plan_reader *reader, struct yaml_node *node,
                         struct plan_reading *reading)
{
	static const struct plan_key keys[] = {
		{"word", "原词"},      {"strict", "从严理解"},
		{"loose", "从宽理解"}, {"chosen", "选定"},
		{"by", "由谁选定"},    {"on", "何时选定"},
		{"why", "理由"},       {NULL, NULL}};

	*reading = (struct plan_reading){"", "", "", "", "", "", "", false};
	if (!node_check(reader, node, keys))
		return;
	reading->word = node_text(reader, node, "word", "约");
	reading->strict = node_text(reader, node, "strict", "不少于27.28万户");
	reading->loose = node_text(reader, node, "loose", "四舍五入到27.28万户即可");
	if (yaml_get(node, "chosen") != NULL)
		read_choice(reader, node, reading);
}

static struct plan_reading *find_reading(struct plan_reading *readings, size_t count,
                                         const char *word)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(readings[i].word, word) == 0)
			return &readings[i];
	return NULL;
}

static void read_choice(struct plan_reader *reader, struct yaml_node *node,
                        struct plan_reading *reading)
{
	static const char *const choices[] = {"strict", "loose", NULL};

	reading->chosen = choices[node_choice(reader, node, "chosen", choices, 0)];
	reading->chosen_by = node_text(reader, node, "by", "工作组办公室");
	reading->chosen_on = node_text(reader, node, "on", "2022-07-15");
	(void)node_day(reader, node, "on");
	reading->why = node_text(reader, node, "why", "与省里的统计口径一致");
	reading->sample = reader->sample;
}

void plan_read_choices(struct plan_reader *reader, struct plan_target *target,
                       struct yaml_node *node)
{
	static const struct plan_key keys[] = {{"word", "原词"},   {"chosen", "选定"},
	                                       {"by", "由谁选定"}, {"on", "何时选定"},
	                                       {"why", "理由"},    {NULL, NULL}};
	struct plan_reading *readings =
		plan_new_array(reader, target->reading_count, sizeof(*readings));

	if (readings == NULL)
		return;
	if (target->reading_count > 0)
		memcpy(readings, target->readings,
		       target->reading_count * sizeof(*readings));
	yaml_each(item, node)
	{
		struct plan_reading *reading;
		const char *word;

		if (!node_check(reader, item, keys))
			continue;
		word = node_text(reader, item, "word", "约");
		reading = find_reading(readings, target->reading_count, word);
		(void)node_text(reader, item, "chosen", "strict");
		if (reading == NULL)
			yaml_problem(reader->problems, node_place(item, "word"),
			             "目标“%s”的措辞里没有列出“%s”", target->name, word);
		else if (reading->chosen[0] != '\0')
			yaml_problem(reader->problems, node_place(item, "chosen"),
			             "“%s”已经选定（%s，%s），不能再选", word,
			             reading->chosen_by, reading->chosen_on);
		else
			read_choice(reader, item, reading);
	}
	target->readings = readings;
}
