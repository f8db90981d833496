/*
 * schedule.yaml: when reports are due, who is told when nobody acts, and how far
 * behind is yellow and red. The plan's own, or the sample overlay's; never both.
 */
#include <string.h>

#include "model/period.h"
#include "model/plan_internal.h"

#define DEFAULT_DUE_MINUTE    (17 * 60 + 30)
#define DEFAULT_REMIND_MINUTE (9 * 60)
#define WORKDAYS_MAX          60

static void read_schedule(struct plan_reader *reader, struct yaml_node *map);
static const char *read_period(struct plan_reader *reader, struct yaml_node *map,
                               const char *key, enum frequency frequency);
static void read_due(struct plan_reader *reader, struct yaml_node *map,
                     struct plan_schedule *schedule);
static void read_due_workdays(struct plan_reader *reader, struct yaml_node *due,
                              struct plan_schedule *schedule);
static void read_remind(struct plan_reader *reader, struct yaml_node *map,
                        struct plan_schedule *schedule);
static struct yaml_node *need_map(struct plan_reader *reader, struct yaml_node *map,
                                  const char *key, const char *example);
static void read_ladder(struct plan_reader *reader, struct yaml_node *list);
static void read_step(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_step *step);
static void check_order(struct plan_reader *reader, const struct yaml_node *node,
                        const struct plan_step *step, const struct plan_step *before);
static void read_lights(struct plan_reader *reader, struct yaml_node *map);
static void read_review(struct plan_reader *reader, struct yaml_node *map);
static void read_hours(struct plan_reader *reader, struct yaml_node *map);
static void check_hour(struct plan_reader *reader, struct yaml_place place,
                       const char *what, unsigned minute);

void plan_read_schedule(struct plan_reader *reader, struct yaml_node *root)
{
	static const struct plan_key keys[] = {
		{"schedule", "报送时间"}, {"ladder", "提级督办"}, {"lights", "亮灯标准"},
		{"review", "审核时限"},   {"hours", "办公时间"},  {NULL, NULL}};
	struct yaml_node *map;

	if (!node_check(reader, root, keys))
		return;
	if (reader->plan->schedule.first_period[0] != '\0') {
		yaml_problem(reader->problems, root->place,
		             "方案自己的 schedule.yaml 已经定了报送时间，"
		             "示例补充不能再写一份");
		return;
	}
	map = need_map(reader, root, "schedule", "见手册“报送时间”");
	if (map != NULL)
		read_schedule(reader, map);
	read_ladder(reader, node_list(reader, root, "ladder", PLAN_STEPS_MAX, true));
	map = need_map(reader, root, "lights", "{yellow: 5.0, red: 15.0}");
	if (map != NULL)
		read_lights(reader, map);
	map = yaml_get(root, "review");
	if (map != NULL)
		read_review(reader, map);
	map = yaml_get(root, "hours");
	if (map != NULL)
		read_hours(reader, map);
}

static struct yaml_node *need_map(struct plan_reader *reader, struct yaml_node *map,
                                  const char *key, const char *example)
{
	struct yaml_node *child = yaml_get(map, key);

	if (child == NULL)
		node_missing(reader, map, key, example);
	return child;
}

static void read_schedule(struct plan_reader *reader, struct yaml_node *map)
{
	static const struct plan_key keys[] = {
		{"frequency", "频次"},    {"first", "首期"},   {"last", "末期"},
		{"cutoff", "数据截止日"}, {"due", "报送时限"}, {"remind", "提醒"},
		{"lock", "封表"},         {NULL, NULL}};
	static const char *const frequencies[] = {"monthly", "quarterly", "yearly", NULL};
	struct plan_schedule *schedule = &reader->plan->schedule;

	if (!node_check(reader, map, keys))
		return;
	schedule->sample = reader->sample;
	schedule->frequency = (enum frequency)node_choice(reader, map, "frequency",
	                                                  frequencies, MONTHLY);
	schedule->first_period = read_period(reader, map, "first", schedule->frequency);
	schedule->last_period = read_period(reader, map, "last", schedule->frequency);
	schedule->cutoff_day = (int)node_integer(reader, map, "cutoff", 0, 31, 0);
	read_due(reader, map, schedule);
	read_remind(reader, map, schedule);
	schedule->lock_workdays =
		(int)node_integer(reader, map, "lock", 0, WORKDAYS_MAX, 0);
	if (schedule->due_same_month &&
	    (schedule->cutoff_day == 0 || schedule->cutoff_day >= schedule->due_day))
		yaml_problem(
			reader->problems, node_place(map, "cutoff"),
			"当月报送时，数据截止日（cutoff）应当早于报送日（due 的 day）");
}

