/*
 * The plans in force, and how memory follows the database:
 *
 *	idle -> LISTING  which versions are current ~ ~>
 *	  ^     FETCHING the files of the next one that is not in memory ~ ~> -.
 *	  |     READING  worker: files -> plan ~ ~> install, tell -> next one -'
 *	  '---- nothing left: those who waited are told
 *
 * One refresh runs at a time. Who asks meanwhile waits for the next, because the running
 * one may have listed too early.
 *
 * What can go wrong, and who has to act:
 *
 *  - The database is away: every plan stays as it was, and whoever waits is told. The
 *    next notification or the next report by a newer version asks again.
 *  - A stored version cannot be read by this program (it was applied by a newer one):
 *    logged as an error, the earlier version stays in force here. The operator upgrades.
 */
#include "server/plans.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "server/judge.h"
#include "server/server.h"
#include "server/store_plan.h"

#define LIST_MEMORY_MAX  (4u * 1024 * 1024)
#define FILES_MEMORY_MAX (2u * PLAN_FILES_MAX * PLAN_FILE_SIZE_MAX)

struct plans {
	unsigned magic;
#define PLANS_MAGIC 0x58e3a6d7U
	struct server *srv;
	struct plan_version *current[PLANS_MAX]; /* by the plans' ids, ascending */
	size_t count;
	struct {
		void (*changed)(void *context, const struct plan_version *version);
		void *context;
	} listeners[PLANS_LISTENERS_MAX];
	size_t listener_count;
	/* The refresh that runs. */
	bool running, again;
	struct list waits, later; /* who waits for this one; for the next */
	struct arena list_arena, files_arena;
	struct store_plan_list list;
	size_t next; /* row of the list */
	struct store_plan_files files;
	struct plan_version *loading;
	struct work_job job;
	int read_status; /* of the job */
	int worst;       /* what those who wait will hear */
};

static int begin(struct plans *plans);
static void on_listed(struct store_plan_list *list, int status);
static void load_next(struct plans *plans);
static int load(struct plans *plans, const struct store_plan_row *row);
static void on_fetched(struct store_plan_files *files, int status);
static int read_files(struct plans *plans);
static void run_read(struct work_job *job);
static void on_read(struct work_job *job);
static void install(struct plans *plans, struct plan_version *version);
static void give_up(struct plans *plans, int err);
static void finish(struct plans *plans);
static void tell(struct list *waits, int status);
static void put(struct plans *plans, struct plan_version *version);
static struct plan_version *find(const struct plans *plans, const char *id);

int plans_create(struct server *srv, struct plans **ret_plans)
{
	struct plans *plans = calloc(1, sizeof(*plans));

	if (plans == NULL)
		return E_NOMEM;
	plans->magic = PLANS_MAGIC;
	plans->srv = srv;
	list_init(&plans->waits);
	list_init(&plans->later);
	arena_init(&plans->list_arena, LIST_MEMORY_MAX);
	arena_init(&plans->files_arena, FILES_MEMORY_MAX);
	*ret_plans = plans;
	return 0;
}

void plans_destroy(struct plans *plans)
{
	if (plans == NULL)
		return;
	CHECK_MAGIC(plans, PLANS_MAGIC);
	CHECK(!plans->running);
	for (size_t i = 0; i < plans->count; i++)
		plan_version_unref(plans->current[i]);
	plans->magic = 0;
	free(plans);
}

bool plans_is_busy(const struct plans *plans)
{
	return plans->running;
}

int plans_refresh(struct plans *plans, struct plans_wait *wait)
{
	struct list *waits = plans->running ? &plans->later : &plans->waits;
	int r = 0;

	if (plans->running)
		plans->again = true;
	else
		r = begin(plans);
	if (r == 0 && wait != NULL)
		list_push(waits, &wait->link);
	return r;
}

static int begin(struct plans *plans)
{
	int r;

	plans->list.current_only = true;
	plans->list.arena = &plans->list_arena;
	plans->list.done = on_listed;
	r = store_plan_list(plans->srv->store, &plans->list);
	if (r < 0)
		return r;
	plans->running = true;
	plans->next = 0;
	plans->worst = 0;
	return 0;
}

static void on_listed(struct store_plan_list *list, int status)
{
	struct plans *plans = container_of(list, struct plans, list);

	CHECK_MAGIC(plans, PLANS_MAGIC);
	if (status < 0) {
		plans->worst = status;
		list->count = 0;
	}
	load_next(plans);
}

/* Until one has to be waited for, or none is left. */
static void load_next(struct plans *plans)
{
	while (plans->next < plans->list.count) {
		const struct store_plan_row *row = &plans->list.rows[plans->next++];
		const struct plan_version *held = find(plans, row->plan);
		int r;

		if (held != NULL && held->version >= row->version)
			continue;
		r = load(plans, row);
		if (r == 0)
			return;
		give_up(plans, r);
	}
	finish(plans);
}

