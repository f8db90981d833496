/*
 * PutProjects:
 *
 *	read request -> whose? -> store: newest versions ~ ~> judge each -> what changes
 *	   -> store: all of it, or nothing ~ ~> answer
 *
 * What can go wrong, and who must act: a field that the plan does not allow (who entered
 *it mends it; each is named), another unit's project (refused), somebody else who was
 *quicker (the list is taken again, and what is still wanted is sent again).
 */
#include "server/projects.h"

#include <inttypes.h>
#include <string.h>

#include "duban/v1/projects.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "model/project.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_project.h"

/* One PutProjects in flight. Lives in the call's arena. */
struct put {
	unsigned magic;
#define PUT_MAGIC 0x60d2e9a7U
	struct server *srv;
	struct rpc_call *call;
	struct arena *arena;
	struct identity caller;
	struct findings findings;
	struct refusal refusal;
	const struct plan_version *version; /* a reference */
	struct project *projects;           /* as they were sent */
	size_t count;
	uint32_t *versions; /* that they will have */
	struct store_project_facts facts;
	struct store_project_put store;
};

static int start(struct put *put, struct bytes body);
static int read_projects(struct put *put, const Duban__V1__PutProjectsRequest *request);
static void read_project(struct put *put, size_t index,
                         const Duban__V1__Project *message);
static day read_day(struct put *put, size_t index, const char *field, const char *text);
static int authorize(struct put *put, const struct project *project);
static bool is_given_before(const struct put *put, size_t index);
static void on_facts(struct store_project_facts *facts, int status);
static int judge(struct put *put);
static bool is_full(struct put *put, size_t index);
static int store(struct put *put);
static void on_stored(struct store_project_put *store, int status);
static void answer(struct put *put, uint32_t changed);
static int refused(struct put *put, int err, const char *field, const char *why);
static void add(struct put *put, size_t index, const char *field, const char *text);
static void end(struct put *put, int status);

void projects_put_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct put *put = arena_new(rpc_call_arena(call), struct put);
	int r;

	if (put == NULL) {
		refuse(call, E_NOMEM, NULL);
		return;
	}
	put->magic = PUT_MAGIC;
	put->srv = srv;
	put->call = call;
	put->arena = rpc_call_arena(call);
	findings_init(&put->findings, put->arena);
	r = start(put, body);
	if (r < 0)
		end(put, r);
}

static int start(struct put *put, struct bytes body)
{
	const Duban__V1__PutProjectsRequest *request;
	const struct plan_version *version;
	ProtobufCMessage *message;
	int r;

	put->refusal.field = "request";
	r = service_read(put->call, &duban__v1__put_projects_request__descriptor, body,
	                 &message, &put->refusal.why);
	if (r == 0)
		r = service_caller(put->srv, put->call, &put->caller);
	if (r < 0)
		return r;
	request = (const Duban__V1__PutProjectsRequest *)message;
	version = plans_get(put->srv->plans, request->plan);
	if (version == NULL)
		return refused(put, E_NOT_FOUND, "plan",
		               "没有这个方案；有多个方案时请写明。");
	put->version = plan_version_ref(version);
	r = read_projects(put, request);
	for (size_t i = 0; r == 0 && i < put->count; i++)
		r = authorize(put, &put->projects[i]);
	if (r < 0)
		return r;
	put->facts.plan = version->plan->id;
	put->facts.projects = put->projects;
	put->facts.count = put->count;
	put->facts.arena = put->arena;
	put->facts.done = on_facts;
	return store_project_facts(put->srv->store, &put->facts);
}

static int read_projects(struct put *put, const Duban__V1__PutProjectsRequest *request)
{
	if (request->n_projects == 0)
		return refused(put, E_SYNTAX, "projects", "请至少给出一个项目。");
	if (request->n_projects > STORE_PROJECTS_PUT_MAX)
		return refused(put, E_RANGE, "projects", "一次最多200个项目，请分批。");
	put->count = request->n_projects;
	put->projects = arena_new_array(put->arena, put->count, struct project);
	put->versions = arena_new_array(put->arena, put->count, uint32_t);
	if (put->projects == NULL || put->versions == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < put->count; i++) {
		read_project(put, i, request->projects[i]);
		if (is_given_before(put, i))
			add(put, i, "id", "同一个项目在本次报送中出现了两次。");
	}
	return 0;
}

static void read_project(struct put *put, size_t index, const Duban__V1__Project *message)
{
	put->projects[index] = (struct project){
		.unit = message->unit,
		.section = message->section,
		.id = message->id,
		.targets = (const char *const *)message->targets,
		.target_count = message->n_targets,
		.name = message->name,
		.kind = message->kind,
		.person = message->person,
		.telephone = message->telephone,
		.start = read_day(put, index, "start", message->start),
		.finish = read_day(put, index, "finish", message->finish),
		.state = (enum project_state)message->state,
		.reason = message->reason,
		.version = message->version,
	};
}

static day read_day(struct put *put, size_t index, const char *field, const char *text)
{
	day read = DAY_NONE;

	if (text[0] != '\0' && day_parse(text, &read) < 0)
		add(put, index, field, "日期应写为“2022-09-30”，或不填。");
	return read;
}

