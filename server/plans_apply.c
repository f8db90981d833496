/*
 * ApplyPlan, from files to a version in force:
 *
 *	decode -> name and size of each file
 *	   |
 *	READING     worker: lint and read the plan, expand what it asks
 *	   |---- problems ------------------------------------------.
 *	COMPARING   memory catches up with the database ~ ~>        |
 *	   |---- unchanged -----------------------------------------|
 *	WEIGHING    what it changes, by the newest figures ~ ~>     |
 *	   |---- a dry run -----------------------------------------|
 *	PUBLISHING  one transaction ~ ~>                            |
 *	   |---- failed --------------------------------------------|
 *	FOLLOWING   memory takes the new version over ~ ~>          |
 *	   '-------------------> answer <---------------------------'
 *
 * What can go wrong, and who has to act:
 *
 *  - The files have problems: all are named with file, line and column, and whoever
 *    wrote them corrects them. Nothing was changed.
 *  - Somebody else publishes at the same moment, or the database goes away: UNAVAILABLE;
 *    applying again is always safe.
 *  - The caller hangs up: before PUBLISHING nothing is kept, after it the version stands.
 */
#include "server/plans_apply.h"

#include <stdlib.h>
#include <string.h>

#include "duban/v1/plans.pb-c.h"

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "model/wire.h"
#include "rpc/call.h"
#include "server/clock.h"
#include "server/message.h"
#include "server/plan_effects_message.h"
#include "server/plan_weigh.h"
#include "server/plans.h"
#include "server/refuse.h"
#include "server/server.h"
#include "server/service.h"
#include "server/store_plan.h"
#include "server/timetable.h"

#define FILE_NAME_BYTES_MAX 200
#define APPLY_MEMORY_MAX    (PLAN_MEMORY_MAX + 256u * 1024 * 1024)

enum state { READING, COMPARING, WEIGHING, PUBLISHING, FOLLOWING, STATES };

static const unsigned moves[STATES] = {
	[READING] = 1 << COMPARING,
	[COMPARING] = 1 << WEIGHING | 1 << PUBLISHING, /* the first version */
	[WEIGHING] = 1 << PUBLISHING,
	[PUBLISHING] = 1 << FOLLOWING,
	[FOLLOWING] = 0,
};

/* One ApplyPlan in flight. Not in the call's arena, because a worker uses its own. */
struct apply {
	unsigned magic;
#define APPLY_MAGIC 0xe7158c3aU
	enum state state;
	struct server *srv;
	struct rpc_call *call; /* ours until answer() */
	struct arena arena;
	struct identity caller;
	const Duban__V1__ApplyPlanRequest *request;
	const char *malformed;
	struct plan_file *files;
	struct yaml_problems problems, warnings;
	int64_t now; /* plan time at which the version takes effect */
	struct work_job job;
	int read_status;
	const struct plan *plan; /* results of the job */
	const struct timetable *timetable;
	uint64_t obligations;
	struct plans_wait wait;
	struct plan_weigh weigh;
	Duban__V1__PlanEffects *effects; /* of the answer; may be NULL */
	struct store_plan_apply put;
	uint32_t version; /* of the answer */
	bool changed;
};

/* A plan may take a lot of memory to read: one at a time in a process. */
static bool under_way;

static int start(struct apply *apply, struct bytes body);
static int decode(struct apply *apply, struct bytes body);
static int take_files(struct apply *apply);
static bool check_file(struct apply *apply, size_t index);
static bool is_safe_name(const char *name);
static int read_plan(struct apply *apply);
static void run_read(struct work_job *job);
static void on_read(struct work_job *job);
static void on_compared(struct plans_wait *wait, int status);
static int weigh(struct apply *apply, const struct plan_version *current);
static void on_weighed(struct plan_weigh *weigh, int status);
static int go_on(struct apply *apply);
static int publish(struct apply *apply, uint32_t version);
static void on_published(struct store_plan_apply *put, int status);
static void on_followed(struct plans_wait *wait, int status);
static void move(struct apply *apply, enum state state);
static void answer(struct apply *apply, int status);
static void reply(struct apply *apply);
static int write_warnings(struct apply *apply, char ***ret_lines, size_t *ret_count);
static char *write_warning(struct arena *arena, const struct yaml_problem *warning);

void plans_apply_handle(struct server *srv, struct rpc_call *call, struct bytes body)
{
	struct apply *apply = under_way ? NULL : calloc(1, sizeof(*apply));
	int r;

	if (apply == NULL) {
		refuse(call, under_way ? E_BUSY : E_NOMEM, NULL);
		return;
	}
	under_way = true;
	apply->magic = APPLY_MAGIC;
	apply->srv = srv;
	apply->call = call;
	arena_init(&apply->arena, APPLY_MEMORY_MAX);
	yaml_problems_init(&apply->problems, &apply->arena);
	yaml_problems_init(&apply->warnings, &apply->arena);

	r = start(apply, body);
	if (r < 0)
		answer(apply, r);
}

