/*
 * One report while it is judged. For validate*.c only.
 *
 * Rules of form have ids of their own, D-31 and on (D-01 to D-29 belong to the reading
 * of the bytes). This table is the one place that lists them.
 */
#ifndef DUBAN_MODEL_JUDGING_H
#define DUBAN_MODEL_JUDGING_H

#include <stdbool.h>

#include "model/validate.h"

/* clang-format off */
/*        name               id      severity          what the rule asks for */
#define FORM_TABLE(ROW) \
	ROW(FORM_PLAN,         "D-31", SEVERITY_REFUSAL, "报表须按受理的方案填报") \
	ROW(FORM_UNIT,         "D-32", SEVERITY_REFUSAL, "填报单位须是方案列明的单位") \
	ROW(FORM_SECTION,      "D-33", SEVERITY_REFUSAL, "板块须是方案设置的板块") \
	ROW(FORM_NOT_ASKED,    "D-34", SEVERITY_REFUSAL, "只报送本单位承担的板块") \
	ROW(FORM_PERIOD,       "D-35", SEVERITY_REFUSAL, "报告期须符合方案的报送频次和起止时间") \
	ROW(FORM_EARLY,        "D-36", SEVERITY_REFUSAL, "数据截止后方可报送") \
	ROW(FORM_LOCKED,       RULE_LOCKED, SEVERITY_REFUSAL, "封表后不再受理，需要补报的先征得工作组办公室同意") \
	ROW(FORM_SUPERSEDES,   RULE_SUPERSEDES, SEVERITY_REFUSAL, "更正、重报须写明所替换的最新一份报表的回执编号") \
	ROW(FORM_WHY_CHANGED,  RULE_WHY_CHANGED, SEVERITY_REFUSAL, "更正、重报和封表后补报须说明原因，并经负责人审签") \
	ROW(FORM_INDICATOR,    "D-41", SEVERITY_REFUSAL, "只填报本板块的指标") \
	ROW(FORM_TWICE,        "D-42", SEVERITY_REFUSAL, "每个指标只填一次") \
	ROW(FORM_COMPUTED,     "D-43", SEVERITY_REFUSAL, "比率由市级计算，不填报") \
	ROW(FORM_UNKNOWN_UNIT, "D-44", SEVERITY_REFUSAL, "计量单位须在单位表之内") \
	ROW(FORM_DIMENSION,    "D-45", SEVERITY_REFUSAL, "计量单位须与指标的计量单位同类") \
	ROW(FORM_DIGITS,       "D-46", SEVERITY_REFUSAL, "数字不超过18位，小数不超过6位") \
	ROW(FORM_DECIMALS,     "D-47", SEVERITY_REFUSAL, "小数位数不超过指标的规定") \
	ROW(FORM_NEGATIVE,     "D-48", SEVERITY_REFUSAL, "数值不得为负") \
	ROW(FORM_HEDGED,       "D-49", SEVERITY_NOTICE,  "填报数应为准确数") \
	ROW(FORM_REQUIRED,     "D-50", SEVERITY_REFUSAL, "必填指标须填报，没有的填0") \
	ROW(FORM_PROGRESS,     "D-51", SEVERITY_REFUSAL, "“工作进展”须填写") \
	ROW(FORM_TEXT,         "D-52", SEVERITY_NOTICE,  "文字栏没有内容的填“无”") \
	ROW(FORM_PERSON,       RULE_PERSON, SEVERITY_REFUSAL, "填报人、审核人、负责人须齐全") \
	ROW(FORM_INEXACT,      "D-54", SEVERITY_REFUSAL, "参加审核的数值须能精确计算") \
	ROW(FORM_UNCHANGED,    "D-55", SEVERITY_REFUSAL, "“本期无变化”的填报数须与上期一致，有变化的按月报填报") \
	ROW(FORM_ZERO,         "D-56", SEVERITY_REFUSAL, "“零报告”的累计数须为0，有发生的按月报填报") \
	ROW(FORM_OPENING,      "D-57", SEVERITY_NOTICE,  "期初数须经单位负责人确认") \
	ROW(FORM_ADJUSTED,     "D-58", SEVERITY_NOTICE,  "任务调整后按新任务数判断") \
	ROW(FORM_PROJECT,      "D-60", SEVERITY_REFUSAL, "项目数只填本单位在项目清单中登记的项目") \
	ROW(FORM_PROJECT_UNIT, "D-61", SEVERITY_REFUSAL, "项目数的指标、计量单位和小数位数与单位数相同") \
	ROW(FORM_PROJECT_SUM,  "D-62", SEVERITY_REFUSAL, "各项目数之和应等于本单位数") \
	ROW(FORM_PROJECT_PART, "D-63", SEVERITY_REASON,  "各项目数之和应等于本单位数，有在建项目未填的须在该指标的“说明”中写明") \
	ROW(FORM_PROJECT_FALL, "D-64", SEVERITY_REASON,  "项目的累计数不减少，确有核减的须在该项目数的“说明”中写明") \
	ROW(FORM_WITHDRAWN,    "D-80", SEVERITY_REASON,  "经复核不实的数不能照报，确已核实的须在该指标的“说明”中写明")
