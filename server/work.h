/*
 * Long computation off the loop: a bounded queue into libuv's thread pool.
 *
 * Signature checks and signing run here. A job's run function touches nothing but its
 * own struct; done runs on the loop.
 */
#ifndef DUBAN_SERVER_WORK_H
#define DUBAN_SERVER_WORK_H

#include <stddef.h>

#include "base/list.h"

typedef struct uv_loop_s uv_loop_t;
struct work;

struct work_job {
	void (*run)(struct work_job *job);  /* on a pool thread */
	void (*done)(struct work_job *job); /* on the loop, exactly once, later */
	struct list link;                   /* private */
};
#define WORK_SLOTS_MAX 16 /* at once, however many processors there are */

/* @queue_max: jobs that may wait besides those that run. */
int work_create(uv_loop_t *loop, size_t queue_max, struct work **ret_work);
/* Jobs that wait. */
size_t work_waiting(const struct work *work);
/* Nothing may be under way. Accepts NULL. */
void work_destroy(struct work *work);
/* E_BUSY when the queue is full; then neither function runs. */
int work_submit(struct work *work, struct work_job *job);
/* The same, before everything that waits, and never E_BUSY: for the few jobs that hold
 * many others up. */
void work_submit_first(struct work *work, struct work_job *job);
size_t work_under_way(const struct work *work);

#endif
