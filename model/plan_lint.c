/*
 * What is not wrong, but somebody should know before the plan is applied: targets
 * that will have no light, words that nobody has read yet, figures that are easily
 * taken for what they are not.
 */
#include <string.h>

#include "model/period.h"
#include "model/plan_internal.h"

#define REQUIRED_MANY 12 /* figures that each monthly report must give */

/* Words by which a document says less than its figures seem to. */
static const char *const hedges[] = {"约",   "近期", "基本", "初步",
                                     "力取", "力争", "争取"};

static void lint_schedule(struct plan_reader *reader);
static void lint_people(struct plan_reader *reader);
static bool has_role(const struct plan *plan, const struct plan_unit *unit,
                     const struct plan_department *department, enum plan_role role);
static void lint_burden(struct plan_reader *reader, const struct plan_section *section);
static void lint_milestones(struct plan_reader *reader,
                            const struct plan_section *section);
static void lint_target(struct plan_reader *reader, const struct plan_target *target);
static void lint_acceptance(struct plan_reader *reader, const struct plan_target *target);
static void lint_readings(struct plan_reader *reader, const struct plan_target *target);
static bool is_read(const struct plan_target *target, const char *word);
static void lint_baselines(struct plan_reader *reader,
                           const struct plan_section *section);
static void lint_baseline(struct plan_reader *reader, const struct plan_section *section,
                          const struct plan_baseline *baseline);
static void lint_openings(struct plan_reader *reader, const struct plan_section *section);
static void lint_uncounted(struct plan_reader *reader, const struct plan_target *target);
static void warn(struct plan_reader *reader, struct yaml_place place, const char *format,
                 ...) __attribute__((format(printf, 3, 4)));

void plan_lint(struct plan_reader *reader)
{
	const struct plan *plan = reader->plan;

	lint_schedule(reader);
	lint_people(reader);
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = &plan->sections[i];

		lint_burden(reader, section);
		lint_milestones(reader, section);
		lint_baselines(reader, section);
		lint_openings(reader, section);
		for (size_t j = 0; j < section->target_count; j++)
			lint_target(reader, &section->targets[j]);
	}
}

static void lint_schedule(struct plan_reader *reader)
{
	const struct plan *plan = reader->plan;
	struct yaml_place nowhere = {0};
	struct period_times times;
	struct period last;

	if (period_parse(plan->schedule.last_period, &last) < 0) {
		warn(reader, nowhere,
		     "没有报送时间（schedule.yaml）：局里定下以前，不要求任何单位报送");
		return;
	}
	period_times(plan, &last, &times);
	if (times.estimated)
		warn(reader, nowhere,
		     "末期%s的时限落在工作日历没有的年份，暂按周末休息推算："
		     "该年放假安排公布后请更新日历",
		     plan->schedule.last_period);
}

static void warn(struct plan_reader *reader, struct yaml_place place, const char *format,
                 ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = arena_vprintf(reader->arena, format, args);
	va_end(args);
	if (text == NULL)
		reader->out_of_memory = true;
	else
		yaml_problem(reader->warnings, place, "%s", text);
}

/* Once names are given, those who must act should all have one. */
static void lint_people(struct plan_reader *reader)
{
	static const enum plan_role roles[] = {ROLE_FILLS, ROLE_REVIEWS, ROLE_APPROVES};
	const struct plan *plan = reader->plan;
	struct yaml_place nowhere = {0};

	if (plan->people_count == 0)
		return;
	for (size_t i = 0; i < plan->unit_count; i++)
		for (size_t k = 0; k < sizeof(roles) / sizeof(roles[0]); k++)
			if (!has_role(plan, &plan->units[i], NULL, roles[k]))
				warn(reader, nowhere, "“%s”没有写%s（people.yaml）",
				     plan->units[i].name, plan_role_name(roles[k]));
	for (size_t i = 0; i < plan->section_count; i++)
		if (!has_role(plan, NULL, plan->sections[i].lead, ROLE_HEAD))
			warn(reader, nowhere,
			     "牵头“%s”的%s没有写处室负责人（people.yaml）",
			     plan->sections[i].name, plan->sections[i].lead->name);
}

static bool has_role(const struct plan *plan, const struct plan_unit *unit,
                     const struct plan_department *department, enum plan_role role)
{
	for (size_t i = 0; i < plan->people_count; i++) {
		const struct plan_person *person = &plan->people[i];

		if (person->unit == unit && person->department == department &&
		    person->role == role && !person->stands_in)
			return true;
	}
	return false;
}

static void lint_burden(struct plan_reader *reader, const struct plan_section *section)
{
	size_t count = 0;

	for (size_t i = 0; i < section->indicator_count; i++)
		count += section->indicators[i].required;
	if (count > REQUIRED_MANY)
		warn(reader, section->indicators[0].place,
		     "板块%s每期必报%zu项，偏多：基层负担重，建议不超过%d项", section->id,
		     count, REQUIRED_MANY);
}

static void lint_baselines(struct plan_reader *reader, const struct plan_section *section)
{
	for (size_t i = 0; i < section->baseline_count; i++)
		if (section->baselines[i].indicator != NULL)
			lint_baseline(reader, section, &section->baselines[i]);
}

/* A baseline is no progress; but one that is no target's, or that is as large as the
 * target, is the first thing to ask the bureau about. */
