/*
 * Rules of requests, one finding each:
 *
 *	S-10  the plan has no such unit         S-30  nothing of that name to contest
 *	S-11  ... no such section               S-31  not late
 *	S-12  ... no such period                S-32  the time to contest is over
 *	S-13  the unit does not report it       S-33  it counts no more, or was decided
 *	S-14  not yet, it is far ahead
 *	S-20  the due time is over              S-34  the plan sets no time to contest
 *	S-21  reported already                  S-35  that score is not published
 *	S-22  not a working day                 S-40  not locked yet
 *	S-23  not after the due day             S-41  open already
 *	S-24  too far away                      S-50  the same is asked and open
 *	                                        S-51  asked too often
 *
 * What can go wrong: nothing but what the unit asks for; each sentence says what is
 * possible instead.
 */
#include "model/request_judge.h"

#include <string.h>

#include "base/err.h"
#include "model/form.h"
#include "model/wording.h"

/* One request while it is judged. */
struct asking {
	const struct plan *plan;
	const struct request *request;
	const struct request_facts *facts;
	int64_t now;
	struct findings *findings;
	struct request_verdict *verdict;
};

static int judge_place(struct asking *asking);
static int judge_repeated(struct asking *asking);
static int judge_extension(struct asking *asking);
static int judge_contest(struct asking *asking);
static int judge_late(struct asking *asking);
static int judge_in_time(struct asking *asking);
static int judge_consent(struct asking *asking);
static int refuse(struct asking *asking, int err, struct finding finding);
static int judge_until(struct asking *asking);
static const char *when_text(const struct asking *asking, int64_t at);
static const char *until_wrong(const struct request_term *term, day on,
                               const char **ret_rule);

int request_judge(const struct plan *plan, const struct request *request,
                  const struct request_facts *facts, int64_t now,
                  struct findings *findings, struct request_verdict *ret_verdict)
{
	struct request_verdict verdict = {
		.answer_due = workdays_instant(plan, now, plan->review.answer),
	};
	struct asking asking = {
		.plan = plan,
		.request = request,
		.facts = facts,
		.now = now,
		.findings = findings,
		.verdict = &verdict,
	};
	int r = judge_place(&asking);

	if (r == 0)
		r = judge_repeated(&asking);
	if (r == 0 && request->kind == REQUEST_EXTENSION)
		r = judge_extension(&asking);
	else if (r == 0 && request->kind == REQUEST_CONTEST)
		r = judge_contest(&asking);
	else if (r == 0)
		r = judge_consent(&asking);
	if (r == 0 && findings->out_of_memory)
		r = E_NOMEM;
	if (r == 0)
		*ret_verdict = verdict;
	return r;
}

/* Unit, section, period; a score is of none but the unit. */
static int judge_place(struct asking *asking)
{
	const struct request *request = asking->request;
	const char *about;
	bool score = request_contest(request->subject, &about) == CONTEST_SCORE;
	const struct plan_unit *unit = plan_find_unit(asking->plan, request->unit);
	const struct plan_section *section =
		plan_find_section(asking->plan, request->section);

	if (unit == NULL)
		return refuse(asking, E_NOT_FOUND,
		              (struct finding){.rule = "S-10",
		                               .field = "unit",
		                               .found = request->unit,
		                               .allowed = "方案列明的单位",
		                               .text = "方案中没有这个单位。"});
	if (score)
		return 0;
	if (section == NULL)
		return refuse(asking, E_NOT_FOUND,
		              (struct finding){.rule = "S-11",
		                               .field = "section",
		                               .found = request->section,
		                               .allowed = "方案设置的板块",
		                               .text = "方案中没有这个板块。"});
	if (period_parse(request->period, &asking->verdict->period) < 0 ||
	    period_in_plan(asking->plan, &asking->verdict->period) < 0)
		return refuse(asking, E_NOT_FOUND,
		              (struct finding){.rule = "S-12",
		                               .field = "period",
		                               .found = request->period,
		                               .allowed = "方案要求报送的报告期",
		                               .text = "方案中没有这个报告期。"});
	if (asking->facts->asked)
		return 0;
	if (section->asked[unit->index])
		return refuse(
			asking, E_STATE,
			(struct finding){.rule = "S-14",
		                         .field = "period",
		                         .found = request->period,
		                         .allowed = "临近的报告期",
		                         .text = "该期尚早，请在临近报送时再申请。"});
	return refuse(asking, E_DENIED,
	              (struct finding){.rule = "S-13",
	                               .field = "section",
	                               .found = request->section,
	                               .allowed = "本单位承担的板块",
	                               .text = "该板块不由本单位报送。"});
}

