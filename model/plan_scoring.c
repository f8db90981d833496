/*
 * scoring.yaml: how units are assessed. The plan's own, or the sample overlay's; never
 * both.
 *
 *	scheme -> weights of its parts -> what a target is worth -> what reports get
 *	       -> what does not count against a unit
 *
 * A formula that a reader would call a mistake (more for a late report than for one in
 * time, weights that are no whole) is one: the author is told.
 */
#include <string.h>

#include "model/plan_internal.h"

#define OUTAGE_MINUTES_DEFAULT 10
#define OUTAGE_HOURS_DEFAULT   24
#define OUTAGE_HOURS_MAX       240
#define NOTICE_DEFAULT         3
#define NOTICE_MAX             60

/* A part's key, its Chinese name, and the schemes that have it, as a set. */
static const struct part {
	const char *key, *label;
	unsigned schemes;
} parts[SCORE_PARTS] = {
	[SCORE_COMPLETION] = {"completion", "完成",
                              1 << SCORING_POINTS | 1 << SCORING_EIONET |
                                      1 << SCORING_DEDUCTION},
	[SCORE_TIMELINESS] = {"timeliness", "及时", 1 << SCORING_POINTS},
	[SCORE_QUALITY] = {"quality", "质量", 1 << SCORING_POINTS},
	[SCORE_REPORTS] = {"reports", "报送",
                           1 << SCORING_EIONET | 1 << SCORING_DEDUCTION},
};

static void read_parts(struct plan_reader *reader, struct yaml_node *root,
                       struct plan_scoring *scoring);
static void read_weights(struct plan_reader *reader, struct yaml_node *root,
                         struct plan_scoring *scoring);
static void read_completion(struct plan_reader *reader, struct yaml_node *map,
                            struct plan_scoring *scoring);
static void read_light(struct plan_reader *reader, struct yaml_node *map, const char *key,
                       int64_t *ret_tenths);
static void read_timeliness(struct plan_reader *reader, struct yaml_node *map,
                            struct plan_scoring *scoring);
static void read_quality(struct plan_reader *reader, struct yaml_node *map,
                         struct plan_scoring *scoring);
static void read_reports(struct plan_reader *reader, struct yaml_node *map,
                         struct plan_scoring *scoring);
static void read_deduction(struct plan_reader *reader, struct yaml_node *map,
                           struct plan_scoring *scoring);
static void read_fairness(struct plan_reader *reader, struct yaml_node *root,
                          struct plan_scoring *scoring);
static void check_falling(struct plan_reader *reader, struct yaml_node *map,
                          const struct plan_key *keys, const int64_t *points,
                          size_t count);
static struct yaml_node *need(struct plan_reader *reader, struct yaml_node *map,
                              const char *key, const char *example);

void plan_read_scoring(struct plan_reader *reader, struct yaml_node *root)
{
	static const struct plan_key keys[] = {
		{"scheme", "计分方式"}, {"weights", "权重"},
		{"completion", "完成"}, {"timeliness", "及时"},
		{"quality", "质量"},    {"reports", "报送"},
		{"extension", "延期"},  {"outage", "停运"},
		{"notice", "提前告知"}, {NULL, NULL}};
	static const char *const schemes[] = {"points", "eionet", "deduction", NULL};
	struct plan_scoring *scoring = &reader->plan->scoring;

	if (!node_check(reader, root, keys))
		return;
	if (scoring->scheme != SCORING_NONE) {
		yaml_problem(reader->problems, root->place,
		             "方案自己的 scoring.yaml 已经定了考核评分办法，"
		             "示例补充不能再写一份");
		return;
	}
	scoring->sample = reader->sample;
	(void)node_text(reader, root, "scheme", "points");
	scoring->scheme = (enum scoring_scheme)(
		node_choice(reader, root, "scheme", schemes, 0) + SCORING_POINTS);
	read_weights(reader, root, scoring);
	read_parts(reader, root, scoring);
	read_fairness(reader, root, scoring);
}

static void read_weights(struct plan_reader *reader, struct yaml_node *root,
                         struct plan_scoring *scoring)
{
	bool points = scoring->scheme == SCORING_POINTS;
	struct yaml_node *map =
		need(reader, root, "weights",
	             points ? "{completion: 60, timeliness: 20, quality: 20}"
	                    : "{completion: 60, reports: 40}");
	struct plan_key keys[SCORE_PARTS + 1] = {{NULL, NULL}};
	size_t count = 0;
	int sum = 0;