/* A district its own; a department the sections that it leads; the office all. */
static int authorize(struct put *put, const struct project *project)
{
	const struct plan_section *section =
		plan_find_section(put->version->plan, project->section);

	if (put->caller.kind == IDENTITY_DISTRICT)
		return strcmp(project->unit, put->caller.unit) == 0
		               ? 0
		               : refused(put, E_DENIED, "unit", "只能登记本单位的项目。");
	if (service_is_office(put->srv, &put->caller) || section == NULL ||
	    (section->lead != NULL && strcmp(section->lead->id, put->caller.unit) == 0))
		return 0;
	return refused(put, E_DENIED, "section",
	               "该板块由其他处室牵头，本处室不能登记其项目。");
}

static bool is_given_before(const struct put *put, size_t index)
{
	const struct project *project = &put->projects[index];

	for (size_t i = 0; i < index; i++)
		if (strcmp(put->projects[i].id, project->id) == 0 &&
		    strcmp(put->projects[i].unit, project->unit) == 0)
			return true;
	return false;
}

static void on_facts(struct store_project_facts *facts, int status)
{
	struct put *put = container_of(facts, struct put, facts);
	int r = status;

	CHECK_MAGIC(put, PUT_MAGIC);
	if (r == 0)
		r = judge(put);
	if (r == 0)
		r = store(put);
	if (r < 0)
		end(put, r);
}

static int judge(struct put *put)
{
	for (size_t i = 0; i < put->count; i++) {
		struct project_entry entry = {
			.plan = put->version->plan,
			.project = &put->projects[i],
			.earlier = put->facts.newest[i],
			.bureau = put->caller.kind == IDENTITY_DEPARTMENT,
			.at = arena_printf(put->arena, "projects[%zu]", i),
		};

		if (entry.at == NULL)
			return E_NOMEM;
		(void)project_check(&entry, &put->findings);
		if (entry.earlier == NULL && is_full(put, i))
			add(put, i, "id", "本单位在该方案中最多登记2000个项目。");
	}
	return findings_result(&put->findings);
}

/* With those of this request that come before it. */
static bool is_full(struct put *put, size_t index)
{
	size_t total = put->facts.unit_totals[index];

	for (size_t i = 0; i < index; i++)
		total += put->facts.newest[i] == NULL &&
		         strcmp(put->projects[i].unit, put->projects[index].unit) == 0;
	return total >= PROJECT_UNIT_MAX;
}

/* Only what differs from what is there makes a version. */
static int store(struct put *put)
{
	struct project *changed = arena_new_array(put->arena, put->count, struct project);
	size_t count = 0;

	if (changed == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < put->count; i++) {
		const struct project *earlier = put->facts.newest[i];

		put->versions[i] = earlier != NULL ? earlier->version : 0;
		if (earlier != NULL && !project_differs(&put->projects[i], earlier))
			continue;
		changed[count] = put->projects[i];
		changed[count++].version = ++put->versions[i];
	}
	if (count == 0) {
		answer(put, 0);
		return 0;
	}
	put->store = (struct store_project_put){
		.plan = put->version->plan->id,
		.projects = changed,
		.count = count,
		.now = clock_now(put->srv->clock),
		.wall_now = wall_now(),
		.by = put->caller.uri,
		.arena = put->arena,
		.done = on_stored,
	};
	return store_project_put(put->srv->store, &put->store);
}

static void on_stored(struct store_project_put *store, int status)
{
	struct put *put = container_of(store, struct put, store);

	CHECK_MAGIC(put, PUT_MAGIC);
	if (status == 0)
		answer(put, (uint32_t)store->count);
	else
		end(put,
		    status == E_EXISTS
		            ? refused(put, status, "projects",
		                      "其中有项目刚刚被他人修改，请重新取得项目清单后再"
		                      "办；本次均未入库。")
		            : status);
}

static void answer(struct put *put, uint32_t changed)
{
	Duban__V1__PutProjectsResponse response = DUBAN__V1__PUT_PROJECTS_RESPONSE__INIT;

	plan_version_unref(put->version);
	response.versions = put->versions;
	response.n_versions = put->count;
	response.changed = changed;
	service_reply(put->call, &response.base);
}

static int refused(struct put *put, int err, const char *field, const char *why)
{
	put->refusal.field = field;
	put->refusal.why = why;
	return err;
}

static void add(struct put *put, size_t index, const char *field, const char *text)
{
	char where[32];

	(void)snprintf(where, sizeof(where), "projects[%zu].%s", index, field);
	findings_add(&put->findings, &(struct finding){.rule = "P-00",
	                                               .severity = SEVERITY_REFUSAL,
	                                               .field = where,
	                                               .found = "",
	                                               .allowed = "",
	                                               .text = text});
}

/* Every way out but a good answer. */
static void end(struct put *put, int status)
{
	plan_version_unref(put->version);
	put->refusal.err = status;
	put->refusal.findings = &put->findings;
	if (put->refusal.why == NULL)
		put->refusal.field = NULL;
	refuse_call(put->call, &put->refusal);
}
