/*
 * Ask, from wire bytes to a durable row:
 *
 *	decode -> (worker) verify the seal, read the request -> one unit?
 *	  -> plan -> facts ~ ~> stored before? -> judge -> words -> store ~ ~> answer
 *	              ^                                              |
 *	              '-------- somebody else was quicker -----------'
 *
 * What was stored once is answered with its first number, whatever the time is now: the
 * facts say so before anything is judged.
 *
 * What can go wrong, and who has to act:
 *
 *  - Undecodable, badly signed, against a rule: refused for good, with findings. The unit
 *    reads them and asks anew, or not at all.
 *  - The plan is newer at another server: read again once, then refused.
 *  - Too many at once, the database away: refused with "try again", nothing is stored.
 */
#include "server/requests.h"

#include <stdlib.h>
#include <string.h>

#include "duban/v1/requests.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/deliver.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/requests_words.h"
#include "server/server.h"
#include "server/service.h"
#include "server/settings.h"
#include "server/submit_check.h"
#include "server/watch.h"

#define ASK_MEMORY_MAX (1024u * 1024) /* for one, beyond its request */
#define TRIES_MAX      5              /* while others are quicker */

/* One Ask in flight. Not in the call's arena, because a worker uses its own. */
struct ask {
	unsigned magic;
#define ASK_MAGIC 0x4e91c7a2U
	struct server *srv;
	struct rpc_call *call; /* ours until answer() */
	struct arena arena;
	struct identity caller, signer;
	struct envelope envelope;
	struct bytes wire; /* the same, serialized, for the store */
	const char *malformed;
	struct findings findings;
	struct trust *trust; /* a reference */
	struct work_job job;
	int checked; /* the worker's result */
	int64_t wall_at;
	const struct request *request;
	uint8_t hash[HASH_SIZE];
	const struct plan_version *version; /* a reference */
	struct plans_wait wait;
	struct request_verdict verdict;
	struct store_request_facts facts;
	struct store_request_put put;
	unsigned tries;
};

static size_t under_way; /* of this process, on the loop's thread */

static int start(struct ask *ask, struct bytes body);
static int decode(struct ask *ask, struct bytes body);
static void run_check(struct work_job *job);
static void found_seal(struct ask *ask, int err);
static void on_checked(struct work_job *job);
static int check_unit(struct ask *ask);
static int find_plan(struct ask *ask);
static void on_refreshed(struct plans_wait *wait, int status);
static int recall(struct ask *ask);
static void on_facts(struct store_request_facts *facts, int status);
static int judge(struct ask *ask);
static int store(struct ask *ask);
static void on_stored(struct store_request_put *put, int status);
static void found(struct ask *ask, const char *rule, const char *field, const char *found,
                  const char *text);
static void answer(struct ask *ask, int status);

void requests_ask_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct ask *ask;
	int r;

	if (under_way >= REQUESTS_UNDER_WAY_MAX) {
		refuse(call, E_BUSY, NULL);
		return;
	}
	ask = calloc(1, sizeof(*ask));
	if (ask == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	under_way++;
	ask->magic = ASK_MAGIC;
	ask->srv = srv;
	ask->call = call;
	arena_init(&ask->arena, ASK_MEMORY_MAX);
	findings_init(&ask->findings, &ask->arena);
	r = start(ask, body);
	if (r < 0)
		answer(ask, r);
}

static int start(struct ask *ask, struct bytes body)
{
	int r = service_caller(ask->srv, ask->call, &ask->caller);

	if (r == 0)
		r = decode(ask, body);
	if (r < 0)
		return r;
	ask->trust = trust_ref(ask->srv->trust);
	ask->wall_at = wall_now() / 1000;
	ask->job = (struct work_job){.run = run_check, .done = on_checked};
	return work_submit(ask->srv->work, &ask->job);
}

/* What is packed again for the store is what was understood, payload and signature
 * untouched. */
