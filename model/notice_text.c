/*
 * The body of a notice: how things stand, then what the reader is asked to do by when.
 *
 *	to the unit:    report, or explain in the next report
 *	to the lead:    talk to the unit, answer before the ladder's next step
 *	to a leader:    decide on what is proposed
 */
#include "model/notice_text.h"

#include "model/problem.h"
#include "model/wording.h"

static const char *situation_due(struct writing *writing);
static const char *due_note(struct writing *writing);
static const char *moved(struct writing *writing);
static const char *time_left(struct writing *writing);
static const char *situation_report(struct writing *writing);
static const char *situation_target(struct writing *writing);
static const char *situation_problem(struct writing *writing);
static const char *amounts(struct writing *writing);
static const char *deadline_words(struct writing *writing);
static const char *request_unit(struct writing *writing);
static const char *request_report(struct writing *writing);
static const char *request_progress(struct writing *writing);
static bool next_report(const struct writing *writing, struct period *ret_period,
                        struct period_times *ret_times);
static const char *request_lead(struct writing *writing);
static const struct plan_step *next_step(const struct writing *writing);
static const char *answer_by(struct writing *writing, const struct plan_step *next);
static const char *request_leader(struct writing *writing);

const char *notice_situation(struct writing *writing)
{
	switch (writing->about->kind) {
	case ALERT_REPORT_DUE_SOON:
		return situation_due(writing);
	case ALERT_REPORT_OVERDUE:
		return situation_report(writing);
	case ALERT_BEHIND:
	case ALERT_TARGET_OVERDUE:
		return situation_target(writing);
	case ALERT_REPORT_RETURNED:
		return notice_situation_returned(writing);
	case ALERT_RETURN_UNANSWERED:
		return notice_situation_unanswered(writing);
	case ALERT_PROBLEM_OVERDUE:
		return situation_problem(writing);
	default:
		return "";
	}
}

/* Do we speak to the unit itself? */
bool notice_is_own(const struct writing *writing)
{
	return writing->audience == TO_UNIT || writing->audience == TO_UNIT_AGAIN;
}

static const char *situation_due(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	char cutoff[DAY_TEXT_MAX], due[WORDING_MAX];

	day_print_zh(instant_day(writing->times.cutoff, writing->plan->utc_offset),
	             cutoff);
	wording_instant(writing->plan, about->due, due);
	return notice_say(writing, "%s%s（数据截至%s）报送时限为%s%s，%s，目前未报。",
	                  notice_is_own(writing) ? "你单位" : about->unit->name,
	                  notice_subject(writing), cutoff, due, due_note(writing),
	                  time_left(writing));
}

/* How the due time came to be another. */
static const char *due_note(struct writing *writing)
{
	const char *how = writing->about->extended ? "经批准延期" : moved(writing);

	return how[0] == '\0' ? "" : notice_say(writing, "（%s）", how);
}

static const char *moved(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	char before[WORDING_MAX];

	if (about->moved_from == 0)
		return "";
	wording_instant_short(writing->plan, about->moved_from, before);
	return notice_say(writing, "原为%s，因%s调整", before,
	                  about->moved_by_calendar ? "工作日历公布" : "方案");
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
	return notice_say(writing, "距今还有%d个工作日%s", days,
	                  days < due - today ? "（节假日不计）" : "");
}

static const char *situation_report(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	bool locked = about->now > writing->times.lock;
	bool again = writing->audience == TO_UNIT_AGAIN;
	char now[WORDING_MAX], due[WORDING_MAX], lock[WORDING_MAX];

	wording_instant_short(writing->plan, about->now, now);
	wording_instant(writing->plan, about->due, due);
	wording_instant(writing->plan, writing->times.lock, lock);
	if (notice_is_own(writing))
		return notice_say(
			writing,
			"截至%s，%s尚未收到你单位%s，报送时限为%s%s，现按%s登记。", now,
			again ? "经催报" : "", notice_subject(writing), due,
			due_note(writing), locked ? "漏报" : "迟报");
	return notice_say(
		writing,
		"截至%s，%s%s%s，报送时限为%s%s，经催报至今未报。影响：%s%s封表，"
		"全市汇总中该单位以“未报”列示。",
		now, about->unit->name, notice_subject(writing),
		notice_overdue_by(writing), due, due_note(writing), lock,
		locked ? "已" : "");
}

