/*
 * PassReport, ReturnReport and CheckFigure:
 *
 *	read request -> store: facts ~ ~> whose step? -> state? -> store: act ~ ~> answer
 *
 * A section's lead department does the content step, the working group's office the
 * totals; an office that leads a section itself does the content first. What the act
 * changes, its own statement looks at once more: of two people who act at once, one is
 * told that the report has moved on.
 *
 * What can go wrong: the caller leads another section, the report was superseded or
 * returned, a field is not the section's. The person is told which, and acts anew.
 */
#include "server/reviews.h"

#include <string.h>

#include "duban/v1/reviews.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/notice_withdrawn.h"
#include "model/period.h"
#include "model/report.h"
#include "model/wire.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/deliver.h"
#include "server/judge.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/reviews_check.h"
#include "server/reviews_words.h"
#include "server/server.h"
#include "server/service.h"
#include "server/settings.h"
#include "server/store_review.h"
#include "server/watch.h"

#define RETURN_WORKDAYS_MAX 60

/* One act in flight. Lives in the call's arena. */
struct act {
	unsigned magic;
#define ACT_MAGIC 0x3be1a90dU
	struct server *srv;
	struct rpc_call *call;
	struct arena *arena;
	struct identity caller;
	struct refusal refusal;
	const ProtobufCMessage *request;
	int (*go_on)(struct act *act); /* when the facts are there */
	const struct plan_version *version;
	const struct plan_section *section;
	bool leads, office; /* the caller: the section; all sections' totals */
	struct store_review_facts facts;
	struct review_act common;
	union {
		struct store_pass pass;
		struct store_return back;
		struct store_check check;
	};
};

static void begin(struct server *srv, struct rpc_call *call, struct bytes body,
                  const ProtobufCMessageDescriptor *type, int (*start)(struct act *act));
static int read_texts(struct act *act, const char *number, const char *remark);
static int check_text(struct act *act, const char *field, const char *text, bool needed);
static int ask_facts(struct act *act, const char *indicator,
                     int (*go_on)(struct act *act));
static void on_facts(struct store_review_facts *facts, int status);
static int find_section(struct act *act);
static int find_step(struct act *act);
static int refused(struct act *act, int err, const char *field, const char *why);
static void end(struct act *act, int status);
static int start_pass(struct act *act);
static int pass(struct act *act);
static void on_passed(struct store_pass *pass, int status);
static int start_return(struct act *act);
static int check_fields(struct act *act, const Duban__V1__ReturnReportRequest *request);
static int give_back(struct act *act);
static int put_return(struct act *act, const struct return_words *words);
static void on_returned(struct store_return *back, int status);
static int start_check(struct act *act);
static int check_figure(struct act *act);
static int put_words(struct act *act, const struct check_question *question,
                     const char *remark);
static void on_checked(struct store_check *check, int status);

void reviews_pass_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	begin(srv, call, body, &duban__v1__pass_report_request__descriptor, start_pass);
}

void reviews_return_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	begin(srv, call, body, &duban__v1__return_report_request__descriptor,
	      start_return);
}

void reviews_check_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	begin(srv, call, body, &duban__v1__check_figure_request__descriptor, start_check);
}