static int decode(struct ask *ask, struct bytes body)
{
	const Duban__V1__AskRequest *request;
	Duban__V1__Envelope *envelope;
	ProtobufCMessage *message;
	int r = wire_unpack(&ask->arena, &duban__v1__ask_request__descriptor, body,
	                    WIRE_LENIENT, &message, &ask->malformed);

	if (r < 0)
		return r;
	request = (const Duban__V1__AskRequest *)message;
	if (request->request == NULL) {
		ask->malformed = "request: missing";
		return E_SYNTAX;
	}
	r = wire_envelope_read(request->request, &ask->envelope);
	if (r < 0) {
		found_seal(ask, E_SYNTAX);
		return r;
	}
	if (ask->envelope.payload.len > REQUEST_BYTES_MAX ||
	    ask->envelope.key_hint.len > SUBMIT_HINT_MAX ||
	    ask->envelope.signature.len > SEAL_SIGNATURE_MAX) {
		found(ask, "S-07", "request", "", "申请内容超过允许的大小，未受理。");
		return E_LIMIT;
	}
	r = wire_envelope_write(&ask->arena, &ask->envelope, &envelope);
	return r < 0 ? r : wire_pack(&ask->arena, &envelope->base, &ask->wire);
}

/* On a worker thread: who signed comes before what it says. */
static void run_check(struct work_job *job)
{
	struct ask *ask = container_of(job, struct ask, job);

	sha256(ask->envelope.payload, ask->hash);
	ask->checked = seal_verify(ask->trust, &ask->envelope, REQUEST_PAYLOAD_TYPE,
	                           ask->wall_at, &ask->signer);
	if (ask->checked < 0)
		found_seal(ask, ask->checked);
	else
		ask->checked = request_decode(&ask->arena, ask->envelope.payload,
		                              &ask->findings, &ask->request);
}

static void found_seal(struct ask *ask, int err)
{
	if (err == E_CERTIFICATE)
		found(ask, "S-08", "request.certificates", "",
		      "签名证书不可接受：不是本系统签发的签名证书，或不在有效期内。未受理"
		      "。"
		      "请联系局办公室更换签名证书。");
	else if (err == E_REVOKED)
		found(ask, "S-08", "request.certificates", "",
		      "签名证书已被吊销，未受理。请联系局办公室换发签名证书。");
	else if (err == E_SIGNATURE)
		found(ask, "S-08", "request.signature", "",
		      "签名未通过验证：申请内容与签名不符，或签名不是由所附证书作出。未受"
		      "理。");
	else if (err == E_SYNTAX)
		found(ask, "S-07", "request", "",
		      "申请件的格式不符：内容类型、签名算法或所附证书不能识别。未受理。"
		      "请检查报送程序的版本。");
}

static void on_checked(struct work_job *job)
{
	struct ask *ask = container_of(job, struct ask, job);
	int r;

	CHECK_MAGIC(ask, ASK_MAGIC);
	r = ask->checked;
	if (r == 0)
		r = check_unit(ask);
	if (r == 0 && find_plan(ask) < 0) {
		/* Another server may have applied it a moment ago. */
		ask->wait.done = on_refreshed;
		r = plans_refresh(ask->srv->plans, &ask->wait);
	} else if (r == 0) {
		r = recall(ask);
	}
	if (r < 0)
		answer(ask, r);
}

/* Caller, signer and request are of one unit. */
static int check_unit(struct ask *ask)
{
	const struct identity *signer = &ask->signer;

	if (strcmp(ask->request->unit, ask->caller.unit) != 0) {
		found(ask, "S-09", "unit", ask->request->unit,
		      "连接证书与申请单位不一致，不能代其他单位申请。未受理。");
		return E_DENIED;
	}
	if (signer->kind == IDENTITY_DISTRICT &&
	    strcmp(signer->unit, ask->request->unit) == 0 &&
	    strcmp(signer->domain, ask->caller.domain) == 0)
		return 0;
	found(ask, "S-09", "request.certificates", signer->path,
	      "签名证书不属于申请单位，未受理。请用本单位的签名证书签名。");
	return E_DENIED;
}

static int find_plan(struct ask *ask)
{
	const struct plan_version *version =
		plans_get(ask->srv->plans, ask->request->plan);

	if (version == NULL)
		return E_NOT_FOUND;
	ask->version = plan_version_ref(version);
	return 0;
}

static void on_refreshed(struct plans_wait *wait, int status)
{
	struct ask *ask = container_of(wait, struct ask, wait);

	CHECK_MAGIC(ask, ASK_MAGIC);
	if (status == 0 && find_plan(ask) < 0) {
		found(ask, "S-10", "plan", ask->request->plan, "没有这个方案，未受理。");
		status = E_NOT_FOUND;
	}
	if (status == 0)
		status = recall(ask);
	if (status < 0)
		answer(ask, status);
}

static int recall(struct ask *ask)
{
	ask->facts.request = ask->request;
	ask->facts.arena = &ask->arena;
	ask->facts.done = on_facts;
	return store_request_facts(ask->srv->store, &ask->facts);
}

