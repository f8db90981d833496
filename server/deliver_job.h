/* One attempt at one message: the transfer that is made of alerts and a contact. */
#ifndef DUBAN_SERVER_DELIVER_JOB_H
#define DUBAN_SERVER_DELIVER_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/list.h"
#include "server/contact.h"
#include "server/store_delivery.h"
#include "server/transfer.h"

struct lane;
struct plans;
struct settings;

#define JOB_MEMORY_MAX (8u * 1024 * 1024)
#define JOB_ANSWER_MAX 4096 /* bytes of an answer that are looked at */

/* What a job needs to know of its contact; texts are borrowed until it is over. */
struct job_way {
	enum contact_kind kind;
	const char *to;           /* e-mail: the recipient's address */
	const char *url, *secret; /* webhooks: secrets */
	const char *password;     /* of the mail server's user, a secret; "" none */
	const struct settings *settings;
	const struct plans *plans; /* for names; may be NULL */
};

struct job {
	unsigned magic;
#define JOB_MAGIC 0x4be20d15U
	struct list link;
	struct lane *lane;
	struct arena arena;
	struct claimed_message message; /* in the arena, as its numbers */
	int64_t *alerts;
	struct transfer transfer;
	struct curl_slist *lines; /* recipients, or headers */
	struct bytes body;
	size_t sent;
	uint8_t answer[JOB_ANSWER_MAX];
	size_t answer_len;
	struct store_delivered record;
	unsigned record_tries;
};

/* A job for a copy of @message. E_NOMEM. */
int job_create(const struct claimed_message *message, struct job **ret_job);
void job_destroy(struct job *job); /* accepts NULL */

/*
 * Set up job->transfer.easy. E_NOMEM, E_INTERNAL (libcurl), E_SYNTAX (an address that
 * cannot be written to).
 */
int job_prepare(struct job *job, const struct job_way *way, int64_t wall_now);

enum job_result {
	JOB_SENT,
	JOB_FAILED,    /* for good: no attempt will ever succeed */
	JOB_RETRY,     /* the channel or the message, this time */
	JOB_THROTTLED, /* the channel asks to be left alone for a while */
};
/* What came of it; @ret_why is for people and holds no secret, in the job's arena or
 * static. */
enum job_result job_result(struct job *job, const struct job_way *way, CURLcode code,
                           const char **ret_why);

#endif
