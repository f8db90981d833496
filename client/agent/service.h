/* The running service: what it consists of, and how it starts and ends. */
#ifndef DUBAN_CLIENT_AGENT_SERVICE_H
#define DUBAN_CLIENT_AGENT_SERVICE_H

#include <uv.h>

#include "client/agent/agent.h"
#include "client/agent/catch_up.h"
#include "client/agent/centre.h"
#include "client/agent/plan_cache.h"
#include "client/agent/refresh.h"
#include "client/agent/sender.h"
#include "client/agent/spool.h"
#include "client/agent/watch.h"

#define SERVICE_LOCK_MS   10000 /* how long to wait for a command that sends just now */
#define SERVICE_POLL_MS   5000  /* safety net for what the wake file does not tell */
#define SERVICE_REMIND_MS 60000
/* Nobody tells us that another agent of the unit sent something. */
#define SERVICE_CATCH_UP_MS (15 * 60 * 1000)

struct service {
	unsigned magic;
#define SERVICE_MAGIC 0x5e41ce77U
	struct agent *agent;
	uv_loop_t loop;
	int lock;
	struct store *store;
	struct signer *signer;
	struct plan_cached plan;
	struct centre *centre;
	struct refresh refresh;
	struct catch_up catch_up;
	struct sender *sender;
	struct watch *watch;
	struct spool *spool; /* NULL: no folder is set */
	uv_signal_t terminate, interrupt, hangup;
	uv_fs_event_t wake;
	uv_timer_t poll, remind, others;
	bool has_handles, stopping;
	bool is_time_fresh; /* asked for since the spool's last round */
};

/* Open everything and start. An agent_exit after saying why not; service_close() is to be
 * called in any case. */
int service_open(struct agent *agent, struct service *service);
/* Run until SIGTERM or SIGINT. */
void service_run(struct service *service);
void service_close(struct service *service);

/* service_log.c: what happens, one line an event. All are callbacks of the parts. */
void service_on_tried(void *context, const struct queue_entry *entry);
void service_on_store_failed(void *context, const char *why);
void service_on_state(void *context, enum rpc_channel_state state, const char *why);
void service_on_alert(void *context, const Duban__V1__Alert *alert);
void service_on_caught_up(struct catch_up *catch_up, int status, unsigned news,
                          const char *why);
void service_on_stream_ended(void *context, const char *why);
void service_on_queued(void *context, const struct queue_entry *entry);
void service_on_filed(void *context, const char *name, const char *outcome);
void service_on_spool_failed(void *context, const char *name, const char *why);
/* Look for reports that are owed, and say each stage of each once. */
void service_remind(struct service *service);

#endif