static const char *read_period(struct plan_reader *reader, struct yaml_node *map,
                               const char *key, enum frequency frequency)
{
	static const char *const examples[] = {"2022-07", "2022-Q3", "2022"};
	const char *text = node_text(reader, map, key, examples[frequency]);
	struct period period, other;

	if (period_parse(text, &period) < 0 || period.frequency != frequency ||
	    period.year < 1950) {
		if (text[0] != '\0')
			yaml_problem(reader->problems, node_place(map, key),
			             "“%s”写的是“%s”：这个频次的报告期应当写成 %s", key,
			             text, examples[frequency]);
		return "";
	}
	if (strcmp(key, "last") == 0 &&
	    period_parse(reader->plan->schedule.first_period, &other) == 0 &&
	    period_compare(&period, &other) < 0)
		yaml_problem(reader->problems, node_place(map, key), "末期%s早于首期%s",
		             text, reader->plan->schedule.first_period);
	return text;
}

static void read_due(struct plan_reader *reader, struct yaml_node *map,
                     struct plan_schedule *schedule)
{
	static const struct plan_key keys[] = {{"month", "哪个月"},
	                                       {"day", "几日"},
	                                       {"workdays", "数据截止后几个工作日"},
	                                       {"time", "几时"},
	                                       {"roll", "遇节假日"},
	                                       {NULL, NULL}};
	static const char *const months[] = {"next", "same", NULL};
	static const char *const rolls[] = {"顺延", "提前", NULL};
	struct yaml_node *due =
		need_map(reader, map, "due", "{day: 5, time: \"17:30\", roll: 顺延}");

	if (due == NULL || !node_check(reader, due, keys))
		return;
	schedule->due_minute = node_minute(reader, due, "time", DEFAULT_DUE_MINUTE);
	if (yaml_get(due, "workdays") != NULL) {
		read_due_workdays(reader, due, schedule);
		return;
	}
	if (yaml_get(due, "day") == NULL)
		node_missing(reader, due, "day", "5");
	schedule->due_same_month = node_choice(reader, due, "month", months, 0) == 1;
	schedule->due_day = (int)node_integer(reader, due, "day", 1, 31, 1);
	schedule->due_roll = node_choice(reader, due, "roll", rolls, 0) == 1 ? -1 : 1;
}

/* 数据截止后5个工作日: a working day by itself, so that nothing rolls. */
static void read_due_workdays(struct plan_reader *reader, struct yaml_node *due,
                              struct plan_schedule *schedule)
{
	static const char *const others[] = {"month", "day", "roll"};

	schedule->due_workdays =
		(int)node_integer(reader, due, "workdays", 1, WORKDAYS_MAX, 1);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (yaml_get(due, others[i]) != NULL)
			yaml_problem(reader->problems, node_place(due, others[i]),
			             "写了 workdays（数据截止后几个工作日），就不再写 %s",
			             others[i]);
}

static void read_remind(struct plan_reader *reader, struct yaml_node *map,
                        struct plan_schedule *schedule)
{
	static const struct plan_key keys[] = {{"workdays", "提前几个工作日"},
	                                       {"time", "几时"},
	                                       {NULL, NULL}};
	struct yaml_node *remind =
		need_map(reader, map, "remind", "{workdays: 2, time: \"09:00\"}");

	if (remind == NULL || !node_check(reader, remind, keys))
		return;
	schedule->remind_workdays =
		(int)node_integer(reader, remind, "workdays", 0, WORKDAYS_MAX, 0);
	schedule->remind_minute =
		node_minute(reader, remind, "time", DEFAULT_REMIND_MINUTE);
}

static void read_ladder(struct plan_reader *reader, struct yaml_node *list)
{
	struct plan_step *steps;
	size_t count = 0;

	if (list == NULL)
		return;
	steps = plan_new_array(reader, list->count, sizeof(*steps));
	if (steps == NULL)
		return;
	yaml_each(node, list)
	{
		struct plan_step *step = &steps[count];

		read_step(reader, node, step);
		step->level = (unsigned)++count;
		if (count > 1)
			check_order(reader, node, step, step - 1);
	}
	reader->plan->steps = steps;
	reader->plan->step_count = count;
}

static void read_step(struct plan_reader *reader, struct yaml_node *node,
                      struct plan_step *step)
{
	static const struct plan_key keys[] = {
		{"workdays", "逾期几个工作日"}, {"time", "几时"}, {"to", "对象"},
		{"department", "处室"},         {"role", "职务"}, {NULL, NULL}};
	static const char *const targets[] = {"unit", "lead", "department", NULL};

