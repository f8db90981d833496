/*
 * Answer and Withdraw:
 *
 *	Answer    read -> store: the request ~ ~> whose? -> until? -> words -> store ~ ~>
 *	Withdraw  read -> store ~ ~>
 *
 * What an answer changes, its own statement looks at once more: of two people who answer
 * at once, one is told that it is answered.
 *
 * What can go wrong: it is not the caller's to answer, it was answered or withdrawn, the
 * day cannot be. The person is told which, and acts anew.
 */
#include "server/requests.h"

#include <string.h>

#include "duban/v1/requests.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/deliver.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/requests_words.h"
#include "server/server.h"
#include "server/service.h"
#include "server/settings.h"
#include "server/watch.h"

/* One Answer in flight. Lives in the call's arena, as the next. */
struct answering {
	unsigned magic;
#define ANSWERING_MAGIC 0x2c7f10e5U
	struct server *srv;
	struct rpc_call *call;
	struct arena *arena;
	struct identity caller;
	struct refusal refusal;
	struct findings findings;
	const Duban__V1__AnswerRequest *request;
	const struct plan_version *version; /* a reference */
	struct store_request_get get;
	struct store_request_answer answer;
};

struct withdrawing {
	unsigned magic;
#define WITHDRAWING_MAGIC 0x8a3d64f1U
	struct rpc_call *call;
	struct identity caller;
	struct store_request_withdraw withdraw;
};

static int start(struct answering *answering, struct bytes body);
static int check_texts(struct answering *answering);
static void on_request(struct store_request_get *get, int status);
static int check_state(struct answering *answering);
static int check_caller(struct answering *answering);
static int find_until(struct answering *answering);
static int put_moved(struct answering *answering);
static int put_words(struct answering *answering);
static int store(struct answering *answering);
static void on_answered(struct store_request_answer *answer, int status);
static int refused(struct answering *answering, int err, const char *field,
                   const char *why);
static void end(struct answering *answering, int status);
static void on_withdrawn(struct store_request_withdraw *withdraw, int status);

void requests_answer_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct answering *answering = arena_new(rpc_call_arena(call), struct answering);
	int r;

	if (answering == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	answering->magic = ANSWERING_MAGIC;
	answering->srv = srv;
	answering->call = call;
	answering->arena = rpc_call_arena(call);
	answering->refusal.field = "request";
	findings_init(&answering->findings, answering->arena);
	r = start(answering, body);
	if (r < 0)
		end(answering, r);
}

static int start(struct answering *answering, struct bytes body)
{
	ProtobufCMessage *request;
	int r = service_read(answering->call, &duban__v1__answer_request__descriptor,
	                     body, &request, &answering->refusal.why);

	if (r == 0)
		r = service_caller(answering->srv, answering->call, &answering->caller);
	if (r < 0)
		return r;
	answering->request = (const Duban__V1__AnswerRequest *)request;
	r = check_texts(answering);
	if (r < 0)
		return r;
	answering->get.number = answering->request->number;
	answering->get.arena = answering->arena;
	answering->get.done = on_request;
	return store_request_get(answering->srv->store, &answering->get);
}

static int check_texts(struct answering *answering)
{
	const Duban__V1__AnswerRequest *request = answering->request;

	if (request->number[0] == '\0')
		return refused(answering, E_SYNTAX, "number", "请给出申请编号。");
	if (!request->granted && request->text[0] == '\0')
		return refused(answering, E_SYNTAX, "text", "不同意的，请写明理由。");
	if (utf8_length(bytes_of_str(request->text)) > REQUEST_REASON_MAX)
		return refused(answering, E_RANGE, "text", "最多1000字。");
	if (!request->granted && request->until[0] != '\0')
		return refused(answering, E_SYNTAX, "until", "不同意的，不填期限。");
	return 0;
}

static void on_request(struct store_request_get *get, int status)
{
	struct answering *answering = container_of(get, struct answering, get);

	CHECK_MAGIC(answering, ANSWERING_MAGIC);
	if (status == 0 && !get->found)
		status = refused(answering, E_NOT_FOUND, "number", "没有这份申请。");
	if (status == 0)
		status = check_state(answering);
	if (status == 0)
		status = check_caller(answering);
	answering->answer.now = clock_now(answering->srv->clock);
	answering->answer.wall_now = wall_now();
	if (status == 0 && answering->request->granted)
		status = find_until(answering);
	if (status == 0)
		status = put_words(answering);
	if (status == 0)
		status = store(answering);
	if (status < 0)
		end(answering, status);
}

