/*
 * What the connections of one server or channel share: timers, buffers that are
 * only used within one callback, and work to be done later in the loop's turn.
 */
#ifndef RPC_ENGINE_H
#define RPC_ENGINE_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/list.h"
#include "rpc/pool.h"
#include "rpc/slots.h"
#include "rpc/timers.h"

#define ENGINE_READ_SIZE  (64 * 1024)
#define ENGINE_BATCH_SIZE (16 * 1024) /* the most that one TLS record carries */

/* Bytes on their way to a socket; grows as needed. */
struct outgoing {
	uint8_t *data;
	size_t len, capacity;
};

struct task {
	struct list node;
	void (*run)(struct task *task);
};

struct engine {
	unsigned magic;
#define ENGINE_MAGIC 0x3c09e11bU
	uv_loop_t *loop;
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t idle; /* runs while tasks wait, so that the loop does not sleep */
	struct timers timers;
	struct list tasks;
	unsigned handles; /* not yet closed */
	unsigned turn;    /* of the loop; what is done in one is bounded per connection */
	void (*closed)(struct engine *engine);
	nghttp2_session_callbacks *callbacks;
	struct pool pool;         /* for what comes and goes with calls */
	struct slots slots;       /* nghttp2's */
	struct outgoing outgoing; /* empty between callbacks */
	uint8_t read_buffer[ENGINE_READ_SIZE];
	uint8_t plain[ENGINE_BATCH_SIZE]; /* one decrypted record */
	/* Frames that make up the next record; the last may be a whole header block. */
	uint8_t batch[2 * ENGINE_BATCH_SIZE + 16];
	size_t batch_len;
};

/* Prepare @engine, which stays where it is until closed. E_NOMEM. */
int engine_init(struct engine *engine, uv_loop_t *loop);
/* Close the handles; @closed runs once, later; then the memory is the caller's again.
 * Nothing may be set or posted from then on. */
void engine_close(struct engine *engine, void (*closed)(struct engine *engine));

static inline void task_init(struct task *task, void (*run)(struct task *task))
{
	list_init(&task->node);
	task->run = run;
}
/* Run @task once, later in this turn of the loop. Posted twice, it runs once. */
void engine_post(struct engine *engine, struct task *task);
/* Accepts a task that is not posted. */
void engine_unpost(struct task *task);

static inline uint64_t engine_now(const struct engine *engine)
{
	return uv_now(engine->loop);
}
/* E_NOMEM: nothing was appended. */
int outgoing_append(struct outgoing *outgoing, const void *data, size_t len);

#endif