static void begin(struct server *srv, struct rpc_call *call, struct bytes body,
                  const ProtobufCMessageDescriptor *type, int (*start)(struct act *act))
{
	struct act *act = arena_new(rpc_call_arena(call), struct act);
	ProtobufCMessage *request;
	int r;

	if (act == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	act->magic = ACT_MAGIC;
	act->srv = srv;
	act->call = call;
	act->arena = rpc_call_arena(call);
	act->refusal.field = "request";
	r = service_read(call, type, body, &request, &act->refusal.why);
	act->request = request;
	if (r == 0)
		r = service_caller(srv, call, &act->caller);
	if (r == 0)
		r = start(act);
	if (r < 0)
		end(act, r);
}

static int read_texts(struct act *act, const char *number, const char *remark)
{
	int r = check_text(act, "remark", remark, false);

	if (r < 0)
		return r;
	if (number[0] == '\0')
		return refused(act, E_SYNTAX, "number", "请给出回执编号。");
	act->common = (struct review_act){
		.number = number,
		.by = act->caller.uri,
		.remark = remark,
	};
	return 0;
}

static int check_text(struct act *act, const char *field, const char *text, bool needed)
{
	if (needed && text[0] == '\0')
		return refused(act, E_SYNTAX, field, "必填。");
	if (utf8_length(bytes_of_str(text)) > REPORT_REASON_MAX)
		return refused(act, E_RANGE, field, "最多1000字。");
	return 0;
}

static int ask_facts(struct act *act, const char *indicator,
                     int (*go_on)(struct act *act))
{
	act->go_on = go_on;
	act->facts.number = act->common.number;
	act->facts.indicator = indicator;
	act->facts.arena = act->arena;
	act->facts.done = on_facts;
	return store_review_facts(act->srv->store, &act->facts);
}

static void on_facts(struct store_review_facts *facts, int status)
{
	struct act *act = container_of(facts, struct act, facts);
	int r = status;

	CHECK_MAGIC(act, ACT_MAGIC);
	if (r == 0 && !facts->found)
		r = refused(act, E_NOT_FOUND, "number", "没有这份报表。");
	if (r == 0)
		r = find_section(act);
	act->common.now = clock_now(act->srv->clock);
	act->common.wall_now = wall_now();
	if (r == 0)
		r = act->go_on(act);
	if (r < 0)
		end(act, r);
}

static int find_section(struct act *act)
{
	const struct plan_version *version = plans_get(act->srv->plans, act->facts.plan);
	const struct plan_section *section =
		version != NULL ? plan_find_section(version->plan, act->facts.section)
				: NULL;

	if (section == NULL)
		return refused(act, E_STATE, "number", "方案中已没有这个板块。");
	act->version = plan_version_ref(version);
	act->section = section;
	act->office = service_is_office(act->srv, &act->caller);
	act->leads = section->lead != NULL && act->caller.kind == IDENTITY_DEPARTMENT &&
	             strcmp(section->lead->id, act->caller.unit) == 0;
	return 0;
}

/* Which step is the caller's, on this report? */
static int find_step(struct act *act)
{
	if (!act->leads && !act->office)
		return refused(act, E_DENIED, "number",
		               "该板块由其他处室牵头，本处室不能审核。");
	act->common.step =
		act->office && (!act->leads || act->facts.passed[REVIEW_CONTENT])
			? REVIEW_TOTALS
			: REVIEW_CONTENT;
	return 0;
}

static int refused(struct act *act, int err, const char *field, const char *why)
{
	act->refusal.field = field;
	act->refusal.why = why;
	return err;
}

/* Every way out but a good answer. */
static void end(struct act *act, int status)
{
	plan_version_unref(act->version);
	act->version = NULL;
	if (status == E_STATE && act->refusal.why == NULL)
		(void)refused(act, status, "number",
		              "报表的状态刚刚有变化（已被替换或退回），请刷新后再办。");
	act->refusal.err = status;
	if (act->refusal.why == NULL)
		refuse(act->call, status, NULL);
	else
		refuse_call(act->call, &act->refusal);
}

static int start_pass(struct act *act)
{
	const Duban__V1__PassReportRequest *request =
		(const Duban__V1__PassReportRequest *)act->request;
	int r = read_texts(act, request->number, request->remark);

	return r < 0 ? r : ask_facts(act, "", pass);
}

static int pass(struct act *act)
{
	const struct store_review_facts *facts = &act->facts;
	int r = find_step(act);

	if (r < 0)
		return r;
	if (facts->superseded)
		return refused(act, E_STATE, "number",
		               "该报表已被更正，请审核最新一份。");
	if (facts->returned)
		return refused(act, E_STATE, "number",
		               "该报表已退回，请等单位重报后再审核。");
	if (act->common.step == REVIEW_TOTALS && !facts->passed[REVIEW_CONTENT])
		return refused(act, E_STATE, "number",
		               "牵头处室尚未完成业务审核，汇总审核在其后。");
	act->pass.act = act->common;
	act->pass.plan_version = act->version->version;
	if (act->common.step == REVIEW_CONTENT)
		act->pass.totals_at =
			workdays_instant(act->version->plan, act->common.now,
		                         act->version->plan->review.totals);
	act->pass.arena = act->arena;
	act->pass.done = on_passed;
	return store_pass(act->srv->store, &act->pass);
}

static void on_passed(struct store_pass *pass, int status)
{
	struct act *act = container_of(pass, struct act, pass);
	Duban__V1__PassReportResponse answer = DUBAN__V1__PASS_REPORT_RESPONSE__INIT;

	CHECK_MAGIC(act, ACT_MAGIC);
	if (status < 0) {
		end(act, status);
		return;
	}
	plan_version_unref(act->version);
	answer.step = (Duban__V1__ReviewStep)act->common.step;
	answer.passed_at = pass->passed_at;
	service_reply(act->call, &answer.base);
}

static int start_return(struct act *act)
{
	const Duban__V1__ReturnReportRequest *request =
		(const Duban__V1__ReturnReportRequest *)act->request;
	int r = read_texts(act, request->number, request->remark);

	if (r == 0 && request->n_fields == 0)
		r = refused(act, E_SYNTAX, "fields", "请至少写明一项需要修改的内容。");
	if (r == 0 && request->n_fields > RETURN_FIELDS_MAX)
		r = refused(act, E_RANGE, "fields", "一次最多退回100项。");
	if (r == 0 && request->workdays > RETURN_WORKDAYS_MAX)
		r = refused(act, E_RANGE, "workdays", "1～60个工作日。");
	for (size_t i = 0; r == 0 && i < request->n_fields; i++)
		r = check_text(act, "fields.reason", request->fields[i]->reason, true);
	return r < 0 ? r : ask_facts(act, "", give_back);
}

static int give_back(struct act *act)
{
	const Duban__V1__ReturnReportRequest *request =
		(const Duban__V1__ReturnReportRequest *)act->request;
	struct return_words words = {
		.plan = act->version->plan,
		.section = act->section,
		.number = act->common.number,
		.unit = act->facts.unit,
		.period = act->facts.period,
		.by = act->caller.unit,
		.remark = request->remark,
		.ordinal = act->facts.returns + 1,
		.now = act->common.now,
		.workdays = (int)request->workdays,
	};
	int r = find_step(act);

	if (r < 0)
		return r;
	if (act->facts.superseded)
		return refused(act, E_STATE, "number", "该报表已被更正，请看最新一份。");
	if (act->facts.returned)
		return refused(act, E_STATE, "number", "该报表已经退回过。");
	r = check_fields(act, request);
	if (r < 0)
		return r;
	words.fields = act->back.fields;
	words.reasons = act->back.reasons;
	words.count = act->back.field_count;
	r = return_words_write(act->arena, &words);
	if (r == E_RANGE)
		return refused(act, r, "workdays",
		               "方案没有规定重报时限，请写明几个工作日内重报。");
	return r < 0 ? r : put_return(act, &words);
}

static int check_fields(struct act *act, const Duban__V1__ReturnReportRequest *request)
{
	const char **fields =
		arena_new_array(act->arena, request->n_fields, const char *);
	const char **reasons =
		arena_new_array(act->arena, request->n_fields, const char *);

	if (fields == NULL || reasons == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < request->n_fields; i++) {
		fields[i] = request->fields[i]->field;
		reasons[i] = request->fields[i]->reason;
		if (return_field_name(act->section, fields[i]) == NULL)
			return refused(act, E_SYNTAX, "fields.field",
			               arena_printf(act->arena,
			                            "“%s”不是该板块的指标，也不是"
			                            "progress、problems、next_steps、"
			                            "city_to_settle、persons。",
			                            fields[i]));
	}
	act->back.fields = fields;
	act->back.reasons = reasons;
	act->back.field_count = request->n_fields;
	return 0;
}

static int put_return(struct act *act, const struct return_words *words)
{
	const struct settings *settings = act->srv->settings;
	struct store_return *back = &act->back;

	back->act = act->common;
	back->plan = act->facts.plan;
	back->plan_version = act->version->version;
	back->ordinal = words->ordinal;
	back->due = words->due;
	back->told = words->told;
	back->told_count = words->told_count;
	back->sample = words->sample;
	back->instants = words->instants;
	back->instant_count = words->instant_count;
	back->contacts = settings->contacts;
	back->contact_count = settings->contact_count;
	back->arena = act->arena;
	back->done = on_returned;
	return store_return(act->srv->store, back);
}

static void on_returned(struct store_return *back, int status)
{
	struct act *act = container_of(back, struct act, back);
	Duban__V1__ReturnReportResponse answer = DUBAN__V1__RETURN_REPORT_RESPONSE__INIT;

	CHECK_MAGIC(act, ACT_MAGIC);
	if (status < 0) {
		end(act, status);
		return;
	}
	plan_version_unref(act->version);
	watch_wake(act->srv->watch);
	deliver_wake(act->srv->deliver);
	answer.step = (Duban__V1__ReviewStep)act->common.step;
	answer.ordinal = back->ordinal;
	answer.due_at = back->due;
	service_reply(act->call, &answer.base);
}

static int start_check(struct act *act)
{
	const Duban__V1__CheckFigureRequest *request =
		(const Duban__V1__CheckFigureRequest *)act->request;
	int r = read_texts(act, request->number, request->remark);

	if (r == 0)
		r = check_text(act, "remark", request->remark, true);
	if (r == 0 && request->standing != DUBAN__V1__STANDING__STANDING_SEEN &&
	    request->standing != DUBAN__V1__STANDING__STANDING_WITHDRAWN)
		r = refused(act, E_SYNTAX, "standing",
		            "只能是 STANDING_SEEN（现场核查）或 "
		            "STANDING_WITHDRAWN（复核不实）。");
	return r < 0 ? r : ask_facts(act, request->indicator, check_figure);
}

static int check_figure(struct act *act)
{
	const Duban__V1__CheckFigureRequest *request =
		(const Duban__V1__CheckFigureRequest *)act->request;
	struct check_question question = {
		.section = act->section,
		.indicator = request->indicator,
		.reported = act->facts.figure,
		.department = act->caller.unit,
		.reviews = act->leads || act->office,
		.says = (enum figure_standing)request->standing,
		.accepted_on = request->accepted_on,
		.document = request->document,
		.today = instant_day(act->common.now, act->version->plan->utc_offset),
	};
	int r;

	if (act->facts.superseded)
		return refused(act, E_STATE, "number", "该报表已被更正，请看最新一份。");
	if (!act->facts.has_figure)
		return refused(act, E_SYNTAX, "indicator", "该报表没有填报这个指标。");
	if (request->accepted != NULL &&
	    wire_quantity_read(request->accepted, &question.accepted) < 0)
		return refused(act, E_SYNTAX, "accepted", "数量或者单位不能识别。");
	r = check_judge(act->arena, &question, &act->check.as_checker, &act->refusal);
	if (r < 0)
		return r;
	r = put_words(act, &question, request->remark);
	if (r < 0)
		return r;
	act->check.act = act->common;
	act->check.indicator = request->indicator;
	act->check.standing = question.says;
	act->check.accepted = question.accepted;
	act->check.accepted_on = question.accepted_on;
	act->check.document = question.document;
	act->check.arena = act->arena;
	act->check.done = on_checked;
	return store_check(act->srv->store, &act->check);
}

/* Who reported what is not true is told so. */
static int put_words(struct act *act, const struct check_question *question,
                     const char *remark)
{
	const struct settings *settings = act->srv->settings;
	const struct plan *plan = act->version->plan;
	struct notice_withdrawn about = {
		.unit = plan_find_unit(plan, act->facts.unit),
		.section = act->section,
		.by = plan_find_department(plan, act->caller.unit),
		.number = act->common.number,
		.indicator = question->indicator,
		.value = question->reported,
		.remark = remark,
	};
	struct notice notice = {.title = NULL};
	int r = 0;

	if (question->says == FIGURE_WITHDRAWN && about.unit != NULL &&
	    period_parse(act->facts.period, &about.period) == 0)
		r = notice_withdrawn_write(act->arena, plan, &about, &notice);
	act->check.plan_version = act->version->version;
	act->check.title = notice.title;
	act->check.text = notice.text;
	act->check.sample = notice.sample;
	act->check.contacts = settings->contacts;
	act->check.contact_count = settings->contact_count;
	return r;
}

static void on_checked(struct store_check *check, int status)
{
	struct act *act = container_of(check, struct act, check);
	Duban__V1__CheckFigureResponse answer = DUBAN__V1__CHECK_FIGURE_RESPONSE__INIT;

	CHECK_MAGIC(act, ACT_MAGIC);
	if (status < 0) {
		end(act, status);
		return;
	}
	plan_version_unref(act->version);
	judge_wake(act->srv->judge);
	watch_wake(act->srv->watch);
	deliver_wake(act->srv->deliver);
	answer.checked_at = check->act.now;
	service_reply(act->call, &answer.base);
}
