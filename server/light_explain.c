/*
 * ExplainLight:
 *
 *	request -> plan, unit, section, target -> store ~ ~> record, clause, report ->
 *answer
 *
 * The record is the one that was stored when the light was judged, byte for byte; the
 * wording of the clause and the readings are the current plan's, and the answer says
 * which version that is.
 *
 * What can go wrong: the caller named something that the plan does not have, or a target
 * whose id stands in two sections; nothing was judged yet; or the database is away.
 */
#include "server/light_explain.h"

#include <string.h>

#include "duban/v1/board.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/wire.h"
#include "rpc/call.h"
#include "server/message.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_light.h"

/* One ExplainLight in flight. Lives in the call's arena. */
struct explain {
	unsigned magic;
#define EXPLAIN_MAGIC 0x2b71c6f4U
	struct server *srv;
	struct rpc_call *call;
	struct store_light light;
};

/* What a request names, in the current plan. */
struct subject {
	const struct plan_unit *unit;
	const struct plan_target *target;
};

static int ask(struct explain *explain, const Duban__V1__ExplainLightRequest *request,
               struct refusal *refusal);
static int find_subject(const struct plan *plan,
                        const Duban__V1__ExplainLightRequest *request,
                        struct subject *ret_subject, struct refusal *refusal);
static int find_target(const struct plan *plan,
                       const Duban__V1__ExplainLightRequest *request,
                       const struct plan_target **ret_target, struct refusal *refusal);
static void on_found(struct store_light *light, int status);
static int answer(struct explain *explain);
static int write_record(struct arena *arena, const struct store_light *light,
                        Duban__V1__ExplainLightResponse *message);
static int write_plan(struct explain *explain, Duban__V1__ExplainLightResponse *message);
static int write_readings(struct arena *arena, const struct plan_target *target,
                          Duban__V1__ExplainLightResponse *message);
static void write_reading(const struct plan_reading *reading,
                          Duban__V1__LightReading *message);
static int write_report(struct arena *arena, const struct store_light *light,
                        Duban__V1__ExplainLightResponse *message);
static int write_earlier(struct arena *arena, const struct store_light *light,
                         Duban__V1__ExplainLightResponse *message);

void light_explain_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct explain *explain = arena_new(rpc_call_arena(call), struct explain);
	struct refusal refusal = {.field = "request"};
	ProtobufCMessage *message;
	int r;

	r = service_read(call, &duban__v1__explain_light_request__descriptor, body,
	                 &message, &refusal.why);
	if (r == 0 && explain == NULL)
		r = E_NOMEM;
	if (r == 0) {
		explain->magic = EXPLAIN_MAGIC;
		explain->srv = srv;
		explain->call = call;
		r = ask(explain, (const Duban__V1__ExplainLightRequest *)message,
		        &refusal);
	}
	refusal.err = r;
	if (r < 0)
		refuse_call(call, &refusal);
}

static int ask(struct explain *explain, const Duban__V1__ExplainLightRequest *request,
               struct refusal *refusal)
{
	struct arena *arena = rpc_call_arena(explain->call);
	const struct plan_version *version =
		plans_get(explain->srv->plans, request->plan);
	struct store_light *light = &explain->light;
	struct subject subject;
	int r;

	if (version == NULL) {
		refusal->field = "plan";
		refusal->why = "没有这个方案；有多个方案时请写明";
		return E_NOT_FOUND;
	}
	r = find_subject(version->plan, request, &subject, refusal);
	if (r < 0)
		return r;
	light->plan = arena_strdup(arena, version->plan->id);
	light->unit = arena_strdup(arena, subject.unit->code);
	light->section = arena_strdup(arena, subject.target->section->id);
	light->target = arena_strdup(arena, subject.target->id);
	light->period = request->period;
	light->arena = arena;
	light->done = on_found;
	if (light->plan == NULL || light->unit == NULL || light->section == NULL ||
	    light->target == NULL)
		return E_NOMEM;
	return store_light(explain->srv->store, light);
}

static int find_subject(const struct plan *plan,
                        const Duban__V1__ExplainLightRequest *request,
                        struct subject *ret_subject, struct refusal *refusal)
{
	ret_subject->unit = plan_find_unit(plan, request->unit);
	if (ret_subject->unit == NULL) {
		refusal->field = "unit";
		refusal->why = "方案中没有这个单位";
		return E_NOT_FOUND;
	}
	return find_target(plan, request, &ret_subject->target, refusal);
}

/* Ids of targets are unique within a section. */
static int find_target(const struct plan *plan,
                       const Duban__V1__ExplainLightRequest *request,
                       const struct plan_target **ret_target, struct refusal *refusal)
{
	const struct plan_target *found = NULL;

	refusal->field = "target";
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *section = &plan->sections[i];
		const struct plan_target *target;

		if (request->section[0] != '\0' &&
		    strcmp(request->section, section->id) != 0)
			continue;
		target = plan_find_target(section, request->target);
		if (found != NULL && target != NULL) {
			refusal->why = "几个板块都有这个编号的目标，请写明板块";
			return E_RANGE;
		}
		if (target != NULL)
			found = target;
	}
	refusal->why = "方案中没有这个目标";
	if (found == NULL)
		return E_NOT_FOUND;
	*ret_target = found;
	return 0;
}