static int start(struct apply *apply, struct bytes body)
{
	int r = service_caller(apply->srv, apply->call, &apply->caller);

	if (r == 0)
		r = decode(apply, body);
	if (r == 0)
		r = take_files(apply);
	if (r == 0)
		r = read_plan(apply);
	return r;
}

static int decode(struct apply *apply, struct bytes body)
{
	ProtobufCMessage *message;
	int r;

	r = wire_unpack(&apply->arena, &duban__v1__apply_plan_request__descriptor, body,
	                WIRE_LENIENT, &message, &apply->malformed);
	if (r == 0)
		apply->request = (const Duban__V1__ApplyPlanRequest *)message;
	return r;
}

static int take_files(struct apply *apply)
{
	size_t count = apply->request->n_files;
	bool good = true;

	if (count > PLAN_FILES_MAX) {
		yaml_problem(&apply->problems, (struct yaml_place){0},
		             "方案文件共%zu个，最多%d个。", count, PLAN_FILES_MAX);
		return E_LIMIT;
	}
	apply->files = arena_new_array(&apply->arena, count, struct plan_file);
	if (apply->files == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const Duban__V1__PlanFile *file = apply->request->files[i];

		apply->files[i] =
			(struct plan_file){.name = file->name,
		                           .content = message_view(file->content)};
		good = check_file(apply, i) && good;
	}
	return good ? 0 : E_SYNTAX;
}

/* Agents write these files into a folder of their own: a name never leads out of it. */
static bool check_file(struct apply *apply, size_t index)
{
	const struct plan_file *file = &apply->files[index];
	struct yaml_place place = {.file = file->name};
	size_t before = apply->problems.count;

	if (!is_safe_name(file->name))
		yaml_problem(&apply->problems, place,
		             "文件名应为1至%d字节的相对路径，不含“..”和反斜杠。",
		             FILE_NAME_BYTES_MAX);
	if (file->content.len > PLAN_FILE_SIZE_MAX)
		yaml_problem(&apply->problems, place, "文件为%zu字节，最多%d字节。",
		             file->content.len, PLAN_FILE_SIZE_MAX);
	for (size_t i = 0; i < index; i++)
		if (strcmp(apply->files[i].name, file->name) == 0)
			yaml_problem(&apply->problems, place, "同名文件出现了两次。");
	return apply->problems.count == before;
}

static bool is_safe_name(const char *name)
{
	size_t len = strlen(name);

	if (len < 1 || len > FILE_NAME_BYTES_MAX || name[0] == '/')
		return false;
	for (const char *at = name; *at != '\0'; at++)
		if ((unsigned char)*at < ' ' || *at == '\\')
			return false;
	return strstr(name, "..") == NULL;
}

static int read_plan(struct apply *apply)
{
	apply->now = clock_now(apply->srv->clock);
	apply->job = (struct work_job){.run = run_read, .done = on_read};
	return work_submit(apply->srv->work, &apply->job);
}

/* On a worker thread: nobody else touches @apply meanwhile. */
static void run_read(struct work_job *job)
{
	struct apply *apply = container_of(job, struct apply, job);

	apply->read_status =
		plan_read(&apply->arena, apply->files, apply->request->n_files,
	                  &apply->problems, &apply->warnings, &apply->plan);
	if (apply->read_status < 0)
		return;
	apply->obligations = timetable_obligations(apply->plan);
	apply->read_status = timetable_expand(&apply->arena, apply->plan, apply->now,
	                                      &apply->timetable);
	if (apply->read_status == E_RANGE)
		yaml_problem(
			&apply->problems, (struct yaml_place){0},
			"报送时间的先后不对：每个报告期应先截止、再到报送时限、后封表；"
			"报告期不超过%d个。",
			TIMETABLE_PERIODS_MAX);
}

static void on_read(struct work_job *job)
{
	struct apply *apply = container_of(job, struct apply, job);
	int r = apply->read_status;

	CHECK_MAGIC(apply, APPLY_MAGIC);
	if (r == 0) {
		move(apply, COMPARING);
		apply->wait.done = on_compared;
		r = plans_refresh(apply->srv->plans, &apply->wait);
	}
	if (r < 0)
		answer(apply, r);
}

static void on_compared(struct plans_wait *wait, int status)
{
	struct apply *apply = container_of(wait, struct apply, wait);
	const struct plan_version *current;
	int r = status;

	CHECK_MAGIC(apply, APPLY_MAGIC);
	current = plans_get(apply->srv->plans, apply->plan->id);
	apply->changed = current == NULL || memcmp(current->plan->hash, apply->plan->hash,
	                                           sizeof(apply->plan->hash)) != 0;
	apply->version = current != NULL ? current->version : 0;
	apply->version += apply->changed;
	if (r == 0 && rpc_call_is_cancelled(apply->call))
		r = E_CANCELLED;
	if (r == 0 && apply->changed) {
		r = current != NULL ? weigh(apply, current) : go_on(apply);
		if (r == 0 && apply->state != COMPARING)
			return;
	}
	answer(apply, r);
}