static int check_state(struct answering *answering)
{
	const struct plan_version *version =
		plans_get(answering->srv->plans, answering->get.plan);

	if (!answering->get.open)
		return refused(answering, E_STATE, "number", "该申请已批复或已撤回。");
	if (version == NULL)
		return refused(answering, E_STATE, "number", "方案已不在执行。");
	answering->version = plan_version_ref(version);
	return 0;
}

/* The office answers; a contested return also the lead department. Nobody judges in his
 * own cause: not who returned it or published the score, nor that person's department,
 * unless it is the office, beyond which there is nobody. */
static int check_caller(struct answering *answering)
{
	const struct store_request_get *get = &answering->get;
	const struct identity *caller = &answering->caller;
	const struct plan_section *section =
		plan_find_section(answering->version->plan, get->section);
	bool office = service_is_office(answering->srv, caller);
	bool leads = section != NULL && section->lead != NULL &&
	             strcmp(section->lead->id, caller->unit) == 0;
	struct identity set_by;

	if (!office && !(leads && get->set_by[0] != '\0'))
		return refused(answering, E_DENIED, "number",
		               "该申请由局办公室批复，本处室不能批复。");
	if (get->set_by[0] == '\0' || identity_parse(get->set_by, &set_by) < 0)
		return 0;
	if (strcmp(get->set_by, caller->uri) == 0)
		return refused(answering, E_DENIED, "number",
		               "本人作出的决定，须由其他人批复申辩。");
	if (!office && strcmp(set_by.unit, caller->unit) == 0)
		return refused(answering, E_DENIED, "number",
		               "本处室作出的退回，由局办公室批复申辩。");
	return 0;
}

static int find_until(struct answering *answering)
{
	const struct plan *plan = answering->version->plan;
	const struct store_request_get *get = &answering->get;
	struct store_request_answer *answer = &answering->answer;
	const char *until = answering->request->until;
	char asked[DAY_TEXT_MAX];
	struct request_term term;
	int r;

	if (get->kind == REQUEST_CONTEST)
		return until[0] == '\0'
		               ? 0
		               : refused(answering, E_SYNTAX, "until", "申辩不填期限。");
	if (until[0] == '\0' && get->asked_until == 0)
		return refused(answering, E_SYNTAX, "until",
		               "申请没有写明期限，请写明同意补报（更正）到哪一天。");
	if (until[0] == '\0') {
		day_print(instant_day(get->asked_until, plan->utc_offset), asked);
		until = asked;
	}
	term = (struct request_term){plan, get->kind, &get->facts, answer->now};
	r = request_until(&term, until, &answering->findings, &answer->until);
	return r < 0 || get->kind != REQUEST_EXTENSION ? r : put_moved(answering);
}

/* The lock follows; what is still to come of the timetable follows both. */
static int put_moved(struct answering *answering)
{
	const struct plan *plan = answering->version->plan;
	struct store_request_answer *answer = &answering->answer;
	struct request_moved *moved;
	struct period_times times;
	struct period period;
	int r;

	if (period_parse(answering->get.period, &period) < 0)
		return E_CORRUPT;
	request_extension_times(plan, &period, answer->until, answering->get.facts.lock,
	                        &times);
	answer->lock = times.lock;
	r = request_words_move(answering->arena, plan, &times, &moved,
	                       &answer->moved_count);
	if (r == 0)
		answer->moved = moved;
	return r;
}

static int put_words(struct answering *answering)
{
	const struct store_request_get *get = &answering->get;
	struct store_request_answer *answer = &answering->answer;
	struct request_words words = {
		.plan = answering->version->plan,
		.unit = get->unit,
		.section = get->section,
		.period = get->period,
		.now = answer->now,
		.by = answering->caller.unit,
	};
	int r;

	words.request = (struct notice_request){
		.kind = get->kind,
		.number = get->number,
		.subject = get->subject,
		.received_at = get->received_at,
		.until = answer->until,
		.granted = answering->request->granted,
		.answer = answering->request->text,
	};
	r = request_words_answered(answering->arena, &words);
	if (r == E_STATE)
		return refused(answering, r, "number", "方案中已没有这个单位或板块。");
	if (r < 0)
		return r;
	answer->told = words.told;
	answer->told_count = 1;
	answer->sample = words.sample;
	return 0;
}