static const char *situation_target(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct plan_target *target = about->target;
	day on = instant_day(writing->times.cutoff, writing->plan->utc_offset);
	const char *progress = progress_explain(writing->arena, writing->plan, target,
	                                        &about->standing, on);

	if (progress == NULL) {
		writing->out_of_memory = true;
		return "";
	}
	return notice_say(writing, "“%s”板块责任目标%s（%s%s），%s%s；%s。",
	                  notice_section(writing), notice_subject(writing),
	                  target->binding ? "约束性" : "力争性", deadline_words(writing),
	                  notice_is_own(writing) ? "你单位" : about->unit->name,
	                  amounts(writing), progress);
}

/* "你单位“二、…”板块问题“…”（WT-2022-0007，责任人张三）整改期限为…，已逾期…" */
static const char *situation_problem(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct plan *plan = writing->plan;
	day due = instant_day(about->due, plan->utc_offset);
	day today = instant_day(about->now, plan->utc_offset);
	int days = calendar_count_workdays(&plan->calendar, due, today);
	char date[WORDING_MAX];

	wording_date(due, date);
	return notice_say(
		writing, "%s“%s”板块%s，责任人%s，整改期限%s，%s，尚未申请销号。",
		notice_is_own(writing) ? "你单位" : about->unit->name,
		notice_section(writing), notice_subject(writing), about->owner, date,
		days > 0 ? notice_say(writing, "已逾期%d个工作日", days) : "现已到期");
}

/* "任务180个，累计完成75个"; what should fall is not done, it is there. */
static const char *amounts(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct plan_indicator *indicator = about->target->indicator;
	bool falling = indicator != NULL && indicator->kind == INDICATOR_FALLING;
	char task[QUANTITY_TEXT_MAX], done[QUANTITY_TEXT_MAX];

	quantity_print(&about->task, task);
	if (about->done.unit == NULL || about->standing.light == LIGHT_NOT_REPORTED)
		return notice_say(writing, "任务%s，完成数未报", task);
	quantity_print(&about->done, done);
	if (falling)
		return notice_say(writing, "应降至%s，现为%s", task, done);
	return notice_say(writing, "任务%s，累计完成%s", task, done);
}

static const char *deadline_words(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	day on = instant_day(writing->times.cutoff, writing->plan->utc_offset);
	day deadline = plan_deadline_on(about->target, about->unit, on);
	char date[WORDING_MAX];

	if (deadline == DAY_NONE)
		return "";
	wording_date(deadline, date);
	return notice_say(writing, "，完成期限%s", date);
}

const char *notice_request(struct writing *writing)
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
	switch (writing->about->kind) {
	case ALERT_REPORT_DUE_SOON:
		return notice_say(
			writing,
			"请填报人核准数据，经审核人、负责人审签后按时报送；如无变化，"
			"请报送“本期无变化”。确需延期的，请于时限前向%s提出申请。",
			writing->plan->office->name);
	case ALERT_REPORT_OVERDUE:
		return request_report(writing);
	case ALERT_BEHIND:
	case ALERT_TARGET_OVERDUE:
		return request_progress(writing);
	case ALERT_REPORT_RETURNED:
	case ALERT_RETURN_UNANSWERED:
		return notice_request_mended(writing);
	case ALERT_PROBLEM_OVERDUE:
		return notice_say(
			writing,
			"请抓紧整改，完成后写明整改情况申请销号；确需调整期限的，请向%s"
			"说明原因。",
			writing->about->section->lead->name);
	default:
		return "";
	}
}

static const char *request_report(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *office = writing->plan->office->name;
	char lock[WORDING_MAX];

	wording_instant(writing->plan, writing->times.lock, lock);
	if (about->now > writing->times.lock)
		return notice_say(writing,
		                  "该期已于%s封表，请与%s联系办理补报，并说明原因。",
		                  lock, office);
	return notice_say(writing,
	                  "请于%s封表前补齐，并说明原因；封表后仍未报送的，按漏报处理，"
	                  "并报告%s。如已报送，请出示回执编号；因网络故障无法报送的，"
	                  "可报盖章纸质件，由%s代录。",
	                  lock, about->section->lead->name, office);
}

