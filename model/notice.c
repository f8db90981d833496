/*
 * The words of alerts.
 *
 *	about --> to whom? (the unit, the lead department, a leader)
 *	      --> title: [label] unit: subject, trouble
 *	      --> text:  address, situation, what to do by when, basis
 *
 * To a unit one says 请, to a leader 呈 and 请批示. Nobody is named whom the
 *plan does not name, and no date is given that plan, schedule or ladder does
 *not give.
 *
 * What can go wrong: no memory. Then there is no notice, and the caller tries
 *later.
 */
#include "model/notice.h"

#include "base/err.h"
#include "model/notice_text.h"
#include "model/wording.h"

static bool is_request(enum alert_kind kind);
static enum audience audience_of(const struct notice_about *about);
static bool is_sample(const struct plan *plan, const struct notice_about *about);
static const char *title_of(struct writing *writing);
static const char *label_of(const struct writing *writing);
static const char *text_of(struct writing *writing, bool *sample);
static const char *address(struct writing *writing);
static const char *quoted(struct writing *writing, const char *name);
static const char *trouble(struct writing *writing);

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
	case ALERT_REPORT_RETURNED:
		return "report_returned";
	case ALERT_RETURN_UNANSWERED:
		return "return_unanswered";
	case ALERT_REVIEW_OVERDUE:
		return "review_overdue";
	case ALERT_REQUEST_RECEIVED:
		return "request_received";
	case ALERT_REQUEST_ANSWERED:
		return "request_answered";
	case ALERT_PROBLEM_OVERDUE:
		return "problem_overdue";
	case ALERT_CITY_CHECK:
		return "city_check";
	case ALERT_PROBLEM_ASKED:
		return "problem_asked";
	case ALERT_PROBLEM_SENT_BACK:
		return "problem_sent_back";
	case ALERT_FIGURE_WITHDRAWN:
		return "figure_withdrawn";
	case ALERT_KINDS:
		break;
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

	if (is_request(about->kind)) {
		notice.title = notice_title_request(&writing);
		notice.text = notice_text_request(&writing);
	} else {
		period_times(plan, &about->period, &writing.times);
		if (about->lock > writing.times.lock)
			writing.times.lock = about->lock;
		notice.title = title_of(&writing);
		notice.text = text_of(&writing, &notice.sample);
	}
	if (writing.out_of_memory)
		return E_NOMEM;
	*ret_notice = notice;
	return 0;
}

/* These have words of their own: nobody is asked for a report. */
static bool is_request(enum alert_kind kind)
{
	return kind == ALERT_REVIEW_OVERDUE || kind == ALERT_REQUEST_RECEIVED ||
	       kind == ALERT_REQUEST_ANSWERED;
}

static enum audience audience_of(const struct notice_about *about)
{
	if (about->step == NULL)
		return about->level == 0 ? TO_UNIT : TO_UNIT_AGAIN;
	if (about->step->to == STEP_UNIT)
		return TO_UNIT_AGAIN;
	return notice_has_role(about->step) ? TO_LEADER : TO_LEAD;
}

/* A step to a role goes to a leader; one to an office is an office's work. */
bool notice_has_role(const struct plan_step *step)
{
	return step->to == STEP_DEPARTMENT && step->role != NULL && step->role[0] != '\0';
}

static bool is_sample(const struct plan *plan, const struct notice_about *about)
{
	const struct plan_target *target = about->target;
	const struct plan_allocation *allocation = notice_allocation(plan, about);

	if (about->kind == ALERT_PROBLEM_OVERDUE) /* its date is somebody's word */
		return about->step != NULL && about->step->sample;
	if (plan->schedule.sample || plan->review.sample ||
	    (about->step != NULL && about->step->sample))
		return true;
	if (target == NULL)
		return false;
	return plan->lights.sample || target->curve_sample || target->deadline_sample ||
	       target->measure_sample || (allocation != NULL && allocation->sample);
}

const struct plan_allocation *notice_allocation(const struct plan *plan,
                                                const struct notice_about *about)
{
	struct period_times times;

	if (about->target == NULL)
		return NULL;
	period_times(plan, &about->period, &times);
	return plan_part_on(about->target, about->unit,
	                    instant_day(times.cutoff, plan->utc_offset));
}

static const char *title_of(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *what = notice_subject(writing), *how = trouble(writing);

	switch (writing->audience) {
	case TO_UNIT:
	case TO_UNIT_AGAIN:
		return notice_say(writing, "【%s】%s：%s%s", label_of(writing),
		                  about->unit->name, what, how);
	case TO_LEAD:
		return notice_say(writing, "【%s】%s%s%s，请协调", label_of(writing),
		                  about->unit->name, what, how);
	case TO_LEADER:
		return notice_say(writing, "【督办专报】呈%s：%s%s%s", address(writing),
		                  about->unit->name, what, how);
	}
	return "";
}