static int weigh(struct apply *apply, const struct plan_version *current)
{
	struct plan_weigh *weigh = &apply->weigh;

	weigh->srv = apply->srv;
	weigh->from = current;
	weigh->to = apply->plan;
	weigh->now = apply->now;
	weigh->arena = &apply->arena;
	weigh->done = on_weighed;
	if (plan_weigh_start(weigh) < 0)
		return E_BUSY;
	move(apply, WEIGHING);
	return 0;
}

static void on_weighed(struct plan_weigh *weigh, int status)
{
	struct apply *apply = container_of(weigh, struct apply, weigh);
	int r = status;

	CHECK_MAGIC(apply, APPLY_MAGIC);
	if (r == 0)
		r = plan_effects_message(&apply->arena, weigh->effects, &apply->effects);
	if (r == 0)
		r = go_on(apply);
	if (r < 0 || apply->state == WEIGHING)
		answer(apply, r);
}

/* To the publication, unless only its effects are asked for. */
static int go_on(struct apply *apply)
{
	if (apply->request->dry_run)
		return 0;
	return publish(apply, apply->version);
}

static int publish(struct apply *apply, uint32_t version)
{
	struct store_plan_apply *put = &apply->put;

	move(apply, PUBLISHING);
	put->plan = apply->plan;
	put->version = version;
	put->files = apply->files;
	put->file_count = apply->request->n_files;
	put->timetable = apply->timetable;
	put->effects = apply->weigh.effects;
	put->applied_at = apply->now;
	put->wall_applied_at = wall_now();
	put->applied_by = apply->caller.uri;
	put->arena = &apply->arena;
	put->done = on_published;
	return store_plan_apply(apply->srv->store, put);
}

static void on_published(struct store_plan_apply *put, int status)
{
	struct apply *apply = container_of(put, struct apply, put);
	int r = status;

	CHECK_MAGIC(apply, APPLY_MAGIC);
	if (r < 0)
		log_event(LOG_WARN, "plan_not_applied", log_str("plan", apply->plan->id),
		          log_int("version", apply->version),
		          log_str("result", err_name(r)),
		          log_str("database", pg_batch_error(&put->batch)));
	if (r == E_EXISTS) /* somebody else took this number a moment ago */
		r = E_BUSY;
	if (r == 0) {
		move(apply, FOLLOWING);
		apply->wait.done = on_followed;
		if (plans_refresh(apply->srv->plans, &apply->wait) == 0)
			return;
	}
	answer(apply, r);
}

/* The version stands, whether memory could follow at once or not. */
static void on_followed(struct plans_wait *wait, int status)
{
	struct apply *apply = container_of(wait, struct apply, wait);

	(void)status;
	CHECK_MAGIC(apply, APPLY_MAGIC);
	answer(apply, 0);
}

static void move(struct apply *apply, enum state state)
{
	CHECK((moves[apply->state] & 1u << state) != 0);
	apply->state = state;
}

/* The only way out. Ends the call, and @apply itself. */
static void answer(struct apply *apply, int status)
{
	if (status == 0)
		reply(apply);
	else
		refuse_call(apply->call, &(struct refusal){.err = status,
		                                           .problems = &apply->problems,
		                                           .field = "request",
		                                           .why = apply->malformed});
	plan_weigh_end(&apply->weigh);
	arena_finish(&apply->arena);
	apply->magic = 0;
	free(apply);
	under_way = false;
}

static void reply(struct apply *apply)
{
	Duban__V1__ApplyPlanResponse response = DUBAN__V1__APPLY_PLAN_RESPONSE__INIT;

	response.plan = message_text(apply->plan->id);
	response.version = apply->version;
	response.changed = apply->changed;
	response.content_hash =
		message_bytes(bytes_of(apply->plan->hash, sizeof(apply->plan->hash)));
	response.obligations = (uint32_t)apply->obligations;
	response.effects = apply->effects;
	if (write_warnings(apply, &response.warnings, &response.n_warnings) < 0)
		refuse(apply->call, E_NOMEM, NULL);
	else
		service_reply(apply->call, &response.base);
}

static int write_warnings(struct apply *apply, char ***ret_lines, size_t *ret_count)
{
	const struct yaml_problem *warning = apply->warnings.first;
	char **lines = arena_new_array(&apply->arena, YAML_PROBLEMS_MAX, char *);
	size_t count = 0;

	if (lines == NULL)
		return E_NOMEM;
	for (; warning != NULL && count < YAML_PROBLEMS_MAX; warning = warning->next) {
		lines[count] = write_warning(&apply->arena, warning);
		if (lines[count++] == NULL)
			return E_NOMEM;
	}
	*ret_lines = lines;
	*ret_count = count;
	return 0;
}

/* The sentence after its place, as far as it has one. */
static char *write_warning(struct arena *arena, const struct yaml_problem *warning)
{
	const struct yaml_place *place = &warning->place;

	if (place->file == NULL)
		return arena_strdup(arena, warning->message);
	if (place->line == 0)
		return arena_printf(arena, "%s: %s", place->file, warning->message);
	return arena_printf(arena, "%s:%u:%u: %s", place->file, place->line,
	                    place->column, warning->message);
}