static int judge_repeated(struct asking *asking)
{
	const struct request_facts *facts = asking->facts;

	if (facts->open != NULL && facts->open[0] != '\0')
		return refuse(asking, E_EXISTS,
		              (struct finding){
				      .rule = "S-50",
				      .field = "subject",
				      .found = facts->open,
				      .allowed = "",
				      .text = "同一事项已有申请尚未批复，请等待批复，或撤"
					      "回后重新申请。"});
	if (facts->times >= REQUEST_TIMES_MAX)
		return refuse(
			asking, E_STATE,
			(struct finding){
				.rule = "S-51",
				.field = "subject",
				.found = form_say(asking->findings, "%u次", facts->times),
				.allowed = form_say(asking->findings, "≤%d次",
		                                    REQUEST_TIMES_MAX),
				.text = "同一事项申请次数已满，请与局办公室联系。"});
	return 0;
}

static int judge_extension(struct asking *asking)
{
	const struct request_facts *facts = asking->facts;

	if (facts->reported)
		return refuse(asking, E_STATE,
		              (struct finding){.rule = "S-21",
		                               .field = "period",
		                               .found = asking->request->period,
		                               .allowed = "尚未报送的报表",
		                               .text = "该期报表已经报送，不需延期。"});
	if (asking->now > facts->due)
		return refuse(asking, E_STATE,
		              (struct finding){
				      .rule = "S-20",
				      .field = "period",
				      .found = when_text(asking, asking->now),
				      .allowed = form_say(asking->findings, "%s前",
		                                          when_text(asking, facts->due)),
				      .text = "延期须在报送时限之前申请，现已过报送时限。"
					      "请尽快报送。"});
	return judge_until(asking);
}

static int judge_contest(struct asking *asking)
{
	const struct request_facts *facts = asking->facts;
	const char *about;
	enum contest contest = request_contest(asking->request->subject, &about);

	if (!facts->found && contest == CONTEST_SCORE)
		return refuse(asking, E_NOT_FOUND,
		              (struct finding){.rule = "S-35",
		                               .field = "subject",
		                               .found = about,
		                               .allowed = "已公布的考核期",
		                               .text = "该期考核结果尚未公布。"});
	if (!facts->found)
		return refuse(asking, E_NOT_FOUND,
		              (struct finding){
				      .rule = "S-30",
				      .field = "subject",
				      .found = about,
				      .allowed = contest == CONTEST_LATE
		                                         ? "本单位该期报表的回执编号"
		                                         : "本单位被退回报表的回执编号",
				      .text = contest == CONTEST_LATE
		                                      ? "本单位该板块该期没有这份报表。"
		                                      : "本单位该板块该期的这份报表没有被"
		                                        "退回。"});
	if (contest == CONTEST_LATE && judge_late(asking) < 0)
		return E_STATE;
	if (facts->decided || facts->settled)
		return refuse(
			asking, E_STATE,
			(struct finding){.rule = "S-33",
		                         .field = "subject",
		                         .found = about,
		                         .allowed = "尚未裁定的事项",
		                         .text = "对此事的申辩已有结论，不再受理。"});
	return judge_in_time(asking);
}

static int judge_late(struct asking *asking)
{
	if (asking->facts->timeliness != ON_TIME)
		return 0;
	return refuse(asking, E_STATE,
	              (struct finding){.rule = "S-31",
	                               .field = "subject",
	                               .found = "按时",
	                               .allowed = "迟报或封表后补报",
	                               .text = "这份报表登记为按时，没有迟报可以申辩。"});
}

static int judge_in_time(struct asking *asking)
{
	int64_t until = request_contest_until(asking->plan, asking->facts->known_at);

	if (until == 0)
		return refuse(
			asking, E_STATE,
			(struct finding){
				.rule = "S-34",
				.field = "subject",
				.found = "未规定",
				.allowed = "",
				.text = "方案没有规定申辩时限，请书面向局办公室提出。"});
	if (asking->now <= until)
		return 0;
	return refuse(
		asking, E_STATE,
		(struct finding){
			.rule = "S-32",
			.field = "subject",
			.found = when_text(asking, asking->now),
			.allowed = form_say(asking->findings, "%s前",
	                                    when_text(asking, until)),
			.text = form_say(asking->findings,
	                                 "申辩须在知悉后%d个工作日内提出，现已过期。",
	                                 asking->plan->review.contest)});
}

