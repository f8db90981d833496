/*
 * The way of a delivery:
 *
 *	           .----------------------- more ------------------------.
 *	           v                                                     |
 *	wake -> claim rows ~ ~> jobs in their contact's lane -> attempt ~ ~> record ~ ~
 *
 * A job is one message. A lane is one contact: its jobs go out one after another, in the
 * order of the alerts, not faster than the rate allows. A lane that failed rests, longer
 *each time, and holds up nobody else; what it had claimed is given back.
 *
 * What can go wrong, and who has to act:
 *
 *  - The mail server or robot is away, or refuses: tried again with growing pauses, at
 *    most DELIVER_ATTEMPTS_MAX times (about two days); then the row says "failed" and
 *    why. ListAlerts shows it, the log has a warning. Somebody repairs the channel.
 *  - The address does not exist: failed at once.
 *  - The contact is no longer in the settings: failed after ABANDON_AFTER.
 *  - The database goes away after an attempt: recording is tried again, within the lease;
 *    then given up, and the row is sent a second time: see deliver.h.
 *  - A robot's rate is exceeded, perhaps by other senders: the lane rests, nothing is
 *    dropped. Each server counts for itself; with n servers the setting is the limit
 *    divided by n.
 */
#include "server/deliver.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "server/deliver_job.h"
#include "server/deliver_lane.h"
#include "server/server.h"
#include "server/settings.h"
#include "server/transfer.h"

#define DELIVER_POLL         2000   /* ms */
#define DELIVER_LEASE        120000 /* ms; a lane's jobs take four times 20 s at most */
#define DELIVER_ATTEMPTS_MAX 100
#define DELIVER_RECORD_TRIES 20      /* one a poll: within the lease */
#define ABANDON_AFTER        3600000 /* ms */
#define ABANDON_POLL         600000  /* ms */

struct deliver {
	unsigned magic;
#define DELIVER_MAGIC 0x6be1f94dU
	struct server *srv;
	uv_timer_t timer;
	struct transfers *transfers;
	struct lanes lanes;
	unsigned jobs;
	bool claiming, again, closing, abandoning;
	struct arena arena; /* of a claim */
	struct store_claim claim;
	uint64_t abandon_at; /* loop time */
	struct arena abandon_arena;
	struct store_abandon abandon;
	struct list unrecorded;    /* jobs whose record did not arrive yet */
	struct list waits, served; /* who waits for the next claim; for this one */
	void (*closed)(void *context);
	void *closed_context;
};

static void on_timer(uv_timer_t *timer);
static void abandon(struct deliver *deliver);
static void on_abandoned(struct store_abandon *abandon, int status);
static void pump(struct deliver *deliver);
static void on_claimed(struct store_claim *claim, int status);
static void take_message(struct deliver *deliver, const struct claimed_message *message);
static void run_lane(struct lane *lane);
static int attempt(struct job *job);
static void on_attempted(struct transfer *transfer, CURLcode code);
static void settle_job(struct job *job, enum job_result result, const char *why);
static void give_back(struct lane *lane);
static void record(struct job *job, enum delivery_outcome outcome, const char *why);
static void send_record(struct job *job);
static void keep_unrecorded(struct job *job);
static void on_recorded(struct store_delivered *delivered, int status);
static void retry_records(struct deliver *deliver);
static void drop_job(struct job *job);
static void answer_waits(struct list *waits, int status);
static void finish_close(struct deliver *deliver);
static void on_transfers_closed(void *context);
static void on_timer_closed(uv_handle_t *handle);
static void destroy(struct deliver *deliver);

int deliver_create(struct server *srv, uv_loop_t *loop, struct deliver **ret_deliver)
{
	struct deliver *deliver = calloc(1, sizeof(*deliver));
	int r;

	if (deliver == NULL)
		return E_NOMEM;
	deliver->magic = DELIVER_MAGIC;
	deliver->srv = srv;
	list_init(&deliver->unrecorded);
	list_init(&deliver->waits);
	list_init(&deliver->served);
	arena_init(&deliver->arena, 16u * 1024 * 1024);
	arena_init(&deliver->abandon_arena, 16u * 1024 * 1024);
	deliver->claim.done = on_claimed;
	deliver->abandon.done = on_abandoned;
	deliver->lanes.plans = srv->plans;
	r = lanes_init(&deliver->lanes, deliver, srv->settings);
	if (r == 0)
		r = transfers_create(loop, &deliver->transfers);
	if (r < 0) {
		destroy(deliver);
		return r;
	}
	lanes_read_secrets(&deliver->lanes);
	CHECK(uv_timer_init(loop, &deliver->timer) == 0);
	deliver->timer.data = deliver;
	CHECK(uv_timer_start(&deliver->timer, on_timer, 0, DELIVER_POLL) == 0);
	*ret_deliver = deliver;
	return 0;
}

