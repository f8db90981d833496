/*
 * Plan time: what everything in the plan is judged by.
 *
 * In production it is wall time. In a rehearsal it is one row in the database, stepped
 * by one RPC, and every server follows it through a notification.
 */
#ifndef DUBAN_SERVER_CLOCK_H
#define DUBAN_SERVER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "server/store.h"

struct clock;
struct server;

/* @rehearsal: from the settings. In production nothing is read from the database. */
int clock_create(struct server *server, bool rehearsal, int64_t start_at,
                 struct clock **ret_clock);
void clock_destroy(struct clock *clock); /* accepts NULL */
bool clock_is_rehearsal(const struct clock *clock);
/* Plan time, ms since 1970 UTC. Never goes back while a server runs. */
int64_t clock_now(const struct clock *clock);
/* The row changed (or a reader polls): read it again; @done (may be NULL) runs later. */
void clock_refresh(struct clock *clock, void (*done)(void *context, int status),
                   void *context);

#endif
