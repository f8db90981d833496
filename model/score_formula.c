/*
 * A plan's formula as people read it: what stands beside every table of scores. A line
 * for the whole, for each part, and for what does not count against a unit.
 */
#include "model/score_internal.h"

static const char *completion(struct scoring *scoring);
static const char *reports(struct scoring *scoring);
static const char *by_points(struct scoring *scoring);
static const char *by_deduction(struct scoring *scoring);
static const char *fairness(struct scoring *scoring);

/* Whole sentences, wide: they are read, and changed, as sentences. */
/* clang-format off */
#define WHOLE_TEXT \
	"得分率＝各部分（得分÷本单位应得分）按权重加权，计到0.1%%；没有任务、没有应报的部分不进分母，一项也没有的单位不评分、不排名。\n"
#define COMPLETION_TEXT \
	"完成（权重%d%%）：约束性目标每个%s分，力争性目标每个%s分；%s，没有报数得0分。\n"
#define PROGRESS_TEXT \
	"得分＝分值×完成率÷序时进度，最多得全部，计到0.01分"
#define LIGHT_TEXT \
	"绿灯得全部，黄灯得%s%%，红灯得%s%%"
#define TIMELINESS_TEXT \
	"及时（权重%d%%）：每份应报的按时%s分，迟报%s分，漏报（封表以后补报的也是）%s分。\n"
#define QUALITY_TEXT \
	"质量（权重%d%%）：每份应报的，没有退回和更正%s分，核实性审核作了说明%s分，通过或者封表以后更正%s分，退回后按时重报%s分，退回后没有按时重报%s分，没有报送0分，按最差的一项计；通过以前自行更正的不算。\n"
#define EIONET_TEXT \
	"报送（权重%d%%）：每份应报的按及时×质量计，满分4分。按时：未过关0、基本过关2、全部过关4；迟报：0、1、3；漏报（封表以后补报的也是）：0。未过关是退回后没有按时重报，基本过关是退回后按时重报、通过或者封表以后更正%s。\n"
#define DEDUCTION_TEXT \
	"报送（权重%d%%）：起始%s分；每次迟报扣%s分，漏报（封表以后补报的也是）扣%s分，退回扣%s分，通过或者封表以后更正扣%s分，扣完为止；通过以前自行更正的不扣。\n"
#define FAIRNESS_TEXT \
	"不由单位负责的不计：中心端停运%d分钟以上，时限在停运期间或者恢复后%d小时内的，顺延到恢复后%d小时；方案改版把时限提前的，按提前以前的计；新要求的，发布后不少于%d个工作日；迟报经申辩成立的、退回已撤销的不计。批准延期的，考核%s。%s"
/* clang-format on */

const char *score_formula(struct arena *arena, const struct plan *plan)
{
	const struct score_facts facts = {.plan = plan};
	struct scoring scoring = {.arena = arena, .facts = &facts};
	const char *text;

	if (plan->scoring.scheme == SCORING_NONE)
		return "";
	text = score_say(&scoring, WHOLE_TEXT "%s%s%s", completion(&scoring),
	                 reports(&scoring), fairness(&scoring));
	return scoring.out_of_memory ? NULL : text;
}

static const char *completion(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	const char *how = PROGRESS_TEXT;
	char yellow[24], red[24];

	tenths_print(rules->yellow_tenths, yellow);
	tenths_print(rules->red_tenths, red);
	if (rules->by_light)
		how = score_say(scoring, LIGHT_TEXT, yellow, red);
	return score_say(scoring, COMPLETION_TEXT, rules->weights[SCORE_COMPLETION],
	                 score_number(scoring, rules->binding),
	                 score_number(scoring, rules->striven), how);
}

static const char *reports(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;

	switch (rules->scheme) {
	case SCORING_POINTS:
		return by_points(scoring);
	case SCORING_EIONET:
		return score_say(scoring, EIONET_TEXT, rules->weights[SCORE_REPORTS],
		                 rules->explained_is_basic ? "、核实性审核作了说明" : "");
	default:
		return by_deduction(scoring);
	}
}

static const char *by_points(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	const int64_t *times = rules->times, *grades = rules->grades;
	const char *timeliness =
		score_say(scoring, TIMELINESS_TEXT, rules->weights[SCORE_TIMELINESS],
	                  score_number(scoring, times[SCORE_ON_TIME]),
	                  score_number(scoring, times[SCORE_LATE]),
	                  score_number(scoring, times[SCORE_MISSING]));

	return score_say(scoring, "%s" QUALITY_TEXT, timeliness,
	                 rules->weights[SCORE_QUALITY],
	                 score_number(scoring, grades[SCORE_CLEAN]),
	                 score_number(scoring, grades[SCORE_EXPLAINED]),
	                 score_number(scoring, grades[SCORE_CORRECTED]),
	                 score_number(scoring, grades[SCORE_MENDED]),
	                 score_number(scoring, grades[SCORE_UNMENDED]));
}

static const char *by_deduction(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;

	return score_say(scoring, DEDUCTION_TEXT, rules->weights[SCORE_REPORTS],
	                 score_number(scoring, rules->start),
	                 score_number(scoring, rules->times[SCORE_LATE]),
	                 score_number(scoring, rules->times[SCORE_MISSING]),
	                 score_number(scoring, rules->grades[SCORE_MENDED]),
	                 score_number(scoring, rules->grades[SCORE_CORRECTED]));
}

static const char *fairness(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;

	return score_say(scoring, FAIRNESS_TEXT, rules->outage_minutes,
	                 rules->outage_hours, rules->outage_hours, rules->notice_workdays,
	                 rules->extension_counts ? "按延期后的时限" : "仍按原时限",
	                 rules->sample ? "（示例数据）" : "");
}
