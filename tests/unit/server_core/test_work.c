/* Work off the loop: nothing is lost, nothing runs twice, and a full queue says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <uv.h>

#include "base/check.h"
#include "base/err.h"
#include "server/work.h"

#define JOBS 1000

struct test_job {
	struct work_job job;
	int ran, done;
};

static struct test_job jobs[JOBS];
static size_t order[JOBS], finished;
static uv_sem_t gate;

static void run(struct work_job *job)
{
	container_of(job, struct test_job, job)->ran++;
}

static void run_behind_gate(struct work_job *job)
{
	uv_sem_wait(&gate);
	uv_sem_post(&gate);
	run(job);
}

static void done(struct work_job *job)
{
	struct test_job *test = container_of(job, struct test_job, job);

	test->done++;
	order[finished++] = (size_t)(test - jobs);
}

static void prepare(void (*function)(struct work_job *job))
{
	finished = 0;
	for (size_t i = 0; i < JOBS; i++)
		jobs[i] = (struct test_job){.job = {.run = function, .done = done}};
}

static void every_job_runs_once(void **state)
{
	struct work *work;

	(void)state;
	prepare(run);
	assert_int_equal(work_create(uv_default_loop(), JOBS, &work), 0);
	for (size_t i = 0; i < JOBS; i++)
		assert_int_equal(work_submit(work, &jobs[i].job), 0);
	assert_int_equal(finished, 0); /* never from inside the call */
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	assert_int_equal(finished, JOBS);
	for (size_t i = 0; i < JOBS; i++)
		assert_true(jobs[i].ran == 1 && jobs[i].done == 1);
	assert_int_equal(work_under_way(work), 0);
	work_destroy(work);
}

/* Under load the clients are told to come again; memory does not grow without end. */
static void a_full_queue_refuses(void **state)
{
	struct work *work;
	size_t taken = 0;

	(void)state;
	prepare(run_behind_gate);
	assert_int_equal(uv_sem_init(&gate, 0), 0);
	assert_int_equal(work_create(uv_default_loop(), 3, &work), 0);
	while (taken < JOBS && work_submit(work, &jobs[taken].job) == 0)
		taken++;
	assert_in_range(taken, 4, 3 + WORK_SLOTS_MAX);
	assert_int_equal(work_submit(work, &jobs[taken].job), E_BUSY);
	work_submit_first(work, &jobs[JOBS - 1].job); /* always taken */
	uv_sem_post(&gate);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	assert_int_equal(finished, taken + 1);
	assert_int_not_equal(order[taken],
	                     JOBS - 1); /* it went before some that waited */
	assert_int_equal(jobs[taken].ran, 0);
	work_destroy(work);
	uv_sem_destroy(&gate);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_job_runs_once),
		cmocka_unit_test(a_full_queue_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