void deliver_reload(struct deliver *deliver)
{
	if (deliver != NULL)
		lanes_read_secrets(&deliver->lanes);
}

void deliver_wake(struct deliver *deliver)
{
	if (deliver == NULL || deliver->closing)
		return;
	deliver->again = true;
	if (!deliver->claiming)
		CHECK(uv_timer_start(&deliver->timer, on_timer, 0, DELIVER_POLL) == 0);
}

void deliver_settle(struct deliver *deliver, struct deliver_wait *wait)
{
	CHECK(!deliver->closing);
	list_init(&wait->link);
	list_push(&deliver->waits, &wait->link);
	deliver_wake(deliver);
}

static void on_timer(uv_timer_t *timer)
{
	struct deliver *deliver = timer->data;

	CHECK_MAGIC(deliver, DELIVER_MAGIC);
	retry_records(deliver);
	if (uv_now(timer->loop) >= deliver->abandon_at)
		abandon(deliver);
	pump(deliver);
}

/* What waits for nobody. When it cannot be sent, the next poll tries again. */
static void abandon(struct deliver *deliver)
{
	struct store_abandon *abandon = &deliver->abandon;
	size_t count = deliver->lanes.count;
	const char **channels, **addresses;

	if (deliver->abandoning || deliver->closing)
		return;
	arena_finish(&deliver->abandon_arena);
	channels = arena_new_array(&deliver->abandon_arena, count, const char *);
	addresses = arena_new_array(&deliver->abandon_arena, count, const char *);
	if (channels == NULL || addresses == NULL)
		return;
	lanes_list(&deliver->lanes, channels, addresses);
	abandon->channels = channels;
	abandon->addresses = addresses;
	abandon->count = count;
	abandon->wall_now = wall_now();
	abandon->wall_before = abandon->wall_now - ABANDON_AFTER;
	abandon->arena = &deliver->abandon_arena;
	if (store_abandon(deliver->srv->store, abandon) < 0)
		return;
	deliver->abandoning = true;
	deliver->abandon_at = uv_now(deliver->timer.loop) + ABANDON_POLL;
}

static void on_abandoned(struct store_abandon *abandon, int status)
{
	struct deliver *deliver = container_of(abandon, struct deliver, abandon);

	CHECK_MAGIC(deliver, DELIVER_MAGIC);
	deliver->abandoning = false;
	if (status < 0)
		deliver->abandon_at = 0;
	else if (abandon->abandoned > 0)
		log_event(LOG_WARN, "deliver",
		          log_int("abandoned", (int64_t)abandon->abandoned),
		          log_str("result", "no such contact in the settings"));
	if (deliver->closing)
		finish_close(deliver);
}

/* Claim for every lane that has room; nobody has any: then all that can be done is. */
static void pump(struct deliver *deliver)
{
	struct store_claim *claim = &deliver->claim;
	const char **channels, **addresses;
	struct list *node;
	int64_t *rooms;
	int r = 0;

	if (deliver->claiming || deliver->closing)
		return;
	deliver->again = false;
	while ((node = list_pop(&deliver->waits)) != NULL)
		list_push(&deliver->served, node);
	arena_finish(&deliver->arena);
	channels = arena_new_array(&deliver->arena, LANES_AT_ONCE, const char *);
	addresses = arena_new_array(&deliver->arena, LANES_AT_ONCE, const char *);
	rooms = arena_new_array(&deliver->arena, LANES_AT_ONCE, int64_t);
	if (channels == NULL || addresses == NULL || rooms == NULL)
		return; /* the poll tries again */
	claim->count = lanes_rooms(&deliver->lanes, uv_now(deliver->timer.loop), channels,
	                           addresses, rooms);
	if (claim->count > 0) {
		claim->channels = channels;
		claim->addresses = addresses;
		claim->rooms = rooms;
		claim->wall_now = wall_now();
		claim->wall_claimed_until = claim->wall_now + DELIVER_LEASE;
		claim->arena = &deliver->arena;
		r = store_claim(deliver->srv->store, claim);
		deliver->claiming = r == 0;
	}
	if (r < 0 || (claim->count == 0 && deliver->jobs == 0))
		answer_waits(&deliver->served, r);
}