static void lint_baseline(struct plan_reader *reader, const struct plan_section *section,
                          const struct plan_baseline *baseline)
{
	const struct plan_indicator *indicator = baseline->indicator;
	bool has_target = false;
	int order;

	for (size_t i = 0; i < section->target_count; i++) {
		const struct plan_target *target = &section->targets[i];

		if (target->indicator != indicator)
			continue;
		has_target = true;
		if (quantity_compare(&baseline->value, &target->value, &order) == 0 &&
		    order >= 0)
			warn(reader, target->place,
			     "目标“%s”在发文时的底数已经达到：若据此亮灯将一直是绿灯，"
			     "请另用能反映进展的指标",
			     target->name);
	}
	/* A level, such as the number of houses listed, is what progress is held against.
	 */
	if (!has_target && indicator->kind == INDICATOR_CUMULATIVE)
		warn(reader, indicator->place, "指标“%s”有底数、没有目标：仅监测，不亮灯",
		     indicator->name);
}

/* What counts towards a target must be checked by somebody; what is only watched should.
 */
static void lint_milestones(struct plan_reader *reader,
                            const struct plan_section *section)
{
	for (size_t i = 0; i < section->indicator_count; i++) {
		const struct plan_indicator *indicator = &section->indicators[i];
		bool measures = false;

		if (indicator->kind != INDICATOR_MILESTONE || indicator->checker != NULL)
			continue;
		for (size_t j = 0; j < section->target_count; j++)
			measures = measures || section->targets[j].indicator == indicator;
		if (measures)
			yaml_problem(reader->problems, indicator->place,
			             "节点指标“%s”用来衡量目标，要写明由哪个处室核验"
			             "（checker）：填报单位不能核验自己",
			             indicator->name);
		else
			warn(reader, indicator->place,
			     "节点指标“%s”还没有定由哪个处室核验（checker）",
			     indicator->name);
	}
}

static void lint_target(struct plan_reader *reader, const struct plan_target *target)
{
	if (target->indicator == NULL)
		warn(reader, target->place,
		     "目标“%s”还没有衡量的指标和数值：不亮灯，可用节点或比率衡量",
		     target->name);
	else if (target->deadline == DAY_NONE)
		warn(reader, target->place,
		     "目标“%s”没有期限：局里给出期限或节点以前不亮灯", target->name);
	else if (target->curve == CURVE_NONE)
		warn(reader, target->place,
		     "目标“%s”没有序时进度（curve）：到期以前不亮灯", target->name);
	if (target->indicator != NULL && target->allocations == NULL)
		warn(reader, target->place, "目标“%s”没有分解到各单位", target->name);
	if (target->split_note != NULL)
		warn(reader, target->place, "目标“%s”的任务分解附有说明：%s",
		     target->name, target->split_note);
	lint_acceptance(reader, target);
	lint_readings(reader, target);
}

static void lint_acceptance(struct plan_reader *reader, const struct plan_target *target)
{
	const struct plan_indicator *indicator = target->indicator;

	if (target->acceptance == NULL)
		return;
	if (indicator == NULL || (indicator->kind != INDICATOR_CUMULATIVE &&
	                          indicator->kind != INDICATOR_MILESTONE))
		yaml_problem(reader->problems, target->place,
		             "目标“%s”要求验收（acceptance），须用累计数（cumulative）或"
		             "节点（milestone）衡量",
		             target->name);
}

static void lint_readings(struct plan_reader *reader, const struct plan_target *target)
{
	for (size_t i = 0; i < target->reading_count; i++)
		if (target->readings[i].chosen[0] == '\0')
			warn(reader, target->place,
			     "目标“%s”的“%s”有从严、从宽两种理解，还没有选定",
			     target->name, target->readings[i].word);
	for (size_t i = 0; i < sizeof(hedges) / sizeof(hedges[0]); i++)
		if (strstr(target->name, hedges[i]) != NULL &&
		    !is_read(target, hedges[i]))
			warn(reader, target->place,
			     "目标“%s”里的“%s”没有记录怎么理解（readings）", target->name,
			     hedges[i]);
	if (target->value.hedge == HEDGE_ABOUT && !is_read(target, "约"))
		warn(reader, target->place, "目标“%s”的“约”没有记录怎么理解（readings）",
		     target->name);
}

static bool is_read(const struct plan_target *target, const char *word)
{
	for (size_t i = 0; i < target->reading_count; i++)
		if (strstr(target->readings[i].word, word) != NULL)
			return true;
	return false;
}

/* One reminder an indicator, with all units that have not confirmed. */
static void lint_openings(struct plan_reader *reader, const struct plan_section *section)
{
	const struct plan_opening *openings = section->openings;
	const char *names = "";

	for (size_t i = 0; i < section->opening_count; i++) {
		const struct plan_opening *opening = &openings[i];

		if (opening->confirmed_by[0] == '\0')
			names = arena_printf(reader->arena, "%s%s%s", names,
			                     names[0] != '\0' ? "、" : "",
			                     opening->unit->name);
		if (names == NULL) {
			reader->out_of_memory = true;
			return;
		}
		if (i + 1 < section->opening_count &&
		    openings[i + 1].indicator == opening->indicator)
			continue;
		if (names[0] != '\0')
			warn(reader, opening->place, "指标“%s”的期初数未确认：%s",
			     opening->indicator->name, names);
		names = "";
	}
	for (size_t i = 0; i < section->target_count; i++)
		lint_uncounted(reader, &section->targets[i]);
}

/* Said once: the units of a target rarely differ in it. */
static void lint_uncounted(struct plan_reader *reader, const struct plan_target *target)
{
	for (size_t i = 0; i < reader->plan->unit_count; i++) {
		const struct plan_opening *opening =
			plan_uncounted(target, &reader->plan->units[i]);

		if (opening == NULL)
			continue;
		warn(reader, target->place,
		     "目标“%s”%s：期初数不计入完成数，完成数按报数减期初数算",
		     target->name,
		     target->start == DAY_NONE ? "没有起算日" : "从期初数截止日以后起算");
		return;
	}
}