static int judge_consent(struct asking *asking)
{
	const struct request_facts *facts = asking->facts;

	if (asking->now <= facts->lock)
		return refuse(
			asking, E_STATE,
			(struct finding){
				.rule = "S-40",
				.field = "period",
				.found = "尚未封表",
				.allowed = form_say(asking->findings, "%s封表以后",
		                                    when_text(asking, facts->lock)),
				.text = "该期尚未封表，可以直接报送或更正，不需申请。"});
	if (asking->now <= facts->open_until)
		return refuse(
			asking, E_STATE,
			(struct finding){
				.rule = "S-41",
				.field = "period",
				.found = form_say(asking->findings, "已同意至%s",
		                                  when_text(asking, facts->open_until)),
				.allowed = "",
				.text = "局办公室已同意补报（更正），可以直接报送。"});
	if (asking->request->until[0] == '\0')
		return 0;
	return judge_until(asking);
}

static int judge_until(struct asking *asking)
{
	const struct request_term term = {
		.plan = asking->plan,
		.kind = asking->request->kind,
		.facts = asking->facts,
		.now = asking->now,
	};

	return request_until(&term, asking->request->until, asking->findings,
	                     &asking->verdict->until);
}

int request_until(const struct request_term *term, const char *until,
                  struct findings *findings, int64_t *ret_until)
{
	const struct plan *plan = term->plan;
	const char *rule, *allowed, *text;
	day on;

	if (day_parse(until, &on) < 0) {
		form_refuse(findings, "S-04", "until", "写法不对", "如2022-08-10",
		            "日期无法识别。");
		return E_REFUSED;
	}
	allowed = until_wrong(term, on, &rule);
	if (allowed == NULL) {
		*ret_until = instant_of(on, plan->schedule.due_minute, plan->utc_offset);
		return 0;
	}
	text = strcmp(rule, "S-22") == 0   ? "期限须定在工作日。"
	       : strcmp(rule, "S-23") == 0 ? "新的期限太早。"
	                                   : "新的期限太远。";
	form_refuse(findings, rule, "until", until, allowed, text);
	return E_REFUSED;
}

/* NULL: nothing; else what is allowed. */
static const char *until_wrong(const struct request_term *term, day on,
                               const char **ret_rule)
{
	const struct plan *plan = term->plan;
	const struct calendar *calendar = &plan->calendar;
	bool extension = term->kind == REQUEST_EXTENSION;
	day today = instant_day(term->now, plan->utc_offset);
	day due = instant_day(term->facts->due, plan->utc_offset);
	day from = extension && due > today ? due : today;

	if (extension && on <= due) {
		*ret_rule = "S-23";
		return "原报送时限以后的工作日";
	}
	if (instant_of(on, plan->schedule.due_minute, plan->utc_offset) <= term->now) {
		*ret_rule = "S-23";
		return "今后的工作日";
	}
	if (!calendar_is_workday(calendar, on) || calendar_is_avoided(calendar, on)) {
		*ret_rule = "S-22";
		return "工作日（按国务院公布的节假日和调休安排）";
	}
	if (calendar_count_workdays(calendar, from, on) > REQUEST_WORKDAYS_MAX) {
		*ret_rule = "S-24";
		return "60个工作日以内";
	}
	return NULL;
}

void request_extension_times(const struct plan *plan, const struct period *period,
                             int64_t due, int64_t lock, struct period_times *ret_times)
{
	const struct plan_schedule *schedule = &plan->schedule;
	struct period_times times;
	day remind;

	period_times(plan, period, &times);
	remind =
		calendar_add_workdays(&plan->calendar, instant_day(due, plan->utc_offset),
	                              -schedule->remind_workdays, &times.estimated);
	times.remind = instant_of(remind, schedule->remind_minute, plan->utc_offset);
	times.due = due;
	times.lock = workdays_instant(plan, due, schedule->lock_workdays);
	if (times.lock < lock)
		times.lock = lock;
	*ret_times = times;
}

int64_t request_contest_until(const struct plan *plan, int64_t known_at)
{
	return workdays_instant(plan, known_at, plan->review.contest);
}

static int refuse(struct asking *asking, int err, struct finding finding)
{
	form_refuse(asking->findings, finding.rule, finding.field, finding.found,
	            finding.allowed, finding.text);
	return err;
}

static const char *when_text(const struct asking *asking, int64_t at)
{
	char when[WORDING_MAX];

	wording_instant(asking->plan, at, when);
	return form_say(asking->findings, "%s", when);
}