static void on_claimed(struct store_claim *claim, int status)
{
	struct deliver *deliver = container_of(claim, struct deliver, claim);

	CHECK_MAGIC(deliver, DELIVER_MAGIC);
	deliver->claiming = false;
	for (size_t i = 0; status == 0 && i < claim->message_count; i++)
		take_message(deliver, &claim->messages[i]);
	for (size_t i = 0; i < deliver->lanes.count; i++)
		run_lane(&deliver->lanes.items[i]);
	if (status < 0 || deliver->jobs == 0)
		answer_waits(&deliver->served, status);
	if (deliver->closing)
		finish_close(deliver);
	else if (deliver->again)
		pump(deliver);
}

/* Without memory the rows' lease ends by itself. */
static void take_message(struct deliver *deliver, const struct claimed_message *message)
{
	struct lane *lane =
		lanes_find(&deliver->lanes, message->channel, message->address);
	struct job *job;

	CHECK(lane != NULL);
	if (job_create(message, &job) < 0)
		return;
	job->lane = lane;
	list_push(&lane->jobs, &job->link);
	lane->job_count++;
	deliver->jobs++;
}

/* Start the lane's first job, unless it runs already. */
static void run_lane(struct lane *lane)
{
	struct job *job;
	int r;

	if (lane->lanes->deliver->closing) {
		give_back(lane);
		return;
	}
	if (list_empty(&lane->jobs))
		return;
	job = list_entry(lane->jobs.next, struct job, link);
	if (job->transfer.easy != NULL)
		return;
	r = attempt(job);
	if (r < 0)
		settle_job(job, r == E_SYNTAX ? JOB_FAILED : JOB_RETRY, err_text(r));
}

static int attempt(struct job *job)
{
	struct lane *lane = job->lane;
	const struct job_way way = lane_way(lane);
	int r = job_prepare(job, &way, wall_now());

	if (r < 0)
		return r;
	lane_start(lane, uv_now(lane->lanes->deliver->timer.loop));
	job->transfer.done = on_attempted;
	return transfer_start(lane->lanes->deliver->transfers, &job->transfer);
}

static void on_attempted(struct transfer *transfer, CURLcode code)
{
	struct job *job = container_of(transfer, struct job, transfer);
	const struct job_way way = lane_way(job->lane);
	enum job_result result;
	const char *why;

	CHECK_MAGIC(job, JOB_MAGIC);
	result = job_result(job, &way, code, &why);
	settle_job(job, result, why);
}

/* The attempt is over: what becomes of the rows, of the lane, and who is next. */
static void settle_job(struct job *job, enum job_result result, const char *why)
{
	struct lane *lane = job->lane;
	bool over = result == JOB_SENT || result == JOB_FAILED ||
	            job->message.attempts >= DELIVER_ATTEMPTS_MAX;

	list_remove(&job->link);
	lane->job_count--;
	log_event(result == JOB_SENT ? LOG_INFO : LOG_WARN, "deliver",
	          log_int("alert", job->alerts[0]),
	          log_int("alerts", (int64_t)job->message.alert_count),
	          log_str("contact", lane->contact->name),
	          log_int("attempt", job->message.attempts),
	          log_str("result", result == JOB_SENT ? "sent" : why));
	lane_end(lane, result, uv_now(lane->lanes->deliver->timer.loop));
	if (result == JOB_SENT)
		record(job, DELIVERY_SENT, "");
	else
		record(job, over ? DELIVERY_FAILED : DELIVERY_RETRY, why);
	if (lane->rests_until > uv_now(lane->lanes->deliver->timer.loop))
		give_back(lane);
	else
		run_lane(lane);
}

/* What the lane has claimed and not tried goes back. */
static void give_back(struct lane *lane)
{
	while (!list_empty(&lane->jobs)) {
		struct job *job = list_entry(lane->jobs.prev, struct job, link);

		if (job->transfer.easy != NULL)
			return; /* under way: always the first */
		list_remove(&job->link);
		lane->job_count--;
		record(job, DELIVERY_RELEASED, "");
	}
}

