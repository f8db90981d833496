/*
 * What the connections of one server or channel share.
 *
 *	timers, sockets -> callbacks -> engine_post() ... -> tasks -> sleep
 *
 * Tasks run right after the sockets were read (check) and right before the loop
 * sleeps (prepare), so that everything which one turn produced for a connection
 * leaves in one piece.
 */
#include "rpc/engine.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "rpc/session.h"

/* Memory that the shared outgoing buffer may keep between callbacks. */
#define OUTGOING_KEEP (256 * 1024)
/* Tasks that post tasks: how often in a row before sockets get their turn. */
#define ROUNDS_MAX 8

static void ignore_broken_pipes(void);
static void on_prepare(uv_prepare_t *uv);
static void on_check(uv_check_t *uv);
static void on_idle(uv_idle_t *uv);
static void run_tasks(struct engine *engine);
static void on_closed(uv_handle_t *handle);

int engine_init(struct engine *engine, uv_loop_t *loop)
{
	ignore_broken_pipes();
	engine->magic = ENGINE_MAGIC;
	engine->loop = loop;
	engine->outgoing = (struct outgoing){0};
	engine->batch_len = 0;
	engine->turn = 0;
	list_init(&engine->tasks);
	if (session_callbacks_create(&engine->callbacks) < 0)
		return E_NOMEM;
	pool_init(&engine->pool);
	slots_init(&engine->slots, &engine->pool);
	timers_init(&engine->timers, loop);
	CHECK(uv_prepare_init(loop, &engine->prepare) == 0);
	CHECK(uv_check_init(loop, &engine->check) == 0);
	CHECK(uv_idle_init(loop, &engine->idle) == 0);
	CHECK(uv_prepare_start(&engine->prepare, on_prepare) == 0);
	CHECK(uv_check_start(&engine->check, on_check) == 0);
	uv_unref((uv_handle_t *)&engine->prepare);
	uv_unref((uv_handle_t *)&engine->check);
	engine->prepare.data = engine;
	engine->check.data = engine;
	engine->idle.data = engine;
	engine->timers.uv.data = engine;
	engine->handles = 4;
	return 0;
}

/* libuv writes to sockets in a way that raises SIGPIPE when the peer has gone; a program
 * that did not choose what happens then would die of any client. */
static void ignore_broken_pipes(void)
{
	struct sigaction action;

	if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL)
		(void)signal(SIGPIPE, SIG_IGN);
}

void engine_close(struct engine *engine, void (*closed)(struct engine *engine))
{
	CHECK_MAGIC(engine, ENGINE_MAGIC);
	engine->closed = closed;
	uv_close((uv_handle_t *)&engine->prepare, on_closed);
	uv_close((uv_handle_t *)&engine->check, on_closed);
	uv_close((uv_handle_t *)&engine->idle, on_closed);
	uv_close((uv_handle_t *)&engine->timers.uv, on_closed);
}

static void on_closed(uv_handle_t *handle)
{
	struct engine *engine = handle->data;

	CHECK_MAGIC(engine, ENGINE_MAGIC);
	if (--engine->handles > 0)
		return;
	CHECK(list_empty(&engine->tasks));
	nghttp2_session_callbacks_del(engine->callbacks);
	slots_finish(&engine->slots);
	pool_finish(&engine->pool);
	free(TAKE(engine->outgoing.data));
	engine->magic = 0;
	engine->closed(engine);
}

void engine_post(struct engine *engine, struct task *task)
{
	if (!list_empty(&task->node))
		return;
	if (list_empty(&engine->tasks))
		CHECK(uv_idle_start(&engine->idle, on_idle) == 0);
	list_push(&engine->tasks, &task->node);
}

void engine_unpost(struct task *task)
{
	list_remove(&task->node);
}

/* Its being active is what keeps the loop awake. */
static void on_idle(uv_idle_t *uv)
{
	(void)uv;
}

static void on_prepare(uv_prepare_t *uv)
{
	struct engine *engine = uv->data;

	engine->turn++;
	run_tasks(engine);
}

static void on_check(uv_check_t *uv)
{
	run_tasks(uv->data);
}

static void run_tasks(struct engine *engine)
{
	CHECK_MAGIC(engine, ENGINE_MAGIC);
	for (int round = 0; round < ROUNDS_MAX && !list_empty(&engine->tasks); round++) {
		/* A mark of ours ends the round: what is posted meanwhile is after it. */
		struct list mark;
		struct list *node;

		list_init(&mark);
		list_push(&engine->tasks, &mark);
		while ((node = list_pop(&engine->tasks)) != &mark) {
			struct task *task = list_entry(node, struct task, node);

			task->run(task);
		}
	}
	if (list_empty(&engine->tasks))
		(void)uv_idle_stop(&engine->idle);
	if (engine->outgoing.capacity > OUTGOING_KEEP) {
		free(TAKE(engine->outgoing.data));
		engine->outgoing.capacity = 0;
	}
}

int outgoing_append(struct outgoing *outgoing, const void *data, size_t len)
{
	size_t needed = outgoing->len + len;

	if (needed > outgoing->capacity) {
		size_t capacity =
			outgoing->capacity == 0 ? ENGINE_READ_SIZE : outgoing->capacity;
		uint8_t *larger;

		while (capacity < needed)
			capacity *= 2;
		larger = realloc(outgoing->data, capacity);
		if (larger == NULL)
			return E_NOMEM;
		outgoing->data = larger;
		outgoing->capacity = capacity;
	}
	memcpy(outgoing->data + outgoing->len, data, len);
	outgoing->len = needed;
	return 0;
}