	for (size_t i = 0; i < SCORE_PARTS; i++) {
		if ((parts[i].schemes & 1U << scoring->scheme) != 0)
			keys[count++] = (struct plan_key){parts[i].key, parts[i].label};
	}
	if (map == NULL || !node_check(reader, map, keys))
		return;
	for (size_t i = 0; i < SCORE_PARTS; i++) {
		if ((parts[i].schemes & 1U << scoring->scheme) == 0)
			continue;
		if (yaml_get(map, parts[i].key) == NULL)
			node_missing(reader, map, parts[i].key, "20");
		scoring->weights[i] =
			(int)node_integer(reader, map, parts[i].key, 0, 100, 0);
		sum += scoring->weights[i];
	}
	if (sum != 100)
		yaml_problem(reader->problems, map->place,
		             "各部分的权重合计是%d：应当是100", sum);
}

/* Each part is described if, and only if, the scheme has it. */
static void read_parts(struct plan_reader *reader, struct yaml_node *root,
                       struct plan_scoring *scoring)
{
	static void (*const read[SCORE_PARTS])(struct plan_reader *, struct yaml_node *,
	                                       struct plan_scoring *) = {
		read_completion, read_timeliness, read_quality, read_reports};
	static const char *const examples[SCORE_PARTS] = {
		"{by: progress, binding: 10, striven: 5}",
		"{on_time: 4, late: 2, missing: 0}",
		"{clean: 4, corrected: 3, mended: 2, unmended: 0}",
		"{start: 100, late: 1, missing: 5, returned: 2, corrected: 1}",
	};

	for (size_t i = 0; i < SCORE_PARTS; i++) {
		struct yaml_node *map = yaml_get(root, parts[i].key);

		if ((parts[i].schemes & 1U << scoring->scheme) == 0) {
			if (map != NULL)
				yaml_problem(reader->problems, map->place,
				             "这种计分方式（scheme）没有“%s”（%s）一项",
				             parts[i].key, parts[i].label);
			continue;
		}
		if (map == NULL && scoring->scheme == SCORING_EIONET &&
		    i == SCORE_REPORTS)
			continue; /* the matrix is known */
		map = need(reader, root, parts[i].key, examples[i]);
		if (map != NULL)
			read[i](reader, map, scoring);
	}
}

static void read_completion(struct plan_reader *reader, struct yaml_node *map,
                            struct plan_scoring *scoring)
{
	static const struct plan_key keys[] = {
		{"by", "按什么计"}, {"binding", "约束性目标"}, {"striven", "力争性目标"},
		{"yellow", "黄灯"}, {"red", "红灯"},           {NULL, NULL}};
	static const char *const ways[] = {"progress", "light", NULL};

	if (!node_check(reader, map, keys))
		return;
	scoring->by_light = node_choice(reader, map, "by", ways, 0) == 1;
	scoring->binding = node_points(reader, map, "binding", -1);
	scoring->striven = node_points(reader, map, "striven", -1);
	if (scoring->by_light) {
		read_light(reader, map, "yellow", &scoring->yellow_tenths);
		read_light(reader, map, "red", &scoring->red_tenths);
		if (scoring->red_tenths > scoring->yellow_tenths)
			yaml_problem(reader->problems, node_place(map, "red"),
			             "红灯得的比黄灯多");
		return;
	}
	for (size_t i = 3; i < 5; i++)
		if (yaml_get(map, keys[i].key) != NULL)
			yaml_problem(reader->problems, node_place(map, keys[i].key),
			             "只有 by: light（按亮灯计）时才写“%s”", keys[i].key);
}

static void read_light(struct plan_reader *reader, struct yaml_node *map, const char *key,
                       int64_t *ret_tenths)
{
	struct yaml_node *node = need(reader, map, key, "60%");

	if (node == NULL || !node_tenths(reader, node, ret_tenths) || *ret_tenths <= 1000)
		return;
	yaml_problem(reader->problems, node->place,
	             "“%s”是%s：得的不能超过这个目标的100%%", key, node->text);
	*ret_tenths = 0;
}

static void read_timeliness(struct plan_reader *reader, struct yaml_node *map,
                            struct plan_scoring *scoring)
{
	static const struct plan_key keys[] = {
		{"on_time", "按时"}, {"late", "迟报"}, {"missing", "漏报"}, {NULL, NULL}};

	if (!node_check(reader, map, keys))
		return;
	for (size_t i = 0; i < SCORE_TIMES; i++)
		scoring->times[i] = node_points(reader, map, keys[i].key, -1);
	check_falling(reader, map, keys, scoring->times, SCORE_TIMES);
}

static void read_quality(struct plan_reader *reader, struct yaml_node *map,
                         struct plan_scoring *scoring)
{
	static const struct plan_key keys[] = {
		{"clean", "无退回、无更正"},        {"explained", "核实性审核作了说明"},
		{"corrected", "通过以后更正"},      {"mended", "退回后按时重报"},
		{"unmended", "退回后没有按时重报"}, {NULL, NULL}};

