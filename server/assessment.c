/*
 * GetScores, ExplainScore, PublishScores:
 *
 *	request -> plan, range, caller
 *	   |
 *	   |-- as published: its records ~ ~> ------------------------.
 *	   |                                                          |
 *	   '-- the version in force then (~ ~>) -> facts ~ ~>         v
 *	           (pool) judge every unit, rank ----------------> answer
 *	                        '-- publish: store ~ ~> -------------^
 *
 * Every unit is judged whoever is asked about, because a rank needs all. The judging
 * leaves the loop; it works on a version that is held for it, and on memory of its own.
 *
 * What can go wrong: the caller named something that is not there, or a range in which
 * the plan asks for nothing; the plan has no formula; or the database is away.
 */
#include "server/assessment.h"

#include <stdlib.h>
#include <string.h>

#include "duban/v1/assessment.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "rpc/call.h"
#include "server/assessment_call.h"
#include "server/clock.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"

#define ASSESSMENT_MEMORY_MAX (512u * 1024 * 1024)

/* What the three requests have in common. */
struct asked {
	const char *plan, *range, *unit;
	int64_t known_at;
	bool published;
	uint32_t ordinal;
};

static void start(struct server *srv, struct rpc_call *call, enum purpose purpose,
                  struct bytes body);
static int read_request(struct assessing *assessing, struct bytes body,
                        struct asked *ret_asked, struct refusal *refusal);
static int begin(struct assessing *assessing, const struct asked *asked,
                 struct refusal *refusal);
static int choose_range(struct assessing *assessing, const char *text,
                        struct refusal *refusal);
static int choose_unit(struct assessing *assessing, const char *name,
                       struct refusal *refusal);
static int find_published(struct assessing *assessing, uint32_t ordinal);
static int find_facts(struct assessing *assessing, struct refusal *refusal);
static int find_version(struct assessing *assessing, struct refusal *refusal);
static void on_past(struct plan_past *past, int status);
static void on_facts(struct store_score_facts *facts, int status);
static void on_published_found(struct store_score_published *published, int status);
static int to_pool(struct assessing *assessing, void (*run)(struct work_job *job));
static void on_judging(struct work_job *job);
static void on_reading(struct work_job *job);
static void on_ready(struct work_job *job);
static int publish(struct assessing *assessing);
static void on_publication(struct store_score_publish *publish, int status);
static void end(struct assessing *assessing, const struct refusal *refusal);
static int refused(struct refusal *refusal, int err, const char *field, const char *why);

void assessment_scores_handle(struct server *srv, struct rpc_call *call,
                              struct bytes body)
{
	start(srv, call, TO_LIST, body);
}

void assessment_explain_handle(struct server *srv, struct rpc_call *call,
                               struct bytes body)
{
	start(srv, call, TO_EXPLAIN, body);
}

void assessment_publish_handle(struct server *srv, struct rpc_call *call,
                               struct bytes body)
{
	start(srv, call, TO_PUBLISH, body);
}

static void start(struct server *srv, struct rpc_call *call, enum purpose purpose,
                  struct bytes body)
{
	struct assessing *assessing = calloc(1, sizeof(*assessing));
	struct refusal refusal = {.err = E_NOMEM};
	struct asked asked;

	if (assessing == NULL) {
		refuse_call(call, &refusal);
		return;
	}
	assessing->magic = ASSESSING_MAGIC;
	assessing->purpose = purpose;
	assessing->srv = srv;
	assessing->call = call;
	assessing->wanted = ASSESSING_NOBODY;
	arena_init(&assessing->arena, ASSESSMENT_MEMORY_MAX);
	refusal.err = service_caller(srv, call, &assessing->caller);
	if (refusal.err == 0)
		refusal.err = read_request(assessing, body, &asked, &refusal);
	if (refusal.err == 0)
		refusal.err = begin(assessing, &asked, &refusal);
	if (refusal.err < 0)
		end(assessing, &refusal);
}

static int read_request(struct assessing *assessing, struct bytes body,
                        struct asked *ret_asked, struct refusal *refusal)
{
	static const ProtobufCMessageDescriptor *const types[] = {
		[TO_LIST] = &duban__v1__get_scores_request__descriptor,
		[TO_EXPLAIN] = &duban__v1__explain_score_request__descriptor,
		[TO_PUBLISH] = &duban__v1__publish_scores_request__descriptor,
	};
	ProtobufCMessage *message;
	int r;

	refusal->field = "request";
	r = service_read(assessing->call, types[assessing->purpose], body, &message,
	                 &refusal->why);
	if (r < 0)
		return r;
	if (assessing->purpose == TO_LIST) {
		const Duban__V1__GetScoresRequest *request =
			(const Duban__V1__GetScoresRequest *)message;

		*ret_asked = (struct asked){
			request->plan,     request->range,     "",
			request->known_at, request->published, request->ordinal};
	} else if (assessing->purpose == TO_EXPLAIN) {
		const Duban__V1__ExplainScoreRequest *request =
			(const Duban__V1__ExplainScoreRequest *)message;

		*ret_asked = (struct asked){request->plan,      request->range,
		                            request->unit,      request->known_at,
		                            request->published, request->ordinal};
	} else {
		const Duban__V1__PublishScoresRequest *request =
			(const Duban__V1__PublishScoresRequest *)message;

		*ret_asked = (struct asked){.plan = request->plan,
		                            .range = request->range,
		                            .unit = "",
		                            .known_at = request->known_at};
	}
	return 0;
}

