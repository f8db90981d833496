/*
 * The words of requests, and of the bureau's own slowness:
 *
 *	received   to who must answer, at once; when its time is over again, then upwards
 *	answered   to the unit, at once
 *	review     to the office whose step it is, when its time is over; then upwards
 *
 * The bureau is told of itself as plainly as a district is.
 */
#include "model/notice_text.h"

#include "model/wording.h"

static bool is_first(const struct notice_about *about);
static const char *addressee(struct writing *writing);
static const char *what(struct writing *writing);
static const char *verb(const struct notice_about *about);
static const char *noun(const struct notice_about *about);
static const char *trouble(struct writing *writing);
static const char *situation_received(struct writing *writing);
static const char *situation_unanswered(struct writing *writing);
static const char *situation_answered(struct writing *writing);
static const char *situation_unreviewed(struct writing *writing);
static const char *request_bureau(struct writing *writing);
static const char *effect(struct writing *writing);
static const char *instant_text(struct writing *writing, int64_t at);
static const char *stopped(struct writing *writing, const char *sentence);

const char *notice_title_request(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *name = about->unit->name;

	if (about->kind == ALERT_REQUEST_ANSWERED)
		return notice_say(writing, "【申请批复】%s：%s%s，%s", name,
		                  what(writing), noun(about),
		                  about->request.granted ? "同意" : "不同意");
	if (writing->audience == TO_LEADER)
		return notice_say(writing, "【督办专报】呈%s：%s%s%s", addressee(writing),
		                  name, what(writing), trouble(writing));
	if (about->kind == ALERT_REVIEW_OVERDUE)
		return notice_say(writing, "【审核超时】%s：%s%s", name, what(writing),
		                  trouble(writing));
	return notice_say(writing, "【%s】%s：%s%s",
	                  is_first(about) ? "申请待批" : "批复超时", name, what(writing),
	                  trouble(writing));
}

const char *notice_text_request(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *situation = "", *opening = "";

	if (about->kind == ALERT_REQUEST_ANSWERED)
		situation = situation_answered(writing);
	else if (about->kind == ALERT_REVIEW_OVERDUE)
		situation = situation_unreviewed(writing);
	else if (is_first(about))
		situation = situation_received(writing);
	else
		situation = situation_unanswered(writing);
	if (writing->audience == TO_LEADER)
		opening = "需请您关注：";
	return notice_say(writing, "%s：%s%s%s%s", addressee(writing), opening, situation,
	                  request_bureau(writing),
	                  notice_ending(writing, writing->plan->review.sample));
}

/* A request when it comes in, before anybody can be late with it. */
static bool is_first(const struct notice_about *about)
{
	return about->kind == ALERT_REQUEST_RECEIVED && about->level == 0;
}

static const char *addressee(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct plan_unit *unit = about->unit;

	if (writing->audience == TO_LEADER)
		return about->step->role;
	if (about->to != NULL)
		return about->to->name;
	return unit->department != NULL && unit->department[0] != '\0' ? unit->department
	                                                               : unit->name;
}

/* The report, or the score, that it is about. */
static const char *what(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *period;

	if (about->section != NULL)
		return notice_subject(writing);
	(void)request_contest(about->request.subject, &period);
	return notice_say(writing, "%s考核结果", period);
}

static const char *verb(const struct notice_about *about)
{
	const char *number;

	switch (about->request.kind) {
	case REQUEST_EXTENSION:
		return "申请延期";
	case REQUEST_CONSENT:
		return "申请补报（更正）";
	case REQUEST_CONTEST:
		break;
	}
	switch (request_contest(about->request.subject, &number)) {
	case CONTEST_LATE:
		return "就迟报登记提出申辩";
	case CONTEST_RETURN:
		return "就退回修改提出申辩";
	default:
		return "提出申辩";
	}
}

static const char *noun(const struct notice_about *about)
{
	const char *number;

	switch (about->request.kind) {
	case REQUEST_EXTENSION:
		return "延期申请";
	case REQUEST_CONSENT:
		return "补报（更正）申请";
	case REQUEST_CONTEST:
		break;
	}
	switch (request_contest(about->request.subject, &number)) {
	case CONTEST_LATE:
		return "迟报申辩";
	case CONTEST_RETURN:
		return "退回申辩";
	default:
		return "申辩";
	}
}

static const char *trouble(struct writing *writing)
{
	const struct notice_about *about = writing->about;

	if (about->kind == ALERT_REVIEW_OVERDUE)
		return about->review == 1 ? "逾期未业务审核" : "逾期未汇总审核";
	return notice_say(writing, "%s%s", verb(about),
	                  is_first(about) ? "" : "，逾期未批复");
}