static const char *label_of(const struct writing *writing)
{
	bool again = writing->audience == TO_UNIT_AGAIN;

	if (writing->audience == TO_LEAD && writing->about->kind != ALERT_BEHIND)
		return "提级督办";
	switch (writing->about->kind) {
	case ALERT_REPORT_DUE_SOON:
		return again ? "再次提醒" : "临期提醒";
	case ALERT_REPORT_OVERDUE:
		return again ? "再次催报" : "催报";
	case ALERT_BEHIND:
		return again ? "再次预警" : "进度预警";
	case ALERT_TARGET_OVERDUE:
	case ALERT_PROBLEM_OVERDUE:
		return again ? "再次催办" : "催办";
	case ALERT_REPORT_RETURNED:
		return "退回修改";
	case ALERT_RETURN_UNANSWERED:
		return again ? "再次催报" : "催报";
	default:
		return "提醒";
	}
}

/* A name that is made up makes the whole a sample. */
static const char *text_of(struct writing *writing, bool *sample)
{
	const char *opening = writing->audience == TO_LEADER ? "需请您关注：" : "";
	const char *people = notice_people(writing), *contact = notice_contact(writing);

	*sample = *sample || writing->made_up;
	return notice_say(writing, "%s%s：%s%s%s%s%s", address(writing), people, opening,
	                  notice_situation(writing), notice_request(writing), contact,
	                  notice_ending(writing, *sample));
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
const char *notice_subject(struct writing *writing)
{
	static const char *const reports[] = {
		[MONTHLY] = "月报", [QUARTERLY] = "季报", [YEARLY] = "年报"};
	const struct notice_about *about = writing->about;
	char period[PERIOD_TEXT_MAX];

	if (about->kind == ALERT_PROBLEM_OVERDUE)
		return notice_say(writing, "问题%s（%s）", quoted(writing, about->title),
		                  about->number);
	if (about->target != NULL)
		return quoted(writing, about->target->name);
	period_print_zh(&about->period, period);
	return notice_say(writing, "%s“%s”%s", period, notice_section(writing),
	                  reports[about->period.frequency]);
}

static const char *quoted(struct writing *writing, const char *name)
{
	const char *text = wording_quoted(writing->arena, name);

	if (text != NULL)
		return text;
	writing->out_of_memory = true;
	return "";
}

const char *notice_section(struct writing *writing)
{
	const struct plan_section *section = writing->about->section;
	char numeral[WORDING_MAX];

	wording_numeral(section->index + 1, numeral);
	return notice_say(writing, "%s、%s", numeral, section->name);
}

static const char *trouble(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	char date[DAY_TEXT_MAX], points[24];

	switch (about->kind) {
	case ALERT_REPORT_DUE_SOON:
		day_print_zh(instant_day(about->due, writing->plan->utc_offset), date);
		return notice_say(writing, "请于%s前报送", date);
	case ALERT_REPORT_OVERDUE:
		return notice_overdue_by(writing);
	case ALERT_BEHIND:
		tenths_print(-about->standing.gap_tenths, points);
		return notice_say(writing, "低于序时进度%s个百分点", points);
	case ALERT_TARGET_OVERDUE:
		return "到期未完成";
	case ALERT_REPORT_RETURNED:
		if (about->ordinal > 1)
			return notice_say(writing, "第%u次退回", about->ordinal);
		return notice_say(writing, "退回（回执%s）", about->number);
	case ALERT_RETURN_UNANSWERED:
		return "退回后逾期未重报";
	case ALERT_PROBLEM_OVERDUE:
		return "逾期未销号";
	default:
		return "";
	}
}

const char *notice_overdue_by(struct writing *writing)
{
	const struct plan *plan = writing->plan;
	day due = instant_day(writing->about->due, plan->utc_offset);
	day today = instant_day(writing->about->now, plan->utc_offset);
	int days = calendar_count_workdays(&plan->calendar, due, today);

	if (days <= 0)
		return "已过报送时限";
	return notice_say(writing, "已逾期%d个工作日", days);
}

/* The basis in the last line; a machine's reminder is not an official paper. */
const char *notice_ending(struct writing *writing, bool sample)
{
	const struct plan *plan = writing->plan;
	const struct plan_target *target = writing->about->target;
	const char *clause =
		target != NULL && target->clause != NULL ? target->clause->id : "";

	return notice_say(writing, "（依据：%s%s；系统提醒%s）",
	                  plan->number != NULL && plan->number[0] != '\0' ? plan->number
	                                                                  : plan->title,
	                  clause, sample ? "，示例数据" : "");
}

/* Formatted into the arena; "" when there is no memory, and that is remembered.
 */
const char *notice_say(struct writing *writing, const char *format, ...)
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
