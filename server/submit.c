/*
 * SubmitReport, from wire bytes to a durable row:
 *
 *	decode -> authorize
 *	   |
 *	CHECKING    worker: verify the seal, read the report
 *	   |----------------------------------------.
 *	REFRESHING  only when the report names a    |
 *	   |        plan or version not known here  | refused for good
 *	RECALLING   earlier figures                 |
 *	   |--- judge by the plan ------------------|
 *	STORING                                  FINDING  was it acknowledged before?
 *	   |                                        |
 *	   '-------------> answer <-----------------'
 *
 * A report that was acknowledged once is answered with its first receipt, whatever the
 * time and the plan are now: the store knows a duplicate when it meets one, and FINDING
 * asks it before anything is refused. So the good path waits for the database twice only.
 *
 * What can go wrong, and who has to act:
 *
 *  - Undecodable, badly signed or against its plan: refused for good, with findings. The
 *    agent takes the report out of its queue and shows them to the district.
 *  - Another unit's report or key, a revoked certificate: refused, and the agent holds
 *    the report until its operator has acted.
 *  - Too many under way, store full, database down: refused for now. The agent keeps it.
 *  - Caller hangs up: before STORING nothing is kept; after, the row stays, the receipt
 *    is dropped, and the agent's retry finds it.
 */
#include "server/submit.h"

#include <stdlib.h>

#include "duban/v1/reports.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/submit_check.h"

#define SUBMIT_MEMORY_MAX (16u * 1024 * 1024) /* for one, beyond its request */

enum state { CHECKING, REFRESHING, RECALLING, STORING, FINDING, STATES };

/* From each state, the set of states that may follow. */
static const unsigned moves[STATES] = {
	[CHECKING] = 1 << REFRESHING | 1 << RECALLING | 1 << FINDING,
	[REFRESHING] = 1 << RECALLING | 1 << FINDING,
	[RECALLING] = 1 << STORING | 1 << FINDING,
	[STORING] = 0,
	[FINDING] = 0,
};

/* One SubmitReport in flight. Not in the call's arena, because a worker uses its own. */
struct submit {
	unsigned magic;
#define SUBMIT_MAGIC 0x5ab317edU
	enum state state;
	struct server *srv;
	struct rpc_call *call; /* ours until answer() */
	size_t size;           /* of the request, counted in under_way */
	struct arena arena;
	struct identity caller;
	struct envelope envelope; /* what is in the arena */
	struct bytes wire;        /* the same, serialized, for the store */
	const char *malformed;    /* NULL, or why the request could not be read */
	struct findings findings;
	struct trust *trust; /* a reference: a reload does not disturb us */
	struct work_job job;
	struct submit_check check;
	const struct plan_version *version; /* a reference */
	struct plans_wait wait;
	struct store_history history;
	struct verdict verdict;
	struct store_put put;
	struct store_find find;
	int refused; /* what the answer will be unless FINDING finds */
};

/* Of this process, on the loop's thread. */
static struct {
	size_t count, bytes;
} under_way;

static int start(struct submit *submit, struct bytes body);
static int decode(struct submit *submit, struct bytes body);
static int check(struct submit *submit);
static void run_check(struct work_job *job);
static void on_checked(struct work_job *job);
static bool find_plan(struct submit *submit);
static int refresh(struct submit *submit);
static void on_refreshed(struct plans_wait *wait, int status);
static int miss_plan(struct submit *submit);
static int recall(struct submit *submit);
static void on_recalled(struct store_history *history, int status);
static int judge(struct submit *submit);
static int store(struct submit *submit);
static void on_stored(struct store_put *put, int status);
static void refuse_for_good(struct submit *submit, int err);
static void on_found(struct store_find *find, int status);
static void move(struct submit *submit, enum state state);
static void answer(struct submit *submit, int status, struct bytes receipt);

static const struct bytes no_receipt;

void submit_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct submit *submit;
	int r;

	if (under_way.count >= SUBMIT_UNDER_WAY_MAX ||
	    under_way.bytes + body.len > SUBMIT_BYTES_MAX) {
		refuse(call, E_BUSY, NULL);
		return;
	}
	submit = calloc(1, sizeof(*submit));
	if (submit == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	submit->magic = SUBMIT_MAGIC;
	submit->srv = srv;
	submit->call = call;
	submit->size = body.len;
	under_way.count++;
	under_way.bytes += body.len;
	arena_init(&submit->arena, SUBMIT_MEMORY_MAX);
	findings_init(&submit->findings, &submit->arena);

	r = start(submit, body);
	if (r < 0)
		answer(submit, r, no_receipt);
}