static void on_found(struct store_light *light, int status)
{
	struct explain *explain = container_of(light, struct explain, light);
	struct refusal refusal = {.field = "target"};

	CHECK_MAGIC(explain, EXPLAIN_MAGIC);
	explain->magic = 0;
	if (status == E_NOT_FOUND)
		refusal.why = "还没有亮过灯：单位没有任务，或还没有报表，也没有封表";
	if (status == 0)
		status = answer(explain);
	refusal.err = status;
	if (status < 0)
		refuse_call(explain->call, &refusal);
}

static int answer(struct explain *explain)
{
	struct arena *arena = rpc_call_arena(explain->call);
	const struct store_light *light = &explain->light;
	Duban__V1__ExplainLightResponse message = DUBAN__V1__EXPLAIN_LIGHT_RESPONSE__INIT;
	int r = write_record(arena, light, &message);

	message.decided_at = light->decided_at;
	message.wall_decided_at = light->wall_decided_at;
	if (r == 0)
		r = write_plan(explain, &message);
	if (r == 0)
		r = write_report(arena, light, &message);
	if (r == 0)
		r = write_earlier(arena, light, &message);
	if (r == 0)
		service_reply(explain->call, &message.base);
	return r;
}

static int write_record(struct arena *arena, const struct store_light *light,
                        Duban__V1__ExplainLightResponse *message)
{
	ProtobufCMessage *record;
	int r = wire_unpack(arena, &duban__v1__light_record__descriptor, light->record,
	                    WIRE_LENIENT, &record, NULL);

	if (r == 0)
		message->record = (Duban__V1__LightRecord *)record;
	return r == E_SYNTAX ? E_CORRUPT : r;
}

/* A plan that was changed meanwhile may lack any of it; the record stands by itself. */
static int write_plan(struct explain *explain, Duban__V1__ExplainLightResponse *message)
{
	struct arena *arena = rpc_call_arena(explain->call);
	const struct store_light *light = &explain->light;
	const struct plan_version *version = plans_get(explain->srv->plans, light->plan);
	const struct plan *plan = version != NULL ? version->plan : NULL;
	const struct plan_unit *unit =
		plan != NULL ? plan_find_unit(plan, light->unit) : NULL;
	const struct plan_section *section =
		plan != NULL ? plan_find_section(plan, light->section) : NULL;
	const struct plan_target *target =
		section != NULL ? plan_find_target(section, light->target) : NULL;

	if (unit == NULL || target == NULL)
		return 0;
	message->current_version = version->version;
	message->unit_name = message_text(unit->name);
	message->target_name = message_text(target->name);
	if (target->clause != NULL)
		message->clause_wording = message_text(target->clause->wording);
	message->rule = progress_rule(arena, &plan->lights);
	if (message->rule == NULL)
		return E_NOMEM;
	return write_readings(arena, target, message);
}

static int write_readings(struct arena *arena, const struct plan_target *target,
                          Duban__V1__ExplainLightResponse *message)
{
	message->readings =
		arena_new_array(arena, target->reading_count, Duban__V1__LightReading *);
	if (message->readings == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < target->reading_count; i++) {
		Duban__V1__LightReading *reading =
			arena_new(arena, Duban__V1__LightReading);

		if (reading == NULL)
			return E_NOMEM;
		duban__v1__light_reading__init(reading);
		write_reading(&target->readings[i], reading);
		message->readings[message->n_readings++] = reading;
	}
	return 0;
}

static void write_reading(const struct plan_reading *reading,
                          Duban__V1__LightReading *message)
{
	const char *meaning = "";

	if (strcmp(reading->chosen, "strict") == 0)
		meaning = reading->strict;
	else if (strcmp(reading->chosen, "loose") == 0)
		meaning = reading->loose;
	message->word = message_text(reading->word);
	message->chosen = message_text(reading->chosen);
	message->meaning = message_text(meaning);
	message->by = message_text(reading->chosen_by);
	message->on = message_text(reading->chosen_on);
	message->why = message_text(reading->why);
}

static int write_report(struct arena *arena, const struct store_light *light,
                        Duban__V1__ExplainLightResponse *message)
{
	if (light->number[0] == '\0')
		return 0;
	message->report = arena_new(arena, Duban__V1__LightReport);
	if (message->report == NULL)
		return E_NOMEM;
	duban__v1__light_report__init(message->report);
	message->report->number = message_text(light->number);
	message->report->received_at = light->received_at;
	message->report->signer = message_text(light->signer);
	message->report->approved_by = message_text(light->approved_by);
	message->report->content_hash = message_bytes(light->content_hash);
	return 0;
}

static int write_earlier(struct arena *arena, const struct store_light *light,
                         Duban__V1__ExplainLightResponse *message)
{
	message->earlier =
		arena_new_array(arena, light->row_count, Duban__V1__LightEarlier *);
	if (message->earlier == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < light->row_count; i++) {
		const struct light_row *row = &light->rows[i];
		Duban__V1__LightEarlier *earlier;

		if (row->id == light->id)
			continue; /* the one that is explained is not among the others */
		earlier = arena_new(arena, Duban__V1__LightEarlier);
		if (earlier == NULL)
			return E_NOMEM;
		duban__v1__light_earlier__init(earlier);
		earlier->period = message_text(row->period);
		earlier->light = (Duban__V1__Light)row->light;
		earlier->number = message_text(row->number);
		earlier->plan_version = row->plan_version;
		earlier->decided_at = row->decided_at;
		message->earlier[message->n_earlier++] = earlier;
	}
	return 0;
}