static int load(struct plans *plans, const struct store_plan_row *row)
{
	if (find(plans, row->plan) == NULL && plans->count == PLANS_MAX)
		return E_LIMIT;
	plans->loading = plan_version_create(row->version, row->applied_at);
	if (plans->loading == NULL)
		return E_NOMEM;
	plans->files.plan = row->plan;
	plans->files.version = row->version;
	plans->files.arena = &plans->files_arena;
	plans->files.done = on_fetched;
	return store_plan_files(plans->srv->store, &plans->files);
}

static void on_fetched(struct store_plan_files *files, int status)
{
	struct plans *plans = container_of(files, struct plans, files);
	int r = status;

	CHECK_MAGIC(plans, PLANS_MAGIC);
	if (r == 0)
		r = read_files(plans);
	if (r < 0) {
		give_up(plans, r);
		load_next(plans);
	}
}

static int read_files(struct plans *plans)
{
	plans->job = (struct work_job){.run = run_read, .done = on_read};
	return work_submit(plans->srv->work, &plans->job);
}

/* On a worker thread. */
static void run_read(struct work_job *job)
{
	struct plans *plans = container_of(job, struct plans, job);

	plans->read_status =
		plan_version_read(plans->loading, plans->files.plan, plans->files.files,
	                          plans->files.count, &plans->files_arena);
}

static void on_read(struct work_job *job)
{
	struct plans *plans = container_of(job, struct plans, job);

	CHECK_MAGIC(plans, PLANS_MAGIC);
	if (plans->read_status < 0)
		give_up(plans, plans->read_status);
	else
		install(plans, TAKE(plans->loading));
	arena_finish(&plans->files_arena);
	load_next(plans);
}

static void install(struct plans *plans, struct plan_version *version)
{
	put(plans, version);
	log_event(LOG_INFO, "plan", log_str("plan", version->plan->id),
	          log_int("version", version->version));
	for (size_t i = 0; i < plans->listener_count; i++)
		plans->listeners[i].changed(plans->listeners[i].context, version);
	judge_wake(plans->srv->judge);
}

/* In the place of the plan's earlier version, or at its own place in the order. */
static void put(struct plans *plans, struct plan_version *version)
{
	const char *id = version->plan->id;
	size_t at = 0;

	while (at < plans->count && strcmp(plans->current[at]->plan->id, id) < 0)
		at++;
	if (find(plans, id) != NULL) {
		plan_version_unref(plans->current[at]);
	} else {
		for (size_t i = plans->count; i > at; i--)
			plans->current[i] = plans->current[i - 1];
		plans->count++;
	}
	plans->current[at] = version;
}

/* The version that is being loaded: its plan stays as it was. */
static void give_up(struct plans *plans, int err)
{
	const struct store_plan_row *row = &plans->list.rows[plans->next - 1];

	log_event(err == E_CORRUPT ? LOG_ERROR : LOG_WARN, "plan_not_loaded",
	          log_str("plan", row->plan), log_int("version", row->version),
	          log_str("result", err_name(err)));
	plans->worst = err;
	if (plans->loading != NULL)
		plan_version_unref(TAKE(plans->loading));
	arena_finish(&plans->files_arena);
}

static void finish(struct plans *plans)
{
	int worst = plans->worst;
	struct list served;
	int r;

	arena_finish(&plans->list_arena);
	plans->running = false;
	list_init(&served);
	while (!list_empty(&plans->waits))
		list_push(&served, list_pop(&plans->waits));
	while (!list_empty(&plans->later))
		list_push(&plans->waits, list_pop(&plans->later));
	if (plans->again) {
		plans->again = false;
		r = begin(plans);
		if (r < 0)
			tell(&plans->waits, r);
	}
	tell(&served, worst);
}

/* Whoever is told may ask again at once: those who wait next are in another list. */
static void tell(struct list *waits, int status)
{
	while (!list_empty(waits)) {
		struct plans_wait *wait =
			list_entry(list_pop(waits), struct plans_wait, link);

		wait->done(wait, status);
	}
}

void plans_listen(struct plans *plans,
                  void (*changed)(void *context, const struct plan_version *version),
                  void *context)
{
	CHECK(plans->listener_count < PLANS_LISTENERS_MAX);
	plans->listeners[plans->listener_count].changed = changed;
	plans->listeners[plans->listener_count].context = context;
	plans->listener_count++;
}

void plans_unlisten(struct plans *plans, const void *context)
{
	for (size_t i = 0; i < plans->listener_count; i++) {
		if (plans->listeners[i].context != context)
			continue;
		plans->listeners[i] = plans->listeners[--plans->listener_count];
		return;
	}
}

const struct plan_version *plans_get(const struct plans *plans, const char *id)
{
	if (id == NULL || id[0] == '\0')
		return plans->count == 1 ? plans->current[0] : NULL;
	return find(plans, id);
}

size_t plans_count(const struct plans *plans)
{
	return plans->count;
}

const struct plan_version *plans_at(const struct plans *plans, size_t index)
{
	CHECK(index < plans->count);
	return plans->current[index];
}

static struct plan_version *find(const struct plans *plans, const char *id)
{
	for (size_t i = 0; i < plans->count; i++)
		if (strcmp(plans->current[i]->plan->id, id) == 0)
			return plans->current[i];
	return NULL;
}
