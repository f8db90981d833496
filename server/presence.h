/*
 * The centre's own presence: while a server takes reports it says so in the database
 * every half a minute. What no server covers is an outage, which no unit is blamed for.
 */
#ifndef DUBAN_SERVER_PRESENCE_H
#define DUBAN_SERVER_PRESENCE_H

#include <stdint.h>

typedef struct uv_loop_s uv_loop_t;
struct presence;
struct server;

/* Begins with a beat. E_NOMEM. */
int presence_create(struct server *srv, uv_loop_t *loop, struct presence **ret_presence);
/* No beat follows. @done runs once, later, when the one that was sent has ended. */
void presence_close(struct presence *presence, void (*done)(void *context),
                    void *context);
/* The span that this server is in; 0 before the first beat was stored. Accepts NULL. */
int64_t presence_span(const struct presence *presence);

#endif
