/*
 * Open alert streams, all of them, and one reader for all of them.
 *
 * A stream begins with the clock, goes on with what its recipient was told after the
 * caller's cursor, and then gets what is decided, and every step of the clock. One query
 * serves every stream that waits; streams are found by recipient.
 */
#ifndef DUBAN_SERVER_WATCH_H
#define DUBAN_SERVER_WATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;
struct rpc_call;
struct server;
struct watch_hub;

#define WATCHERS_MAX        20000 /* streams of this server */
#define WATCHERS_OF_ONE_MAX 32    /* streams for one recipient */
#define WATCH_RECIPIENT_MAX 96    /* bytes of a path, NUL included */

/* Borrows @srv until closed; listens to srv->plans when there is one. E_NOMEM. */
int watch_create(struct server *srv, uv_loop_t *loop, struct watch_hub **ret_hub);
/* Drain, wait for the database, then run @done, later. */
void watch_close(struct watch_hub *hub, void (*done)(void *context), void *context);
/* Finish every stream with UNAVAILABLE, and each that opens from now on: its client
 * watches again elsewhere. Accepts NULL. */
void watch_drain(struct watch_hub *hub);

/* Alerts were decided, here or elsewhere. Accepts NULL, as the two below. */
void watch_wake(struct watch_hub *hub);
/* Plan time was stepped: tell everybody. */
void watch_clock_changed(struct watch_hub *hub);
/* @unit, a district's code, was heard of by another way than a stream. */
void watch_heard(struct watch_hub *hub, const char *unit);

/*
 * Open a stream. On 0 @call is the hub's, which sends, and finishes it.
 *
 *   E_DOWN   the server is stopping
 *   E_BUSY   too many streams, all together or for this recipient      E_NOMEM
 */
int watch_open(struct watch_hub *hub, struct rpc_call *call, const char *recipient,
               int64_t after);
/* The caller's end of @call is gone, or takes data again. */
void watch_cancelled(struct rpc_call *call);
void watch_writable(struct rpc_call *call);

/* Is a stream for this recipient open on this server? */
bool watch_is_open(const struct watch_hub *hub, const char *recipient);
uint32_t watch_count(const struct watch_hub *hub);

#endif