	step->role = "";
	step->sample = reader->sample;
	if (!node_check(reader, node, keys))
		return;
	if (yaml_get(node, "workdays") == NULL)
		node_missing(reader, node, "workdays", "1");
	step->workdays = (int)node_integer(reader, node, "workdays", 0, WORKDAYS_MAX, 0);
	step->minute = node_minute(reader, node, "time", DEFAULT_DUE_MINUTE);
	(void)node_text(reader, node, "to", "unit");
	step->to = (enum step_to)node_choice(reader, node, "to", targets, STEP_UNIT);
	if (step->to == STEP_DEPARTMENT)
		step->department = plan_need_department(reader, node, "department");
	else if (yaml_get(node, "department") != NULL)
		yaml_problem(reader->problems, node_place(node, "department"),
		             "只有 to: department 时才写 department");
	step->role = node_text(reader, node, "role", "填报人");
}

static void check_order(struct plan_reader *reader, const struct yaml_node *node,
                        const struct plan_step *step, const struct plan_step *before)
{
	if (step->workdays > before->workdays ||
	    (step->workdays == before->workdays && step->minute > before->minute))
		return;
	yaml_problem(reader->problems, node->place,
	             "第%u级不晚于第%u级：提级督办应当一级比一级晚", step->level,
	             before->level);
}

static void read_lights(struct plan_reader *reader, struct yaml_node *map)
{
	static const struct plan_key keys[] = {{"yellow", "黄灯"},
	                                       {"red", "红灯"},
	                                       {"memory", "红灯记忆"},
	                                       {NULL, NULL}};
	struct plan_lights *lights = &reader->plan->lights;
	struct yaml_node *yellow, *red;

	if (!node_check(reader, map, keys))
		return;
	lights->sample = reader->sample;
	lights->memory = node_bool(reader, map, "memory", false);
	yellow = need_map(reader, map, "yellow", "5.0");
	red = need_map(reader, map, "red", "15.0");
	if (yellow == NULL || red == NULL ||
	    !node_tenths(reader, yellow, &lights->yellow_tenths) ||
	    !node_tenths(reader, red, &lights->red_tenths))
		return;
	if (lights->red_tenths <= lights->yellow_tenths)
		yaml_problem(reader->problems, red->place,
		             "红灯%s个百分点不大于黄灯%s个百分点", red->text,
		             yellow->text);
}

/* All five, or none: half a rule would leave somebody waiting without end. */
static void read_review(struct plan_reader *reader, struct yaml_node *map)
{
	static const struct plan_key keys[] = {
		{"content", "业务审核"},  {"totals", "汇总审核"}, {"answer", "批复申请"},
		{"resubmit", "退回重报"}, {"contest", "申辩"},    {NULL, NULL}};
	struct plan_review *review = &reader->plan->review;
	int *const days[] = {&review->content, &review->totals, &review->answer,
	                     &review->resubmit, &review->contest};

	if (!node_check(reader, map, keys))
		return;
	review->given = true;
	review->sample = reader->sample;
	for (size_t i = 0; keys[i].key != NULL; i++) {
		if (yaml_get(map, keys[i].key) == NULL)
			node_missing(reader, map, keys[i].key, "3");
		*days[i] =
			(int)node_integer(reader, map, keys[i].key, 1, WORKDAYS_MAX, 1);
	}
}

/* When people are at work. The schedule's own times are what is kept to: they must lie
 * within. */
static void read_hours(struct plan_reader *reader, struct yaml_node *map)
{
	static const struct plan_key keys[] = {{"from", "上班"},
	                                       {"to", "下班"},
	                                       {NULL, NULL}};
	const struct plan_schedule *schedule = &reader->plan->schedule;
	struct plan_hours *hours = &reader->plan->hours;

	if (!node_check(reader, map, keys))
		return;
	(void)node_text(reader, map, "from", "\"08:30\"");
	(void)node_text(reader, map, "to", "\"17:30\"");
	hours->from = node_minute(reader, map, "from", 0);
	hours->to = node_minute(reader, map, "to", 24 * 60 - 1);
	hours->sample = reader->sample;
	hours->given = hours->from < hours->to;
	if (!hours->given) {
		yaml_problem(reader->problems, map->place,
		             "下班（to）应当晚于上班（from）");
		return;
	}
	check_hour(reader, map->place, "报送时限（due）", schedule->due_minute);
	check_hour(reader, map->place, "提醒（remind）", schedule->remind_minute);
	for (size_t i = 0; i < reader->plan->step_count; i++)
		check_hour(reader, map->place, reader->plan->steps[i].role,
		           reader->plan->steps[i].minute);
}

static void check_hour(struct plan_reader *reader, struct yaml_place place,
                       const char *what, unsigned minute)
{
	const struct plan_hours *hours = &reader->plan->hours;

	if (minute < hours->from || minute > hours->to)
		yaml_problem(reader->problems, place,
		             "%s的时刻%02u:%02u不在办公时间%02u:%02u至%02u:%02u之内",
		             what, minute / 60, minute % 60, hours->from / 60,
		             hours->from % 60, hours->to / 60, hours->to % 60);
}