static void record(struct job *job, enum delivery_outcome outcome, const char *why)
{
	struct store_delivered *record = &job->record;
	int64_t now = wall_now();

	record->alerts = job->alerts;
	record->alert_count = job->message.alert_count;
	record->channel = job->message.channel;
	record->address = job->message.address;
	record->outcome = outcome;
	record->wall_now = now;
	record->wall_next_at = now;
	if (outcome == DELIVERY_RETRY)
		record->wall_next_at += lane_backoff(job->message.attempts - 1);
	record->error = why;
	record->arena = &job->arena;
	record->done = on_recorded;
	send_record(job);
}

static void send_record(struct job *job)
{
	struct deliver *deliver = job->lane->lanes->deliver;

	if (store_delivered(deliver->srv->store, &job->record) < 0)
		keep_unrecorded(job);
}

static void keep_unrecorded(struct job *job)
{
	struct deliver *deliver = job->lane->lanes->deliver;

	if (job->record_tries++ < DELIVER_RECORD_TRIES && !deliver->closing) {
		list_push(&deliver->unrecorded, &job->link);
		return;
	}
	log_event(LOG_WARN, "deliver", log_int("alert", job->alerts[0]),
	          log_int("alerts", (int64_t)job->message.alert_count),
	          log_str("contact", job->lane->contact->name),
	          log_str("result", "not recorded; may be sent again"));
	drop_job(job);
}

static void on_recorded(struct store_delivered *delivered, int status)
{
	struct job *job = container_of(delivered, struct job, record);

	CHECK_MAGIC(job, JOB_MAGIC);
	if (status < 0)
		keep_unrecorded(job);
	else
		drop_job(job);
}

static void retry_records(struct deliver *deliver)
{
	struct list again;
	struct list *node;

	list_init(&again);
	while ((node = list_pop(&deliver->unrecorded)) != NULL)
		list_push(&again, node);
	while ((node = list_pop(&again)) != NULL)
		send_record(list_entry(node, struct job, link));
}

/* The only way out of a job. */
static void drop_job(struct job *job)
{
	struct lane *lane = job->lane;
	struct deliver *deliver = lane->lanes->deliver;

	job_destroy(job);
	deliver->jobs--;
	if (deliver->closing)
		finish_close(deliver);
	else if (lane->job_count == 0)
		deliver_wake(deliver);
}

static void answer_waits(struct list *waits, int status)
{
	struct list *node;

	while ((node = list_pop(waits)) != NULL) {
		struct deliver_wait *wait = list_entry(node, struct deliver_wait, link);

		wait->done(wait, status);
	}
}

void deliver_close(struct deliver *deliver, void (*done)(void *context), void *context)
{
	deliver->closing = true;
	deliver->closed = done;
	deliver->closed_context = context;
	CHECK(uv_timer_stop(&deliver->timer) == 0);
	for (size_t i = 0; i < deliver->lanes.count; i++)
		give_back(&deliver->lanes.items[i]);
	retry_records(deliver);
	finish_close(deliver);
}

/* When nothing is under way any more; every end of a job comes here. */
static void finish_close(struct deliver *deliver)
{
	if (deliver->jobs > 0 || deliver->claiming || deliver->abandoning ||
	    deliver->transfers == NULL)
		return;
	answer_waits(&deliver->served, E_CANCELLED);
	answer_waits(&deliver->waits, E_CANCELLED);
	transfers_close(deliver->transfers, on_transfers_closed, deliver);
	deliver->transfers = NULL;
}

static void on_transfers_closed(void *context)
{
	struct deliver *deliver = context;

	uv_close((uv_handle_t *)&deliver->timer, on_timer_closed);
}

static void on_timer_closed(uv_handle_t *handle)
{
	struct deliver *deliver = handle->data;
	void (*closed)(void *context) = deliver->closed;
	void *context = deliver->closed_context;

	destroy(deliver);
	if (closed != NULL)
		closed(context);
}

static void destroy(struct deliver *deliver)
{
	lanes_finish(&deliver->lanes);
	arena_finish(&deliver->arena);
	arena_finish(&deliver->abandon_arena);
	deliver->magic = 0;
	free(deliver);
}
