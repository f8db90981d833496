/* The words of a score, its formula as people read it, and the names of ranges. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "model/score_internal.h"
#include "model/wording.h"

static const char *formula_parts(struct scoring *scoring);
static const char *formula_completion(struct scoring *scoring);
static const char *formula_points(struct scoring *scoring);
static const char *formula_deduction(struct scoring *scoring);
static const char *formula_fairness(struct scoring *scoring);
static const char *number(struct scoring *scoring, int64_t points);

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
	return score_say(scoring, "，得%s分（满分%s分）", number(scoring, points),
	                 number(scoring, possible));
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

static const char *number(struct scoring *scoring, int64_t points)
{
	char text[24];

	points_print(points, text);
	return score_say(scoring, "%s", text);
}

const char *score_formula(struct arena *arena, const struct plan *plan)
{
	const struct score_facts facts = {.plan = plan};
	struct scoring scoring = {.arena = arena, .facts = &facts};
	const char *text;

	if (plan->scoring.scheme == SCORING_NONE)
		return "";
	text = score_say(
		&scoring,
		"得分率＝各部分（得分÷本单位应得分）按权重加权，计到0.1%%；没有任务"
		"、没有应报的部分不进分母，一项也没有的单位不计分、不排名。\n"
		"%s\n%s%s",
		formula_completion(&scoring), formula_parts(&scoring),
		formula_fairness(&scoring));
	return scoring.out_of_memory ? NULL : text;
}

static const char *formula_completion(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	char yellow[24], red[24];

	tenths_print(rules->yellow_tenths, yellow);
	tenths_print(rules->red_tenths, red);
	return score_say(
		scoring, "完成（权重%d%%）：约束性目标每个%s分，力争性目标每个%s分；%s。",
		rules->weights[SCORE_COMPLETION], number(scoring, rules->binding),
		number(scoring, rules->striven),
		rules->by_light
			? score_say(scoring,
	                            "绿灯得全部，黄灯得%s%%，红灯得%s%%，没有报数得0分",
	                            yellow, red)
			: "得分＝分值×完成率÷序时进度，最多得全部，计到0."
			  "01分，没有报数得0分");
}

static const char *formula_parts(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;

	switch (rules->scheme) {
	case SCORING_POINTS:
		return formula_points(scoring);
	case SCORING_EIONET:
		return score_say(scoring,
		                 "报送（权重%d%%"
		                 "）：每份应报的按及时×质量计，满分4分。按时：未过关0、"
		                 "基本过关2、全部过关4；迟报：0、1、3；漏报（封表以后补报"
		                 "的也是）：0。"
		                 "未过关是退回后没有按时重报，基本过关是退回后按时重报、"
		                 "通过或者封表"
		                 "以后更正%s。\n",
		                 rules->weights[SCORE_REPORTS],
		                 rules->explained_is_basic ? "、核实性审核作了说明" : "");
	default:
		return formula_deduction(scoring);
	}
}

static const char *formula_points(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;
	const int64_t *grades = rules->grades;

	return score_say(
		scoring,
		"及时（权重%d%%）：每份应报的按时%s分，迟报%"
		"s分，漏报（封表以后补报的也是）%s分"
		"。\n"
		"质量（权重%d%%）：每份收到的，没有退回和更正%s分，核实性审核作了说明%"
		"s分，"
		"通过或者封表以后更正%s分，退回后按时重报%s分，退回后没有按时重报%s分，"
		"按最差的一项计；通过以前自行更正的不算。\n",
		rules->weights[SCORE_TIMELINESS],
		number(scoring, rules->times[SCORE_ON_TIME]),
		number(scoring, rules->times[SCORE_LATE]),
		number(scoring, rules->times[SCORE_MISSING]),
		rules->weights[SCORE_QUALITY], number(scoring, grades[SCORE_CLEAN]),
		number(scoring, grades[SCORE_EXPLAINED]),
		number(scoring, grades[SCORE_CORRECTED]),
		number(scoring, grades[SCORE_MENDED]),
		number(scoring, grades[SCORE_UNMENDED]));
}

static const char *formula_deduction(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;

	return score_say(scoring,
	                 "报送（权重%d%%）：起始%s分；每次迟报扣%"
	                 "s分，漏报（封表以后补报的也是）扣%s分，"
	                 "退回扣%s分，通过或者封表以后更正扣%"
	                 "s分，扣完为止；通过以前自行更正的不扣。\n",
	                 rules->weights[SCORE_REPORTS], number(scoring, rules->start),
	                 number(scoring, rules->times[SCORE_LATE]),
	                 number(scoring, rules->times[SCORE_MISSING]),
	                 number(scoring, rules->grades[SCORE_MENDED]),
	                 number(scoring, rules->grades[SCORE_CORRECTED]));
}

static const char *formula_fairness(struct scoring *scoring)
{
	const struct plan_scoring *rules = &scoring->facts->plan->scoring;

	return score_say(
		scoring,
		"不由单位负责的不计：中心端停运%d分钟以上，时限在停运期间或者恢复后%"
		"d小时内的，"
		"顺延到恢复后%"
		"d小时；方案改版把时限提前的，按提前以前的计；新要求的，发布后"
		"不少于%d个工作日；迟报经申辩成立的、退回已撤销的不计。批准延期的，考核%"
		"s。%s",
		rules->outage_minutes, rules->outage_hours, rules->outage_hours,
		rules->notice_workdays,
		rules->extension_counts ? "按延期后的时限" : "仍按原时限",
		rules->sample ? "（示例数据）" : "");
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
