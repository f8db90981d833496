/*
 * Alerts on their way out: e-mail and webhooks, as jobs that are retried, with a record.
 *
 * A delivery is a row in `delivery`, one for each alert and contact; it was written in
 * the transaction that decided the alert. What was decided for a contact at one instant
 * goes out as one message: a head who leads a section gets one e-mail in the morning, not
 * twenty. A server claims a message's rows for a lease, so that two servers never send
 * the same one at the same time, tries it, and records in each row what happened.
 *
 * What "once" means. A row that is recorded as sent is never sent again. But a mail
 * server's 250 and our record are two facts in two places: when this program is killed
 * (or loses the database) between them, the rows are claimed again after the lease, and
 * the recipient gets the message a second time. E-mails carry a Message-ID made from
 * alerts and address, the same at every attempt, by which most mail systems drop the
 * second copy; a webhook's receiver sees the alerts' numbers twice. The other choice,
 * recording before sending, would lose messages instead; a reminder told twice is better
 * than one not told.
 *
 * What waits for a contact that the settings no longer have is marked as failed, an hour
 * after it was due: not at once, because servers of one database are given new settings
 * one after the other.
 */
#ifndef DUBAN_SERVER_DELIVER_H
#define DUBAN_SERVER_DELIVER_H

#include <stdint.h>

#include "base/list.h"

typedef struct uv_loop_s uv_loop_t;
struct deliver;
struct server;

/*
 * Start delivering to srv->settings->contacts. Borrows @srv until closed. A secret that
 * cannot be read is logged; its contact's rows wait. E_NOMEM, E_INTERNAL (libcurl).
 */
int deliver_create(struct server *srv, uv_loop_t *loop, struct deliver **ret_deliver);
/* Let attempts under way end (each is bounded), record them, then run @done, later. */
void deliver_close(struct deliver *deliver, void (*done)(void *context), void *context);

/* New rows may be there. Accepts NULL. */
void deliver_wake(struct deliver *deliver);
/* Read the webhooks' secrets again. Accepts NULL. */
void deliver_reload(struct deliver *deliver);

/* Somebody who waits until what is due now has been attempted. */
struct deliver_wait {
	/* Exactly once, later. Rows that wait for a rate limit or for a channel that is
	 * out of order are not waited for. 0, E_DOWN (the database), E_CANCELLED. */
	void (*done)(struct deliver_wait *wait, int status);
	struct list link; /* private */
};
void deliver_settle(struct deliver *deliver, struct deliver_wait *wait);

#endif