static void on_facts(struct store_request_facts *facts, int status)
{
	struct ask *ask = container_of(facts, struct ask, facts);

	CHECK_MAGIC(ask, ASK_MAGIC);
	if (status == 0 && facts->earlier[0] != '\0') {
		bool same =
			bytes_equal(facts->earlier_hash, bytes_of(ask->hash, HASH_SIZE));

		if (!same)
			found(ask, "S-52", "request_id", facts->earlier,
			      "同一申请标识已用于其他内容，未受理。");
		answer(ask, same ? 0 : E_EXISTS);
		return;
	}
	if (status == 0)
		status = judge(ask);
	if (status == 0)
		status = store(ask);
	if (status < 0)
		answer(ask, status);
}

/* The time of judging is the time of receipt: both are taken here. */
static int judge(struct ask *ask)
{
	ask->put.now = clock_now(ask->srv->clock);
	ask->put.wall_now = wall_now();
	return request_judge(ask->version->plan, ask->request, &ask->facts.facts,
	                     ask->put.now, &ask->findings, &ask->verdict);
}

static int store(struct ask *ask)
{
	const struct settings *settings = ask->srv->settings;
	const struct request *request = ask->request;
	struct store_request_put *put = &ask->put;
	struct request_words words = {
		.plan = ask->version->plan,
		.unit = request->unit,
		.section = request->section,
		.period = request->period,
		.now = put->now,
		.answer_due = ask->verdict.answer_due,
	};
	int r;

	put->number =
		arena_printf(&ask->arena, "SQ-%s-%04u", request->unit, ask->facts.serial);
	if (put->number == NULL)
		return E_NOMEM;
	words.request = (struct notice_request){
		.kind = request->kind,
		.number = put->number,
		.subject = request->subject,
		.received_at = put->now,
		.until = ask->verdict.until,
		.reason = request->reason,
		.approved_by = request->approved_by.name,
	};
	r = request_words_received(&ask->arena, &words);
	if (r < 0)
		return r;
	put->request = request;
	put->verdict = &ask->verdict;
	put->envelope = ask->wire;
	put->payload_hash = bytes_of(ask->hash, HASH_SIZE);
	put->plan_version = ask->version->version;
	put->signer = ask->signer.uri;
	put->crl_number = trust_crl_number(ask->trust);
	put->told = words.told;
	put->told_count = 1;
	put->sample = words.sample;
	put->contacts = settings->contacts;
	put->contact_count = settings->contact_count;
	put->arena = &ask->arena;
	put->done = on_stored;
	return store_request_put(ask->srv->store, put);
}

static void on_stored(struct store_request_put *put, int status)
{
	struct ask *ask = container_of(put, struct ask, put);

	CHECK_MAGIC(ask, ASK_MAGIC);
	if (status == E_STATE && ++ask->tries < TRIES_MAX) {
		status = recall(ask);
		if (status == 0)
			return;
	}
	if (status == 0) {
		watch_wake(ask->srv->watch);
		deliver_wake(ask->srv->deliver);
	}
	answer(ask, status == E_STATE ? E_BUSY : status);
}

static void found(struct ask *ask, const char *rule, const char *field, const char *value,
                  const char *text)
{
	findings_add(&ask->findings, &(struct finding){.rule = rule,
	                                               .severity = SEVERITY_REFUSAL,
	                                               .field = field,
	                                               .found = value,
	                                               .allowed = "",
	                                               .text = text});
}

/* The only way out. Ends the call, and @ask itself. */
static void answer(struct ask *ask, int status)
{
	Duban__V1__AskResponse response = DUBAN__V1__ASK_RESPONSE__INIT;
	bool earlier = ask->facts.earlier != NULL && ask->facts.earlier[0] != '\0';

	if (status < 0) {
		refuse_call(ask->call, &(struct refusal){.err = status,
		                                         .findings = &ask->findings,
		                                         .field = "request",
		                                         .why = ask->malformed});
	} else {
		response.number =
			message_text(earlier ? ask->facts.earlier : ask->put.number);
		response.received_at = earlier ? ask->facts.received_at : ask->put.now;
		response.wall_received_at =
			earlier ? ask->facts.wall_received_at : ask->put.wall_now;
		response.answer_due_at =
			earlier ? ask->facts.answer_due : ask->verdict.answer_due;
		service_reply(ask->call, &response.base);
	}
	under_way--;
	trust_unref(ask->trust);
	plan_version_unref(ask->version);
	arena_finish(&ask->arena);
	ask->magic = 0;
	free(ask);
}