static int start(struct submit *submit, struct bytes body)
{
	int r = service_caller(submit->srv, submit->call, &submit->caller);

	if (r == 0)
		r = decode(submit, body);
	if (r == 0)
		r = submit_check_size(&submit->envelope, &submit->findings);
	if (r == 0)
		r = check(submit);
	return r;
}

/* Unknown fields around the signed bytes are dropped here: what is packed again for the
 * store is what was understood, payload and signature untouched. */
static int decode(struct submit *submit, struct bytes body)
{
	const Duban__V1__SubmitReportRequest *request;
	Duban__V1__Envelope *envelope;
	ProtobufCMessage *message;
	int r;

	r = wire_unpack(&submit->arena, &duban__v1__submit_report_request__descriptor,
	                body, WIRE_LENIENT, &message, &submit->malformed);
	if (r < 0)
		return r;
	request = (const Duban__V1__SubmitReportRequest *)message;
	if (request->report == NULL) {
		submit->malformed = "report: missing";
		return E_SYNTAX;
	}
	r = wire_envelope_read(request->report, &submit->envelope);
	if (r < 0)
		submit_found_envelope(&submit->findings);
	if (r == 0)
		r = wire_envelope_write(&submit->arena, &submit->envelope, &envelope);
	if (r == 0)
		r = wire_pack(&submit->arena, &envelope->base, &submit->wire);
	return r;
}

static int check(struct submit *submit)
{
	submit->trust = trust_ref(submit->srv->trust);
	submit->check = (struct submit_check){
		.arena = &submit->arena,
		.envelope = &submit->envelope,
		.trust = submit->trust,
		.wall_at = wall_now() / 1000,
		.findings = &submit->findings,
	};
	submit->job = (struct work_job){.run = run_check, .done = on_checked};
	return work_submit(submit->srv->work, &submit->job);
}

/* On a worker thread: nobody else touches @submit meanwhile. */
static void run_check(struct work_job *job)
{
	submit_check_run(&container_of(job, struct submit, job)->check);
}

static void on_checked(struct work_job *job)
{
	struct submit *submit = container_of(job, struct submit, job);
	int r = submit->check.status;

	CHECK_MAGIC(submit, SUBMIT_MAGIC);
	if (r == 0)
		r = submit_check_unit(&submit->check, &submit->caller);
	if (r == 0)
		r = find_plan(submit) ? recall(submit) : refresh(submit);
	if (r < 0)
		refuse_for_good(submit, r);
}

/* The report's plan, in the version that it was made by or a later one. */
static bool find_plan(struct submit *submit)
{
	const struct report *report = submit->check.report;
	const struct plan_version *version =
		report->plan[0] != '\0' ? plans_get(submit->srv->plans, report->plan)
					: NULL;

	if (version == NULL)
		return false;
	plan_version_unref(submit->version);
	submit->version = plan_version_ref(version);
	return report->plan_version >= 1 && report->plan_version <= version->version;
}

/* Another server may have applied it a moment ago. */
static int refresh(struct submit *submit)
{
	move(submit, REFRESHING);
	submit->wait.done = on_refreshed;
	return plans_refresh(submit->srv->plans, &submit->wait);
}

static void on_refreshed(struct plans_wait *wait, int status)
{
	struct submit *submit = container_of(wait, struct submit, wait);
	int r = status;

	CHECK_MAGIC(submit, SUBMIT_MAGIC);
	if (r == 0)
		r = find_plan(submit) ? recall(submit) : miss_plan(submit);
	if (r < 0)
		refuse_for_good(submit, r);
}

/* Nobody has applied it. */
static int miss_plan(struct submit *submit)
{
	const struct report *report = submit->check.report;

	if (submit->version == NULL) {
		submit_found_no_plan(&submit->findings, report->plan);
		return E_NOT_FOUND;
	}
	submit_found_version(&submit->findings, report->plan_version,
	                     submit->version->version);
	return E_REFUSED;
}