static int begin(struct assessing *assessing, const struct asked *asked,
                 struct refusal *refusal)
{
	struct server *srv = assessing->srv;
	const struct plan_version *version = plans_get(srv->plans, asked->plan);
	int64_t now = clock_now(srv->clock);
	int r;

	if (version == NULL)
		return refused(refusal, E_NOT_FOUND, "plan",
		               "没有这个方案；有多个方案时请写明。");
	assessing->version = plan_version_ref(version);
	assessing->known_at = asked->known_at != 0 ? asked->known_at : now;
	if (assessing->known_at > now)
		return refused(refusal, E_RANGE, "known_at", "这个时点还没有到。");
	r = choose_range(assessing, asked->range, refusal);
	if (r == 0)
		r = choose_unit(assessing, asked->unit, refusal);
	if (r < 0)
		return r;
	if (asked->published)
		return find_published(assessing, asked->ordinal);
	return assessing->known_at < version->applied_at
	               ? find_version(assessing, refusal)
	               : find_facts(assessing, refusal);
}

static int choose_range(struct assessing *assessing, const char *text,
                        struct refusal *refusal)
{
	day today =
		instant_day(assessing->known_at, assessing->version->plan->utc_offset);

	assessing->range.from = assessing->range.to = period_of(YEARLY, today);
	if (text[0] != '\0' && score_range_parse(text, &assessing->range) < 0)
		return refused(refusal, E_SYNTAX, "range",
		               "考核范围应当写成 2022、2022-Q4、2022-09 或者 "
		               "2022-07..2022-09，起在前、止在后。");
	score_range_print(&assessing->range, assessing->period);
	return 0;
}

/* A district is told about itself; who sees all must say about whom. */
static int choose_unit(struct assessing *assessing, const char *name,
                       struct refusal *refusal)
{
	const struct identity *caller = &assessing->caller;
	const struct plan_unit *unit;

	if (assessing->purpose != TO_EXPLAIN)
		return 0;
	if (name[0] == '\0' && !service_sees_all(caller))
		name = caller->unit;
	unit = plan_find_unit(assessing->version->plan, name);
	if (unit == NULL)
		return refused(refusal, E_NOT_FOUND, "unit", "方案中没有这个单位。");
	if (!service_sees_all(caller) && strcmp(unit->code, caller->unit) != 0)
		return refused(refusal, E_DENIED, "unit", "只能查看本单位的评分明细。");
	assessing->wanted = unit->index;
	return 0;
}

static int find_published(struct assessing *assessing, uint32_t ordinal)
{
	struct store_score_published *published = &assessing->published;

	published->plan = assessing->version->plan->id;
	published->period = assessing->period;
	published->ordinal = ordinal;
	published->arena = &assessing->arena;
	published->done = on_published_found;
	return store_score_published(assessing->srv->store, published);
}

/* The formula of a past day is that of the version that was in force. */
static int find_version(struct assessing *assessing, struct refusal *refusal)
{
	(void)refusal;
	assessing->past.srv = assessing->srv;
	assessing->past.plan = assessing->version->plan->id;
	assessing->past.at = assessing->known_at;
	assessing->past.done = on_past;
	return plan_past_find(&assessing->past);
}

static void on_past(struct plan_past *past, int status)
{
	struct assessing *assessing = container_of(past, struct assessing, past);
	struct refusal refusal = {.err = status};

	CHECK_MAGIC(assessing, ASSESSING_MAGIC);
	if (status == E_NOT_FOUND)
		refused(&refusal, status, "known_at", "当时方案还没有发布。");
	if (status == 0) {
		const struct plan_unit *unit = NULL;

		if (assessing->wanted != ASSESSING_NOBODY) {
			const struct plan *now = assessing->version->plan;

			unit = plan_find_unit(past->version->plan,
			                      now->units[assessing->wanted].code);
			assessing->wanted = unit != NULL ? unit->index : ASSESSING_NOBODY;
		}
		plan_version_unref(assessing->version);
		assessing->version = past->version;
		if (assessing->purpose == TO_EXPLAIN && unit == NULL)
			refusal.err = refused(&refusal, E_NOT_FOUND, "unit",
			                      "当时的方案中没有这个单位。");
	}
	if (refusal.err == 0)
		refusal.err = find_facts(assessing, &refusal);
	if (refusal.err < 0)
		end(assessing, &refusal);
}