/* clang-format on */

enum form {
#define ROW(name, id, severity, text) name,
	FORM_TABLE(ROW)
#undef ROW
};

struct judging {
	const struct plan *plan;
	const struct report *report;
	const struct history *history; /* never NULL */
	struct findings *findings;
	const struct plan_unit *unit;       /* NULL: not known */
	const struct plan_section *section; /* NULL: not known */
	bool has_period;
	struct period period;
	day on; /* the last day that the figures cover: tasks are those of this day;
	           DAY_NONE without a period */
};

/* Formatted into the findings' arena. Without memory: "", and that is remembered. */
const char *judging_say(struct judging *judging, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A name in quotes, as wording_quoted(); "" without memory, which is remembered. */
const char *judging_quote(struct judging *judging, const char *name);
/* Add a finding of form: @draft has field, found, allowed, and as text what was found
 * in a sentence; rule, severity and the rest of the text come from the table. */
void judging_form(struct judging *judging, enum form form, struct finding draft);
/* Likewise for a rule of the plan; @reason is the figure's that may answer it. */
void judging_rule(struct judging *judging, const struct plan_rule *rule,
                  struct finding draft, const char *reason);
/* "figures[communities_finished].value". */
const char *judging_path(struct judging *judging, const char *indicator);
/* The report's figure of an indicator if rules can compute with it, or NULL. */
const struct figure *judging_figure(const struct judging *judging,
                                    const struct plan_indicator *indicator);
/* The same for any list of figures. */
const struct figure *figures_find(const struct figure *figures, size_t count,
                                  const struct plan_indicator *indicator);
/* The unit's part in a target that is measured; NULL: it has none, or is not known. */
const struct plan_allocation *judging_task(const struct judging *judging,
                                           const struct plan_target *target);
/* Nothing but spaces, full-width ones included. */
bool text_is_blank(const char *text);

/* The steps of validate_report(), each adding what it finds. */
void judge_figures(struct judging *judging); /* validate_form.c; needs the section */
void judge_texts(struct judging *judging);   /* validate_form.c */
/* What takes the place of what, and kinds that promise something (validate_kind.c). */
void judge_change(struct judging *judging, enum timeliness timeliness);
void judge_kind(struct judging *judging); /* needs the section */
/* The figures of projects, their sums and their past (validate_project.c). */
void judge_projects(struct judging *judging);
/* What the unit should know of its opening figures and tasks (validate_known.c). */
void judge_known(struct judging *judging); /* needs all three */
void judge_compare(struct judging *judging, const struct plan_rule *rule);
void judge_history(struct judging *judging, const struct plan_rule *rule);
void judge_target(struct judging *judging, const struct plan_rule *rule);

#endif
