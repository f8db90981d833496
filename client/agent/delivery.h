/*
 * Delivering reports from a command: connected or not, judged, shown, signed, queued,
 * and waited for. What submit, nochange and zero have in common.
 */
#ifndef DUBAN_CLIENT_AGENT_DELIVERY_H
#define DUBAN_CLIENT_AGENT_DELIVERY_H

#include <jansson.h>
#include <popt.h>

#include "client/agent/agent.h"
#include "client/agent/making.h"
#include "client/agent/sitting.h"

#define DELIVERY_WAIT_SECONDS 30
#define DELIVERY_WAIT_MAX     86400

/* What the options say; of the one command that runs. */
struct delivery_given {
	int queue_only, no_check;
	int wait;     /* seconds; -1: not given */
	char *reason; /* or NULL */
};
extern struct delivery_given delivery_given;

/* clang-format off */
#define DELIVERY_OPTIONS \
	{"reason", 'r', POPT_ARG_STRING, &delivery_given.reason, 0, N_("更正、重报、封表后补报的原因，或连续无变化的原因（也可写在文件里）"), N_("原因")}, \
	{"queue-only", 'q', POPT_ARG_NONE, &delivery_given.queue_only, 0, N_("只存入待发队列，现在不发送"), NULL}, \
	{"no-check", 0, POPT_ARG_NONE, &delivery_given.no_check, 0, N_("本机审核未通过也报送，由中心端审核"), NULL}, \
	{"wait", 'w', POPT_ARG_INT, &delivery_given.wait, 0, N_("等待回执的秒数（默认 30 秒，首次发送失败即返回；给出时一直重试到时间用完）"), N_("秒")}
/* clang-format on */

struct delivery {
	struct sitting sitting;
	struct signer *signer;
	json_t *results; /* with --json; else NULL */
	int worst;       /* agent_exit of all so far */
};

/* Open store, signer and plan, and connect unless only the queue is meant. An agent_exit
 * after saying why not; delivery_close() is to be called after AGENT_OK. */
int delivery_open(struct agent *agent, struct delivery *delivery);
/* Print what is left to print, and close. An agent_exit: the worst. */
int delivery_close(struct delivery *delivery);

/*
 * Bring out what making_judge() said of @making: show what changes, sign, queue, send,
 * wait, show the outcome; or show why not. An agent_exit.
 */
int delivery_bring(struct delivery *delivery, struct making *making, int judged);
/* Wait for a report that is queued, and show its outcome. An agent_exit. */
int delivery_wait(struct delivery *delivery, int64_t row);
/* Remember the worst of several: failed, refused, queued, acknowledged. */
void delivery_worsen(struct delivery *delivery, int code);
/* For check: as delivery_bring(), but nothing is sent. */
int delivery_only_show(struct delivery *delivery, struct making *making, int judged);
int64_t delivery_wait_ms(void);

#endif
