/*
 * Work off the loop:
 *
 *   work_submit -> waiting -> slot -> uv_queue_work ~ ~> run* ~ ~> done* -> next
 *
 * There are as many slots as processors. A free slot takes its share of what waits, so
 * that under load one trip to a thread carries several jobs; alone, a job goes at once.
 *
 * What can go wrong, and who must act: more work than the processors can do. Then the
 * queue is full, work_submit() says E_BUSY, and the caller's client tries again.
 */
#include "server/work.h"

#include <stdlib.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"

#define TRIP_MAX 8 /* jobs that one slot takes at once */

struct slot {
	unsigned magic;
#define WORK_SLOT_MAGIC 0x48ab91c3U
	uv_work_t request;
	struct work *work;
	struct list jobs; /* struct work_job; empty: free */
};

struct work {
	uv_loop_t *loop;
	size_t waiting_max, waiting, running;
	struct list queue;
	size_t slot_count, slots_busy;
	struct slot slots[WORK_SLOTS_MAX];
};

static void start(struct work *work);
static size_t take_share(struct work *work, struct slot *slot);
static void run(uv_work_t *request);
static void on_run(uv_work_t *request, int status);

int work_create(uv_loop_t *loop, size_t queue_max, struct work **ret_work)
{
	struct work *work = calloc(1, sizeof(*work));
	unsigned processors = uv_available_parallelism();

	if (work == NULL)
		return E_NOMEM;
	work->loop = loop;
	work->waiting_max = queue_max;
	list_init(&work->queue);
	work->slot_count = processors < WORK_SLOTS_MAX ? processors : WORK_SLOTS_MAX;
	for (size_t i = 0; i < work->slot_count; i++) {
		work->slots[i].magic = WORK_SLOT_MAGIC;
		work->slots[i].work = work;
		list_init(&work->slots[i].jobs);
	}
	*ret_work = work;
	return 0;
}

size_t work_waiting(const struct work *work)
{
	return work->waiting;
}

void work_destroy(struct work *work)
{
	CHECK(work == NULL || work_under_way(work) == 0);
	free(work);
}

size_t work_under_way(const struct work *work)
{
	return work->waiting + work->running;
}

int work_submit(struct work *work, struct work_job *job)
{
	if (work->waiting >= work->waiting_max && work->slots_busy == work->slot_count)
		return E_BUSY;
	list_push(&work->queue, &job->link);
	work->waiting++;
	start(work);
	return 0;
}

void work_submit_first(struct work *work, struct work_job *job)
{
	list_push(work->queue.next, &job->link); /* before the first */
	work->waiting++;
	start(work);
}

static void start(struct work *work)
{
	for (size_t i = 0; i < work->slot_count && work->waiting > 0; i++) {
		struct slot *slot = &work->slots[i];

		if (!list_empty(&slot->jobs))
			continue;
		work->running += take_share(work, slot);
		work->slots_busy++;
		CHECK(uv_queue_work(work->loop, &slot->request, run, on_run) == 0);
	}
}

static size_t take_share(struct work *work, struct slot *slot)
{
	size_t share = work->waiting / (work->slot_count - work->slots_busy);
	size_t taken;

	if (share > TRIP_MAX)
		share = TRIP_MAX;
	if (share == 0)
		share = 1;
	for (taken = 0; taken < share; taken++)
		list_push(&slot->jobs, list_pop(&work->queue));
	work->waiting -= taken;
	return taken;
}

/* On a pool thread: nothing but the slot's jobs is looked at. */
static void run(uv_work_t *request)
{
	struct slot *slot = container_of(request, struct slot, request);

	list_for_each (node, &slot->jobs) {
		struct work_job *job = list_entry(node, struct work_job, link);

		job->run(job);
	}
}

/* The slot is free before the first done, which may submit more. */
static void on_run(uv_work_t *request, int status)
{
	struct slot *slot = container_of(request, struct slot, request);
	struct work *work = slot->work;
	struct list done, *node;

	CHECK_MAGIC(slot, WORK_SLOT_MAGIC);
	CHECK(status == 0); /* nothing here is ever cancelled */
	list_init(&done);
	while ((node = list_pop(&slot->jobs)) != NULL) {
		list_push(&done, node);
		work->running--;
	}
	work->slots_busy--;
	start(work);
	while ((node = list_pop(&done)) != NULL) {
		struct work_job *job = list_entry(node, struct work_job, link);

		job->done(job);
	}
}