	if (!node_check(reader, map, keys))
		return;
	for (size_t i = 0; i < SCORE_GRADES; i++)
		scoring->grades[i] =
			node_points(reader, map, keys[i].key,
		                    i == SCORE_EXPLAINED ? scoring->grades[0] : -1);
	check_falling(reader, map, keys, scoring->grades, SCORE_GRADES);
}

static void check_falling(struct plan_reader *reader, struct yaml_node *map,
                          const struct plan_key *keys, const int64_t *points,
                          size_t count)
{
	if (points[0] == 0)
		yaml_problem(reader->problems, node_place(map, keys[0].key),
		             "“%s”（%s）是满分，应当大于0", keys[0].key, keys[0].label);
	for (size_t i = 1; i < count; i++)
		if (points[i] > points[i - 1])
			yaml_problem(reader->problems, node_place(map, keys[i].key),
			             "“%s”（%s）得的分比“%s”（%s）多", keys[i].key,
			             keys[i].label, keys[i - 1].key, keys[i - 1].label);
}

static void read_reports(struct plan_reader *reader, struct yaml_node *map,
                         struct plan_scoring *scoring)
{
	static const struct plan_key keys[] = {{"explained", "核实性审核作了说明"},
	                                       {NULL, NULL}};
	static const char *const columns[] = {"all", "basic", NULL};

	if (scoring->scheme == SCORING_DEDUCTION) {
		read_deduction(reader, map, scoring);
		return;
	}
	if (node_check(reader, map, keys))
		scoring->explained_is_basic =
			node_choice(reader, map, "explained", columns, 0) == 1;
}

/* What is taken away, written without a minus. */
static void read_deduction(struct plan_reader *reader, struct yaml_node *map,
                           struct plan_scoring *scoring)
{
	static const struct plan_key keys[] = {{"start", "起始分"},
	                                       {"late", "每次迟报"},
	                                       {"missing", "每次漏报"},
	                                       {"returned", "每次退回"},
	                                       {"corrected", "每次更正"},
	                                       {"explained", "每份作了说明的"},
	                                       {NULL, NULL}};

	if (!node_check(reader, map, keys))
		return;
	scoring->start = node_points(reader, map, "start", -1);
	scoring->times[SCORE_LATE] = node_points(reader, map, "late", -1);
	scoring->times[SCORE_MISSING] = node_points(reader, map, "missing", -1);
	scoring->grades[SCORE_MENDED] = node_points(reader, map, "returned", -1);
	scoring->grades[SCORE_UNMENDED] = scoring->grades[SCORE_MENDED];
	scoring->grades[SCORE_CORRECTED] = node_points(reader, map, "corrected", -1);
	scoring->grades[SCORE_EXPLAINED] = node_points(reader, map, "explained", 0);
	if (scoring->start == 0)
		yaml_problem(reader->problems, node_place(map, "start"),
		             "“start”（起始分）应当大于0");
	if (scoring->times[SCORE_LATE] > scoring->times[SCORE_MISSING])
		yaml_problem(reader->problems, node_place(map, "late"),
		             "“late”（每次迟报）扣的比“missing”（每次漏报）多");
}

/* What a unit cannot help is not held against it; how far that goes, the plan says. */
static void read_fairness(struct plan_reader *reader, struct yaml_node *root,
                          struct plan_scoring *scoring)
{
	static const struct plan_key keys[] = {{"minutes", "多少分钟以上算停运"},
	                                       {"hours", "恢复后顺延几小时"},
	                                       {NULL, NULL}};
	static const char *const dates[] = {"original", "extended", NULL};
	struct yaml_node *outage = yaml_get(root, "outage");

	scoring->extension_counts = node_choice(reader, root, "extension", dates, 0) == 1;
	scoring->notice_workdays =
		(int)node_integer(reader, root, "notice", 0, NOTICE_MAX, NOTICE_DEFAULT);
	scoring->outage_minutes = OUTAGE_MINUTES_DEFAULT;
	scoring->outage_hours = OUTAGE_HOURS_DEFAULT;
	if (outage == NULL || !node_check(reader, outage, keys))
		return;
	scoring->outage_minutes = (int)node_integer(reader, outage, "minutes", 2, 24 * 60,
	                                            OUTAGE_MINUTES_DEFAULT);
	scoring->outage_hours = (int)node_integer(reader, outage, "hours", 0,
	                                          OUTAGE_HOURS_MAX, OUTAGE_HOURS_DEFAULT);
}

static struct yaml_node *need(struct plan_reader *reader, struct yaml_node *map,
                              const char *key, const char *example)
{
	struct yaml_node *child = yaml_get(map, key);

	if (child == NULL)
		node_missing(reader, map, key, example);
	return child;
}