/* The answer belongs into the next report; after the last one it is a letter. */
static const char *request_progress(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	bool behind = about->kind == ALERT_BEHIND;
	const char *what = behind ? "滞后原因、赶进度措施和时间安排"
	                          : "未完成原因、整改措施和预计完成日期";
	char name[PERIOD_TEXT_MAX], due[WORDING_MAX];
	struct period_times times;
	struct period next;

	if (!next_report(writing, &next, &times))
		return notice_say(writing, "请将%s书面报%s。", what,
		                  about->section->lead->name);
	period_print_zh(&next, name);
	wording_instant(writing->plan, times.due, due);
	return notice_say(writing,
	                  "请将%s写入%s报表，于%s前报送；需市级协调的，填入"
	                  "“需市级协调事项”。",
	                  what, name, due);
}

/* The first period after the data's that is not due yet; false after the last one. */
static bool next_report(const struct writing *writing, struct period *ret_period,
                        struct period_times *ret_times)
{
	struct period period = period_next(&writing->about->period);

	while (period_in_plan(writing->plan, &period) == 0) {
		period_times(writing->plan, &period, ret_times);
		if (ret_times->due > writing->about->now) {
			*ret_period = period;
			return true;
		}
		period = period_next(&period);
	}
	return false;
}

static const char *request_lead(struct writing *writing)
{
	const struct plan *plan = writing->plan;
	const struct notice_about *about = writing->about;
	const struct plan_step *next = next_step(writing);
	const char *aim = "督促整改", *to;

	if (about->kind == ALERT_BEHIND)
		aim = "研究赶进度措施";
	else if (about->kind == ALERT_REPORT_RETURNED ||
	         about->kind == ALERT_RETURN_UNANSWERED)
		aim = "督促核准数据、按时重报";
	else if (about->target == NULL && about->kind != ALERT_PROBLEM_OVERDUE)
		aim = "督促报送";
	if (next == NULL)
		return notice_say(writing,
		                  "建议：请你处与该单位负责人联系，核明原因，%s，"
		                  "并将处理意见反馈%s。",
		                  aim, plan->office->name);
	to = about->section->lead->name;
	if (notice_has_role(next))
		to = next->role;
	else if (next->department != NULL)
		to = next->department->name;
	return notice_say(writing,
	                  "建议：请你处与该单位负责人联系，核明原因，%s，"
	                  "%s将处理意见反馈%s；届时仍未解决的，报告%s。",
	                  aim, answer_by(writing, next), plan->office->name, to);
}

/* The next step, whenever it is taken. A light has no ladder: being behind is told once a
 * period, and cannot be settled by a day. */
static const struct plan_step *next_step(const struct writing *writing)
{
	const struct plan *plan = writing->plan;
	const struct notice_about *about = writing->about;
	const struct plan_step *next = NULL;

	if (about->kind == ALERT_BEHIND || about->kind == ALERT_REPORT_RETURNED)
		return NULL;
	for (size_t i = 0; i < plan->step_count; i++) {
		const struct plan_step *step = &plan->steps[i];

		if (step->level > about->level &&
		    (next == NULL || step->level < next->level))
			next = step;
	}
	return next;
}

/* The ladder of a target begins when its last figures are due, not at its deadline. Of a
 * plan that was applied late it began later still: then there is no date to give. */
static const char *answer_by(struct writing *writing, const struct plan_step *next)
{
	const struct plan *plan = writing->plan;
	const struct notice_about *about = writing->about;
	int64_t from = about->due, at;
	char when[WORDING_MAX];

	if (about->kind == ALERT_PROBLEM_OVERDUE)
		from = problem_told_at(plan, instant_day(about->due, plan->utc_offset));
	else if (about->target != NULL)
		from = target_judged_at(plan, instant_day(about->due, plan->utc_offset));
	at = step_instant(plan, next, from);
	if (at <= about->now)
		return "及时";
	wording_instant(plan, at, when);
	return notice_say(writing, "于%s前", when);
}

static const char *request_leader(struct writing *writing)
{
	const struct plan *plan = writing->plan;
	const struct notice_about *about = writing->about;
	bool asked = false;

	for (size_t i = 0; i < plan->step_count; i++)
		asked = asked || (plan->steps[i].to == STEP_LEAD &&
		                  plan->steps[i].level < about->level);
	return notice_say(writing,
	                  "%s%s%s拟办意见：由%s向该单位发督办单，抄送其本级人民政府。"
	                  "妥否，请批示。",
	                  asked ? "经提请" : "", asked ? about->section->lead->name : "",
	                  asked ? "协调，尚未解决。" : "", plan->office->name);
}