static int recall(struct submit *submit)
{
	const struct report *report = submit->check.report;

	if (rpc_call_is_cancelled(submit->call))
		return E_CANCELLED;
	move(submit, RECALLING);
	submit->history.plan = report->plan;
	submit->history.unit = report->unit;
	submit->history.section = report->section;
	submit->history.before_period = report->period;
	submit->history.projects = report->project_figure_count > 0;
	submit->history.arena = &submit->arena;
	submit->history.done = on_recalled;
	return store_history(submit->srv->store, &submit->history);
}

static void on_recalled(struct store_history *history, int status)
{
	struct submit *submit = container_of(history, struct submit, history);
	int r = status;

	CHECK_MAGIC(submit, SUBMIT_MAGIC);
	if (r == 0)
		r = judge(submit);
	if (r == 0)
		r = store(submit);
	if (r < 0)
		refuse_for_good(submit, r);
}

/* The time of judging is the time of receipt: both are taken here, once. */
static int judge(struct submit *submit)
{
	submit->put.received_at = clock_now(submit->srv->clock);
	submit->put.wall_received_at = wall_now();
	return validate_report(submit->version->plan, submit->check.report,
	                       submit->history.history, submit->put.received_at,
	                       &submit->findings, &submit->verdict);
}

static int store(struct submit *submit)
{
	const struct plan *plan = submit->version->plan;
	struct store_put *put = &submit->put;

	if (rpc_call_is_cancelled(submit->call))
		return E_CANCELLED;
	move(submit, STORING);
	put->report = submit->check.report;
	put->verdict = &submit->verdict;
	put->findings = &submit->findings;
	put->envelope = submit->wire;
	put->payload_hash = bytes_of(submit->check.hash, HASH_SIZE);
	put->plan = plan->id;
	put->calendar = plan->calendar.version;
	put->plan_version = submit->version->version;
	put->review_at = workdays_instant(plan, put->received_at, plan->review.content);
	put->signer = submit->check.signer.uri;
	put->crl_number = trust_crl_number(submit->trust);
	put->arena = &submit->arena;
	put->done = on_stored;
	return store_put(submit->srv->store, put);
}

static void on_stored(struct store_put *put, int status)
{
	struct submit *submit = container_of(put, struct submit, put);

	CHECK_MAGIC(submit, SUBMIT_MAGIC);
	if (status == E_EXISTS)
		submit_found_earlier(&submit->findings, put->earlier);
	answer(submit, status, put->receipt);
}

/* Before the agent is told to give a report up: was it acknowledged already? */
static void refuse_for_good(struct submit *submit, int err)
{
	const struct report *report = submit->check.report;
	int r;

	if (report == NULL || err_policy(err) == ERR_KEEP || submit->state == STORING) {
		answer(submit, err, no_receipt);
		return;
	}
	move(submit, FINDING);
	submit->refused = err;
	submit->find.unit = submit->caller.unit;
	submit->find.report_id = report->id;
	submit->find.arena = &submit->arena;
	submit->find.done = on_found;
	r = store_find(submit->srv->store, &submit->find);
	if (r < 0)
		answer(submit, r, no_receipt);
}

static void on_found(struct store_find *find, int status)
{
	struct submit *submit = container_of(find, struct submit, find);
	struct bytes hash = bytes_of(submit->check.hash, HASH_SIZE);

	CHECK_MAGIC(submit, SUBMIT_MAGIC);
	if (status == 0 && find->found && bytes_equal(find->content_hash, hash))
		answer(submit, 0, find->receipt);
	else
		answer(submit, status < 0 ? status : submit->refused, no_receipt);
}

static void move(struct submit *submit, enum state state)
{
	CHECK((moves[submit->state] & 1u << state) != 0);
	submit->state = state;
}

/* The only way out. Ends the call, and @submit itself. */
static void answer(struct submit *submit, int status, struct bytes receipt)
{
	struct bytes reply = bytes_of(NULL, 0);

	if (status == 0) {
		reply = message_of_parts(rpc_call_arena(submit->call), &receipt, 1);
		status = reply.data != NULL ? 0
		                            : E_NOMEM; /* stored: a retry is answered */
	}
	if (status == 0)
		service_reply_bytes(submit->call, reply);
	else
		refuse_call(submit->call, &(struct refusal){.err = status,
		                                            .findings = &submit->findings,
		                                            .field = "request",
		                                            .why = submit->malformed});
	under_way.count--;
	under_way.bytes -= submit->size;
	trust_unref(submit->trust);
	plan_version_unref(submit->version);
	arena_finish(&submit->arena);
	submit->magic = 0;
	free(submit);
}
