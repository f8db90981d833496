/* The alert stream: kept open, resumed from the last cursor that is safe. */
#ifndef DUBAN_CLIENT_AGENT_WATCH_H
#define DUBAN_CLIENT_AGENT_WATCH_H

#include <duban/v1/alerts.pb-c.h>
#include <uv.h>

#include "client/agent/centre.h"
#include "client/agent/store.h"

struct watch;

struct watch_options {
	uv_loop_t *loop;
	struct centre *centre;
	struct store *store;
	const struct settings *settings;
	/* Each once, after it is kept. All borrowed. */
	void (*alert)(void *context, const Duban__V1__Alert *alert);
	void (*clock)(void *context, int64_t plan_at, bool rehearsal);
	void (*plan_changed)(void *context);
	/* The stream ended or could not be kept; it is opened again later. */
	void (*ended)(void *context, const char *why);
	void *context;
};

int watch_create(const struct watch_options *options, struct watch **ret_watch);
/* Accepts NULL; the loop must run on until nothing is left in it. */
void watch_close(struct watch *watch);

#endif
