/*
 * The words of alerts.
 *
 *	about --> to whom? (the unit, the lead department, a leader)
 *	      --> title: [label] unit: subject, trouble
 *	      --> text:  address, situation, what to do by when, basis
 *
 * To a unit one says 请, to a leader 呈 and 请批示. Nobody is named whom the plan does
 * not name, and no date is given that plan, schedule or ladder does not give.
 *
 * What can go wrong: no memory. Then there is no notice, and the caller tries later.
 */
#include "model/notice.h"

#include "base/err.h"
#include "model/wording.h"

enum audience { TO_UNIT, TO_UNIT_AGAIN, TO_LEAD, TO_LEADER };

struct writing {
	struct arena *arena;
	const struct plan *plan;
	const struct notice_about *about;
	enum audience audience;
	struct period_times times; /* of the period */
	bool out_of_memory;
};

static enum audience audience_of(const struct notice_about *about);
static bool has_role(const struct plan_step *step);
static bool is_sample(const struct plan *plan, const struct notice_about *about);
static const struct plan_allocation *allocation_of(const struct notice_about *about);
static const char *title_of(struct writing *writing);
static const char *label_of(const struct writing *writing);
static const char *text_of(struct writing *writing, bool sample);
static const char *address(struct writing *writing);
static const char *subject(struct writing *writing);
static const char *section_label(struct writing *writing);
static const char *trouble(struct writing *writing);
static const char *overdue_by(struct writing *writing);
static const char *situation(struct writing *writing);
static const char *situation_due(struct writing *writing);
static const char *time_left(struct writing *writing);
static const char *situation_report(struct writing *writing);
static const char *situation_target(struct writing *writing);
static const char *deadline_words(struct writing *writing);
static const char *request(struct writing *writing);
static const char *request_unit(struct writing *writing);
static const char *next_report(struct writing *writing);
static const char *request_lead(struct writing *writing);
static const struct plan_step *next_step(const struct plan *plan, unsigned level);
static const char *request_leader(struct writing *writing);
static const char *ending(struct writing *writing, bool sample);
static const char *say(struct writing *writing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

const char *alert_kind_name(enum alert_kind kind)
{
	switch (kind) {
	case ALERT_REPORT_DUE_SOON:
		return "report_due_soon";
	case ALERT_REPORT_OVERDUE:
		return "report_overdue";
	case ALERT_BEHIND:
		return "behind";
	case ALERT_TARGET_OVERDUE:
		return "target_overdue";
	}
	return "unknown";
}

int notice_write(struct arena *arena, const struct plan *plan,
                 const struct notice_about *about, struct notice *ret_notice)
{
	struct writing writing = {
		.arena = arena,
		.plan = plan,
		.about = about,
		.audience = audience_of(about),
	};
	struct notice notice = {.sample = is_sample(plan, about)};

	period_times(plan, &about->period, &writing.times);
	notice.title = title_of(&writing);
	notice.text = text_of(&writing, notice.sample);
	if (writing.out_of_memory)
		return E_NOMEM;
	*ret_notice = notice;
	return 0;
}

static enum audience audience_of(const struct notice_about *about)
{
	if (about->step == NULL)
		return about->level == 0 ? TO_UNIT : TO_UNIT_AGAIN;
	if (about->step->to == STEP_UNIT)
		return TO_UNIT_AGAIN;
	return has_role(about->step) ? TO_LEADER : TO_LEAD;
}

/* A step to a role goes to a leader; one to an office is an office's work. */
static bool has_role(const struct plan_step *step)
{
	return step->to == STEP_DEPARTMENT && step->role != NULL && step->role[0] != '\0';
}

static bool is_sample(const struct plan *plan, const struct notice_about *about)
{
	const struct plan_target *target = about->target;
	const struct plan_allocation *allocation = allocation_of(about);

	if (plan->schedule.sample || (about->step != NULL && about->step->sample))
		return true;
	if (target == NULL)
		return false;
	return plan->lights.sample || target->curve_sample || target->deadline_sample ||
	       target->measure_sample || (allocation != NULL && allocation->sample);
}

static const struct plan_allocation *allocation_of(const struct notice_about *about)
{
	if (about->target == NULL || about->target->allocations == NULL)
		return NULL;
	return &about->target->allocations[about->unit->index];
}

static const char *title_of(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *what = subject(writing), *how = trouble(writing);

	switch (writing->audience) {
	case TO_UNIT:
	case TO_UNIT_AGAIN:
		return say(writing, "【%s】%s：%s%s", label_of(writing),
		           about->unit->name, what, how);
	case TO_LEAD:
		return say(writing, "【提级督办】%s%s%s，请协调", about->unit->name, what,
		           how);
	case TO_LEADER:
		return say(writing, "【督办专报】呈%s：%s%s%s", address(writing),
		           about->unit->name, what, how);
	}
	return "";
}

static const char *label_of(const struct writing *writing)
{
	bool again = writing->audience == TO_UNIT_AGAIN;

	switch (writing->about->kind) {
	case ALERT_REPORT_DUE_SOON:
		return again ? "再次提醒" : "临期提醒";
	case ALERT_REPORT_OVERDUE:
		return again ? "再次催报" : "催报";
	case ALERT_BEHIND:
		return again ? "再次预警" : "进度预警";
	case ALERT_TARGET_OVERDUE:
		return again ? "再次催办" : "催办";
	}
	return "提醒";
}

static const char *text_of(struct writing *writing, bool sample)
{
	return say(writing, "%s：%s%s%s", address(writing), situation(writing),
	           request(writing), ending(writing, sample));
}

/* Whom it goes to, as the plan prints them. */
static const char *address(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct plan_step *step = about->step;
	const struct plan_unit *unit = about->unit;

	if (writing->audience == TO_LEADER)
		return step->role;
	if (writing->audience == TO_LEAD && step->department != NULL)
		return step->department->name;
	if (writing->audience == TO_LEAD)
		return about->section->lead->name;
	return unit->department != NULL && unit->department[0] != '\0' ? unit->department
	                                                               : unit->name;
}

/* "2022年9月“二、老旧小区和危旧房改造”月报", or the target's name. */
static const char *subject(struct writing *writing)
{
	static const char *const reports[] = {
		[MONTHLY] = "月报", [QUARTERLY] = "季报", [YEARLY] = "年报"};
	const struct notice_about *about = writing->about;
	char period[PERIOD_TEXT_MAX];

	if (about->target != NULL)
		return say(writing, "“%s”", about->target->name);
	period_print_zh(&about->period, period);
	return say(writing, "%s“%s”%s", period, section_label(writing),
	           reports[about->period.frequency]);
}

static const char *section_label(struct writing *writing)
{
	const struct plan_section *section = writing->about->section;
	char numeral[WORDING_MAX];

	wording_numeral(section->index + 1, numeral);
	return say(writing, "%s、%s", numeral, section->name);
}

static const char *trouble(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	char date[DAY_TEXT_MAX], points[24];

	switch (about->kind) {
	case ALERT_REPORT_DUE_SOON:
		day_print_zh(instant_day(about->due, writing->plan->utc_offset), date);
		return say(writing, "请于%s前报送", date);
	case ALERT_REPORT_OVERDUE:
		return overdue_by(writing);
	case ALERT_BEHIND:
		tenths_print(-about->standing.gap_tenths, points);
		return say(writing, "低于序时进度%s个百分点", points);
	case ALERT_TARGET_OVERDUE:
		return "到期未完成";
	}
	return "";
}

static const char *overdue_by(struct writing *writing)
{
	const struct plan *plan = writing->plan;
	day due = instant_day(writing->about->due, plan->utc_offset);
	day today = instant_day(writing->about->now, plan->utc_offset);
	int days = calendar_count_workdays(&plan->calendar, due, today);

	if (days <= 0)
		return "已过报送时限";
	return say(writing, "已逾期%d个工作日", days);
}

static const char *situation(struct writing *writing)
{
	switch (writing->about->kind) {
	case ALERT_REPORT_DUE_SOON:
		return situation_due(writing);
	case ALERT_REPORT_OVERDUE:
		return situation_report(writing);
	case ALERT_BEHIND:
	case ALERT_TARGET_OVERDUE:
		return situation_target(writing);
	}
	return "";
}

static const char *situation_due(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	bool own = writing->audience == TO_UNIT || writing->audience == TO_UNIT_AGAIN;
	char cutoff[DAY_TEXT_MAX], due[WORDING_MAX];

	day_print_zh(instant_day(writing->times.cutoff, writing->plan->utc_offset),
	             cutoff);
	wording_instant(writing->plan, about->due, due);
	return say(writing, "%s%s（数据截至%s）报送时限为%s，%s，目前未报。",
	           own ? "你单位" : about->unit->name, subject(writing), cutoff, due,
	           time_left(writing));
}

/* Rest days are mentioned when there are any on the way. */
static const char *time_left(struct writing *writing)
{
	const struct plan *plan = writing->plan;
	day today = instant_day(writing->about->now, plan->utc_offset);
	day due = instant_day(writing->about->due, plan->utc_offset);
	int days = calendar_count_workdays(&plan->calendar, today, due);

	if (today >= due)
		return "今日到期";
	if (days <= 0)
		return "此前没有工作日";
	return say(writing, "距今还有%d个工作日%s", days,
	           days < due - today ? "（节假日不计）" : "");
}

static const char *situation_report(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	bool locked = about->now > writing->times.lock;
	char now[WORDING_MAX], due[WORDING_MAX], lock[WORDING_MAX];

	wording_instant_short(writing->plan, about->now, now);
	wording_instant(writing->plan, about->due, due);
	wording_instant(writing->plan, writing->times.lock, lock);
	if (writing->audience == TO_UNIT || writing->audience == TO_UNIT_AGAIN)
		return say(writing,
		           "%s截至%s，尚未收到你单位%s（报送时限%s），现按%s登记。",
		           writing->audience == TO_UNIT_AGAIN ? "经催报，" : "", now,
		           subject(writing), due, locked ? "漏报" : "迟报");
	return say(writing,
	           "截至%s，%s%s%s，报送时限为%s，经催报至今未报。影响：%s%s封表，"
	           "全市汇总中该单位以“未报”列示。",
	           now, about->unit->name, subject(writing), overdue_by(writing), due,
	           lock, locked ? "已" : "");
}

static const char *situation_target(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct plan_target *target = about->target;
	bool own = writing->audience == TO_UNIT || writing->audience == TO_UNIT_AGAIN;
	day on = instant_day(writing->times.cutoff, writing->plan->utc_offset);
	const char *progress = progress_explain(writing->arena, writing->plan, target,
	                                        &about->standing, on);
	char task[QUANTITY_TEXT_MAX], done[QUANTITY_TEXT_MAX] = "未报";

	if (progress == NULL) {
		writing->out_of_memory = true;
		return "";
	}
	quantity_print(&about->task, task);
	if (about->done.unit != NULL)
		quantity_print(&about->done, done);
	return say(writing, "“%s”板块责任目标“%s”（%s%s），%s任务%s，累计完成%s；%s。",
	           section_label(writing), target->name,
	           target->binding ? "约束性" : "力争性", deadline_words(writing),
	           own ? "你单位" : about->unit->name, task, done, progress);
}

static const char *deadline_words(struct writing *writing)
{
	const struct plan_allocation *allocation = allocation_of(writing->about);
	day deadline = writing->about->target->deadline;
	char date[WORDING_MAX];

	if (allocation != NULL && allocation->deadline != DAY_NONE)
		deadline = allocation->deadline;
	if (deadline == DAY_NONE)
		return "";
	wording_date(deadline, date);
	return say(writing, "，完成期限%s", date);
}

static const char *request(struct writing *writing)
{
	switch (writing->audience) {
	case TO_UNIT:
	case TO_UNIT_AGAIN:
		return request_unit(writing);
	case TO_LEAD:
		return request_lead(writing);
	case TO_LEADER:
		return request_leader(writing);
	}
	return "";
}

static const char *request_unit(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *office = writing->plan->office->name;
	char lock[WORDING_MAX];

	wording_instant(writing->plan, writing->times.lock, lock);
	switch (about->kind) {
	case ALERT_REPORT_DUE_SOON:
		return say(writing,
		           "请填报人核准数据，经审核人、负责人审签后按时报送；如无变化，"
		           "请报送“本期无变化”。确需延期的，请于时限前向%s提出申请。",
		           office);
	case ALERT_REPORT_OVERDUE:
		if (about->now > writing->times.lock)
			return say(writing,
			           "该期已于%s封表，请与%s联系办理补报，并说明原因。",
			           lock, office);
		return say(writing,
		           "请于%s封表前补齐，并说明原因；封表后仍未报送的，按漏报处理，"
		           "并报告%s。如已报送，请出示回执编号；因网络故障无法报送的，"
		           "可报盖章纸质件，由%s代录。",
		           lock, about->section->lead->name, office);
	case ALERT_BEHIND:
		return say(writing,
		           "请分析滞后原因，%s写明赶进度措施和时间安排；需市级协调的，"
		           "填入“需市级协调事项”。",
		           next_report(writing));
	case ALERT_TARGET_OVERDUE:
		return say(writing, "请%s说明未完成原因、整改措施和预计完成日期。",
		           next_report(writing));
	}
	return "";
}

/* Where the answer belongs: the next report, with its due time when there is one. */
static const char *next_report(struct writing *writing)
{
	struct period next = period_next(&writing->about->period);
	struct period_times times;
	char name[PERIOD_TEXT_MAX], due[WORDING_MAX];

	if (period_in_plan(writing->plan, &next) < 0)
		return say(writing, "向%s", writing->about->section->lead->name);
	period_print_zh(&next, name);
	period_times(writing->plan, &next, &times);
	wording_instant(writing->plan, times.due, due);
	return say(writing, "在%s报表（报送时限%s）中", name, due);
}

static const char *request_lead(struct writing *writing)
{
	const struct plan *plan = writing->plan;
	const struct notice_about *about = writing->about;
	const struct plan_step *next = next_step(plan, about->level);
	bool report = about->target == NULL;
	const char *to;
	char when[WORDING_MAX];

	if (next == NULL)
		return say(writing,
		           "建议：请你处与该单位负责人联系，核明原因，督促%s，"
		           "并将处理意见反馈%s。",
		           report ? "报送" : "整改", plan->office->name);
	wording_instant(plan, step_instant(plan, next, about->due), when);
	to = has_role(next)             ? next->role
	     : next->department != NULL ? next->department->name
	                                : about->section->lead->name;
	return say(writing,
	           "建议：请你处与该单位负责人联系，核明原因，督促%s，"
	           "%s前将处理意见反馈%s。届时仍未解决的，报告%s。",
	           report ? "报送" : "整改", when, plan->office->name, to);
}

static const struct plan_step *next_step(const struct plan *plan, unsigned level)
{
	const struct plan_step *next = NULL;

	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->level > level && (next == NULL || step->level < next->level))
			next = step;
	}
	return next;
}

static const char *request_leader(struct writing *writing)
{
	return say(writing,
	           "经提请%s协调，尚未解决。拟办意见：由%s向该单位发督办单，"
	           "抄送其本级人民政府。妥否，请批示。",
	           writing->about->section->lead->name, writing->plan->office->name);
}

/* The basis in the last line; a machine's reminder is not an official paper. */
static const char *ending(struct writing *writing, bool sample)
{
	const struct plan *plan = writing->plan;
	const struct plan_target *target = writing->about->target;
	const char *clause =
		target != NULL && target->clause != NULL ? target->clause->id : "";

	return say(writing, "（依据：%s%s；系统提醒%s）",
	           plan->number != NULL && plan->number[0] != '\0' ? plan->number
	                                                           : plan->title,
	           clause, sample ? "，示例数据" : "");
}

/* Formatted into the arena; "" when there is no memory, and that is remembered. */
static const char *say(struct writing *writing, const char *format, ...)
{
	const char *text;
	va_list args;

	va_start(args, format);
	text = arena_vprintf(writing->arena, format, args);
	va_end(args);
	if (text != NULL)
		return text;
	writing->out_of_memory = true;
	return "";
}