static int store(struct answering *answering)
{
	const struct settings *settings = answering->srv->settings;
	const struct plan *plan = answering->version->plan;
	struct store_request_answer *answer = &answering->answer;

	answer->number = answering->get.number;
	answer->content_at = workdays_instant(plan, answer->now, plan->review.content);
	answer->totals_at = workdays_instant(plan, answer->now, plan->review.totals);
	answer->granted = answering->request->granted;
	answer->text = answering->request->text;
	answer->by = answering->caller.uri;
	answer->plan_version = answering->version->version;
	answer->contacts = settings->contacts;
	answer->contact_count = settings->contact_count;
	answer->arena = answering->arena;
	answer->done = on_answered;
	return store_request_answer(answering->srv->store, answer);
}

static void on_answered(struct store_request_answer *answer, int status)
{
	struct answering *answering = container_of(answer, struct answering, answer);
	Duban__V1__AnswerResponse response = DUBAN__V1__ANSWER_RESPONSE__INIT;

	CHECK_MAGIC(answering, ANSWERING_MAGIC);
	if (status == E_STATE)
		status = refused(answering, status, "number",
		                 "该申请刚刚已批复或已撤回，请刷新后再办。");
	if (status < 0) {
		end(answering, status);
		return;
	}
	plan_version_unref(answering->version);
	watch_wake(answering->srv->watch);
	deliver_wake(answering->srv->deliver);
	response.answered_at = answer->now;
	response.until_at = answer->until;
	service_reply(answering->call, &response.base);
}

static int refused(struct answering *answering, int err, const char *field,
                   const char *why)
{
	answering->refusal.field = field;
	answering->refusal.why = why;
	return err;
}

/* Every way out but a good answer. */
static void end(struct answering *answering, int status)
{
	plan_version_unref(answering->version);
	answering->version = NULL;
	answering->refusal.err = status;
	answering->refusal.findings = &answering->findings;
	refuse_call(answering->call, &answering->refusal);
}

void requests_withdraw_handle(struct server *srv, struct rpc_call *call,
                              struct bytes body)
{
	struct withdrawing *op = arena_new(rpc_call_arena(call), struct withdrawing);
	const char *why = NULL;
	ProtobufCMessage *request;
	int r = op != NULL ? 0 : E_NOMEM;

	if (r == 0)
		r = service_read(call, &duban__v1__withdraw_request__descriptor, body,
		                 &request, &why);
	if (r == 0)
		r = service_caller(srv, call, &op->caller);
	if (r == 0) {
		op->magic = WITHDRAWING_MAGIC;
		op->call = call;
		op->withdraw = (struct store_request_withdraw){
			.number = ((const Duban__V1__WithdrawRequest *)request)->number,
			.unit = op->caller.unit,
			.by = op->caller.uri,
			.now = clock_now(srv->clock),
			.wall_now = wall_now(),
			.arena = rpc_call_arena(call),
			.done = on_withdrawn,
		};
		r = store_request_withdraw(srv->store, &op->withdraw);
	}
	if (r < 0)
		refuse_because(call, r, why != NULL ? "request" : NULL, why);
}

static void on_withdrawn(struct store_request_withdraw *withdraw, int status)
{
	struct withdrawing *op = container_of(withdraw, struct withdrawing, withdraw);
	Duban__V1__WithdrawResponse response = DUBAN__V1__WITHDRAW_RESPONSE__INIT;

	CHECK_MAGIC(op, WITHDRAWING_MAGIC);
	if (status == E_NOT_FOUND) {
		refuse_because(op->call, status, "number", "本单位没有这份申请。");
	} else if (status == E_STATE) {
		refuse_because(op->call, status, "number",
		               "该申请已批复或已撤回，不能再撤回。");
	} else if (status < 0) {
		refuse(op->call, status, NULL);
	} else {
		response.withdrawn_at = withdraw->now;
		service_reply(op->call, &response.base);
	}
}