static int find_facts(struct assessing *assessing, struct refusal *refusal)
{
	const struct plan *plan = assessing->version->plan;
	struct store_score_facts *facts = &assessing->facts;
	const struct plan_scoring *rules = &plan->scoring;
	int r;

	if (rules->scheme == SCORING_NONE)
		return refused(refusal, E_STATE, "plan",
		               "方案没有考核评分办法（scoring.yaml），不评分。");
	r = assessment_periods(&assessing->arena, plan, &assessing->range,
	                       &facts->periods, &facts->period_count);
	if (r == E_RANGE)
		return refused(refusal, r, "range", "这个范围里方案没有报告期。");
	if (r < 0)
		return r;
	facts->plan = plan->id;
	facts->known_at = assessing->known_at;
	facts->since =
		instant_of(score_range_first_day(&assessing->range), 0, plan->utc_offset);
	facts->explained = rules->explained_is_basic ||
	                   rules->grades[SCORE_EXPLAINED] != rules->grades[SCORE_CLEAN];
	facts->arena = &assessing->arena;
	facts->done = on_facts;
	return store_score_facts(assessing->srv->store, facts);
}

static void on_facts(struct store_score_facts *facts, int status)
{
	struct assessing *assessing = container_of(facts, struct assessing, facts);
	struct refusal refusal = {.err = status};

	CHECK_MAGIC(assessing, ASSESSING_MAGIC);
	if (status == E_LIMIT)
		refused(&refusal, E_RANGE, "range", "范围太大，请缩短。");
	if (status == 0)
		refusal.err = to_pool(assessing, on_judging);
	if (refusal.err < 0)
		end(assessing, &refusal);
}

static void on_published_found(struct store_score_published *published, int status)
{
	struct assessing *assessing =
		container_of(published, struct assessing, published);
	struct refusal refusal = {.err = status};

	CHECK_MAGIC(assessing, ASSESSING_MAGIC);
	if (status == E_NOT_FOUND)
		refused(&refusal, status, "range", "这个范围的评分还没有公布。");
	if (status == 0)
		refusal.err = to_pool(assessing, on_reading);
	if (refusal.err < 0)
		end(assessing, &refusal);
}

static int to_pool(struct assessing *assessing, void (*run)(struct work_job *job))
{
	assessing->job.run = run;
	assessing->job.done = on_ready;
	return work_submit(assessing->srv->work, &assessing->job);
}

/* On a worker thread: nobody else touches the call meanwhile; so below, to on_ready(). */
static void on_judging(struct work_job *job)
{
	struct assessing *assessing = container_of(job, struct assessing, job);

	assessing->status = assessment_judge_all(assessing);
}

static void on_reading(struct work_job *job)
{
	struct assessing *assessing = container_of(job, struct assessing, job);

	assessing->status = assessment_read_published(assessing);
}

static void on_ready(struct work_job *job)
{
	struct assessing *assessing = container_of(job, struct assessing, job);
	struct refusal refusal = {.err = assessing->status};

	CHECK_MAGIC(assessing, ASSESSING_MAGIC);
	if (refusal.err == 0 && assessing->purpose == TO_PUBLISH) {
		refusal.err = publish(assessing);
		if (refusal.err == 0)
			return;
	}
	if (refusal.err == 0)
		refusal.err = assessment_answer(assessing);
	end(assessing, &refusal);
}

static int publish(struct assessing *assessing)
{
	struct store_score_publish *put = &assessing->publish;

	put->plan = assessing->version->plan->id;
	put->period = assessing->period;
	put->plan_version = assessing->version->version;
	put->known_at = assessing->known_at;
	put->now = clock_now(assessing->srv->clock);
	put->wall_now = wall_now();
	put->by = assessing->caller.uri;
	put->scores = assessing->scores;
	put->count = assessing->row_count;
	put->arena = &assessing->arena;
	put->done = on_publication;
	return store_score_publish(assessing->srv->store, put);
}

static void on_publication(struct store_score_publish *put, int status)
{
	struct assessing *assessing = container_of(put, struct assessing, publish);
	Duban__V1__PublishScoresResponse message =
		DUBAN__V1__PUBLISH_SCORES_RESPONSE__INIT;
	struct refusal refusal = {.err = status};

	CHECK_MAGIC(assessing, ASSESSING_MAGIC);
	message.range = assessing->period;
	message.ordinal = put->ordinal;
	message.published_at = put->now;
	message.units = (uint32_t)put->count;
	if (status == 0)
		service_reply(assessing->call, &message.base);
	end(assessing, &refusal);
}

/* The only way out; on success the call was answered. */
static void end(struct assessing *assessing, const struct refusal *refusal)
{
	if (refusal->err < 0)
		refuse_call(assessing->call, refusal);
	plan_version_unref(assessing->version);
	arena_finish(&assessing->arena);
	assessing->magic = 0;
	free(assessing);
}

static int refused(struct refusal *refusal, int err, const char *field, const char *why)
{
	refusal->err = err;
	refusal->field = field;
	refusal->why = why;
	return err;
}