static const char *situation_received(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct notice_request *request = &about->request;
	char received[WORDING_MAX];

	wording_instant_short(writing->plan, request->received_at, received);
	return notice_say(writing, "%s于%s就%s%s%s%s（编号%s，负责人：%s）。理由：%s",
	                  about->unit->name, received, what(writing), verb(about),
	                  request->until != 0 ? "至" : "",
	                  request->until != 0 ? instant_text(writing, request->until)
	                                      : "",
	                  request->number, request->approved_by,
	                  stopped(writing, request->reason));
}

static const char *situation_unanswered(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct notice_request *request = &about->request;
	char now[WORDING_MAX], received[WORDING_MAX];

	wording_instant_short(writing->plan, about->now, now);
	wording_instant_short(writing->plan, request->received_at, received);
	return notice_say(writing,
	                  "%s就%s%s（编号%s，%s收到），批复时限为%s，截至%s尚未批复。",
	                  about->unit->name, what(writing), verb(about), request->number,
	                  received, instant_text(writing, about->due), now);
}

static const char *situation_answered(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct notice_request *request = &about->request;
	char received[WORDING_MAX];
	const char *answer = "";

	wording_instant_short(writing->plan, request->received_at, received);
	if (request->answer[0] != '\0')
		answer = notice_say(writing, "批复意见：%s",
		                    stopped(writing, request->answer));
	return notice_say(writing, "你单位%s%s（编号%s，%s收到）经%s批复，%s%s。%s%s",
	                  what(writing), noun(about), request->number, received,
	                  about->by != NULL ? about->by->name
	                                    : writing->plan->office->name,
	                  request->granted ? "同意" : "不同意",
	                  request->granted && request->until != 0
	                          ? notice_say(writing, "，至%s",
	                                       instant_text(writing, request->until))
	                          : "",
	                  answer, effect(writing));
}

/* What the unit may or must do now. */
static const char *effect(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const char *number;

	if (about->request.kind == REQUEST_EXTENSION)
		return about->request.granted ? "请按新的时限报送；考核仍按原时限登记。"
		                              : "请按原时限报送。";
	if (about->request.kind == REQUEST_CONSENT)
		return about->request.granted
		               ? "请在此之前经负责人审签后报送，并写明原因。"
		               : "";
	if (!about->request.granted)
		return "原登记不变。";
	switch (request_contest(about->request.subject, &number)) {
	case CONTEST_LATE:
		return "该次迟报不再计入。";
	case CONTEST_RETURN:
		return "该次退回已撤销，不再计入，无需重报。";
	default:
		return "";
	}
}

static const char *situation_unreviewed(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct plan_department *lead = about->section->lead;
	bool content = about->review == 1;
	char now[WORDING_MAX], since[WORDING_MAX];

	wording_instant_short(writing->plan, about->now, now);
	wording_instant_short(writing->plan, about->since_at, since);
	return notice_say(
		writing, "%s%s（回执%s）%s%s，%s由%s负责，时限为%s，截至%s尚未审核。",
		about->unit->name, what(writing), about->number, since,
		content ? "收妥" : "业务审核通过", content ? "业务审核" : "汇总审核",
		content && lead != NULL ? lead->name : writing->plan->office->name,
		instant_text(writing, about->due), now);
}

/* What the bureau is asked to do; a unit was told by effect(). */
static const char *request_bureau(struct writing *writing)
{
	const struct notice_about *about = writing->about;
	const struct plan_department *lead =
		about->section != NULL ? about->section->lead : NULL;
	bool review = about->kind == ALERT_REVIEW_OVERDUE;

	if (about->kind == ALERT_REQUEST_ANSWERED)
		return "";
	if (writing->audience == TO_LEADER)
		return notice_say(writing, "拟请督促%s尽快办理。妥否，请批示。",
		                  writing->plan->office->name);
	if (is_first(about))
		return about->due == 0 ? "请及时批复。"
		                       : notice_say(writing, "请于%s前批复。",
		                                    instant_text(writing, about->due));
	if (review && about->review == 1 && lead != NULL && about->to != lead)
		return notice_say(writing, "请督促%s审核。", lead->name);
	return review ? "请尽快审核，予以通过或者退回修改。" : "请尽快批复。";
}

static const char *instant_text(struct writing *writing, int64_t at)
{
	char when[WORDING_MAX];

	wording_instant(writing->plan, at, when);
	return notice_say(writing, "%s", when);
}

/* Somebody's words, with one full stop at their end. */
static const char *stopped(struct writing *writing, const char *sentence)
{
	return notice_say(writing, "%s。", notice_unstopped(writing, sentence));
}
