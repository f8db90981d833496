/*
 * The way of a delivery:
 *
 *	           .----------------------- more ------------------------.
 *	           v                                                     |
 *	wake -> claim rows ~ ~> jobs in their contact's lane -> attempt ~ ~> record ~ ~
 *
 * A lane is one contact: its jobs go out one after another, in the order of the alerts,
 * not faster than the rate allows. A lane that failed rests, longer each time, and holds
 * up nobody else; what it had claimed is given back.
 *
 * What can go wrong, and who has to act:
 *
 *  - The mail server or robot is away, or refuses: tried again with growing pauses, at
 *    most DELIVER_ATTEMPTS_MAX times (about two days); then the row says "failed" and
 *    why. ListAlerts shows it, the log has a warning. Somebody repairs the channel.
 *  - The address does not exist: failed at once.
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
#include "server/server.h"
#include "server/settings.h"
#include "server/transfer.h"

#define DELIVER_POLL         2000   /* ms */
#define DELIVER_LEASE        120000 /* ms; a lane's jobs take four times 20 s at most */
#define DELIVER_LANE_JOBS    4      /* claimed for one lane at once */
#define DELIVER_LANES        64     /* that one claim asks for */
#define DELIVER_ATTEMPTS_MAX 100
#define DELIVER_REST_FIRST   2000    /* ms, doubled with each failure in a row, up to */
#define DELIVER_REST_MAX     1800000 /* half an hour */
#define DELIVER_THROTTLED    60000   /* ms a lane rests when it is told to */
#define DELIVER_RECORD_TRIES 20      /* one a poll: within the lease */
#define DELIVER_MINUTE       60000
#define DELIVER_RATE_MAX     1000 /* of the setting */
#define SECRET_MAX           4096

struct lane {
	struct deliver *deliver;
	const struct contact *contact; /* the first with this channel and address */
	char *url, *secret;            /* ours; NULL: could not be read */
	struct list jobs;              /* the first is under way */
	unsigned job_count;
	unsigned failures;      /* in a row */
	uint64_t rests_until;   /* loop time */
	uint64_t *started;      /* loop times of the last attempts, a ring */
	unsigned started_count; /* of the ring */
	unsigned rate;          /* attempts a minute; 0: no limit */
};

struct deliver {
	unsigned magic;
#define DELIVER_MAGIC 0x6be1f94dU
	struct server *srv;
	uv_timer_t timer;
	struct transfers *transfers;
	struct lane *lanes;
	size_t lane_count, next_lane;
	char *password; /* of the mail server, or NULL */
	unsigned jobs;
	bool claiming, again, closing;
	struct arena arena; /* of a claim */
	struct store_claim claim;
	struct list unrecorded;    /* jobs whose record did not arrive yet */
	struct list waits, served; /* who waits for the next claim; for this one */
	void (*closed)(void *context);
	void *closed_context;
};

static int make_lanes(struct deliver *deliver);
static struct lane *find_lane(struct deliver *deliver, const char *channel,
                              const char *address);
static void read_secrets(struct deliver *deliver);
static char *read_secret(const char *path, const char *whose);
static void on_timer(uv_timer_t *timer);
static void pump(struct deliver *deliver);
static size_t fill_rooms(struct deliver *deliver, const char **channels,
                         const char **addresses, int64_t *rooms);
static unsigned lane_room(const struct lane *lane, uint64_t now);
static void on_claimed(struct store_claim *claim, int status);
static void take_row(struct deliver *deliver, const struct claimed_delivery *row);
static void run_lane(struct lane *lane);
static int attempt(struct job *job);
static struct job_way way_of(const struct lane *lane);
static void on_attempted(struct transfer *transfer, CURLcode code);
static void settle_job(struct job *job, enum job_result result, const char *why);
static void rest(struct lane *lane, enum job_result result);
static int64_t backoff(unsigned failures);
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
	deliver->claim.done = on_claimed;
	r = make_lanes(deliver);
	if (r == 0)
		r = transfers_create(loop, &deliver->transfers);
	if (r < 0) {
		destroy(deliver);
		return r;
	}
	read_secrets(deliver);
	CHECK(uv_timer_init(loop, &deliver->timer) == 0);
	deliver->timer.data = deliver;
	CHECK(uv_timer_start(&deliver->timer, on_timer, 0, DELIVER_POLL) == 0);
	*ret_deliver = deliver;
	return 0;
}

/* One lane for each channel and address, whoever's alerts go there. */
static int make_lanes(struct deliver *deliver)
{
	const struct settings *settings = deliver->srv->settings;

	if (settings->contact_count == 0)
		return 0;
	deliver->lanes = calloc(settings->contact_count, sizeof(*deliver->lanes));
	if (deliver->lanes == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < settings->contact_count; i++) {
		const struct contact *contact = &settings->contacts[i];
		struct lane *lane = &deliver->lanes[deliver->lane_count];

		if (find_lane(deliver, contact_channel(contact),
		              contact_address(contact)) != NULL)
			continue;
		lane->deliver = deliver;
		lane->contact = contact;
		list_init(&lane->jobs);
		lane->rate = contact->kind == CONTACT_EMAIL
		                     ? 0
		                     : (unsigned)settings->webhook_per_minute;
		CHECK(lane->rate <= DELIVER_RATE_MAX);
		lane->started = calloc(lane->rate + 1, sizeof(*lane->started));
		if (lane->started == NULL)
			return E_NOMEM;
		deliver->lane_count++;
	}
	return 0;
}

static struct lane *find_lane(struct deliver *deliver, const char *channel,
                              const char *address)
{
	for (size_t i = 0; i < deliver->lane_count; i++) {
		const struct contact *contact = deliver->lanes[i].contact;

		if (strcmp(contact_channel(contact), channel) == 0 &&
		    strcmp(contact_address(contact), address) == 0)
			return &deliver->lanes[i];
	}
	return NULL;
}

void deliver_reload(struct deliver *deliver)
{
	if (deliver != NULL)
		read_secrets(deliver);
}

static void read_secrets(struct deliver *deliver)
{
	const struct settings *settings = deliver->srv->settings;

	free(deliver->password);
	deliver->password = settings->smtp_password_file[0] != '\0'
	                            ? read_secret(settings->smtp_password_file, "smtp")
	                            : NULL;
	for (size_t i = 0; i < deliver->lane_count; i++) {
		struct lane *lane = &deliver->lanes[i];
		const struct contact *contact = lane->contact;

		free(lane->url);
		free(lane->secret);
		lane->url = contact->kind != CONTACT_EMAIL
		                    ? read_secret(contact->url_file, contact->name)
		                    : NULL;
		lane->secret = contact->secret_file[0] != '\0'
		                       ? read_secret(contact->secret_file, contact->name)
		                       : NULL;
	}
}

/* The first line of a small file; NULL: it is not there, too long or empty. Read when the
 * server starts and when it is told to reload, so that waiting for the disk is no harm.
 */
static char *read_secret(const char *path, const char *whose)
{
	AUTO(fclosep) FILE *file = fopen(path, "re");
	char line[SECRET_MAX];

	if (file == NULL || fgets(line, sizeof(line), file) == NULL ||
	    strcspn(line, "\r\n") == 0) {
		log_event(LOG_ERROR, "secret", log_str("contact", whose),
		          log_str("file", path), log_str("result", err_name(E_IO)));
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return strdup(line);
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
	pump(deliver);
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
	channels = arena_new_array(&deliver->arena, DELIVER_LANES, const char *);
	addresses = arena_new_array(&deliver->arena, DELIVER_LANES, const char *);
	rooms = arena_new_array(&deliver->arena, DELIVER_LANES, int64_t);
	if (channels == NULL || addresses == NULL || rooms == NULL)
		return; /* the poll tries again */
	claim->count = fill_rooms(deliver, channels, addresses, rooms);
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

/* Lanes take turns at being first. */
static size_t fill_rooms(struct deliver *deliver, const char **channels,
                         const char **addresses, int64_t *rooms)
{
	uint64_t now = uv_now(deliver->timer.loop);
	size_t count = 0;

	for (size_t i = 0; i < deliver->lane_count && count < DELIVER_LANES; i++) {
		const struct lane *lane =
			&deliver->lanes[(deliver->next_lane + i) % deliver->lane_count];
		unsigned room = lane_room(lane, now);

		if (room == 0)
			continue;
		channels[count] = contact_channel(lane->contact);
		addresses[count] = contact_address(lane->contact);
		rooms[count++] = room;
	}
	if (deliver->lane_count > 0)
		deliver->next_lane =
			(deliver->next_lane + DELIVER_LANES) % deliver->lane_count;
	return count;
}

static unsigned lane_room(const struct lane *lane, uint64_t now)
{
	unsigned recent = 0;

	if (lane->job_count > 0 || lane->rests_until > now)
		return 0;
	if (lane->contact->kind != CONTACT_EMAIL &&
	    (lane->url == NULL ||
	     (lane->contact->secret_file[0] != '\0' && lane->secret == NULL)))
		return 0; /* it was logged when it was read */
	if (lane->contact->kind == CONTACT_EMAIL &&
	    lane->deliver->srv->settings->smtp_url[0] == '\0')
		return 0;
	for (unsigned i = 0; i < lane->rate && i < lane->started_count; i++)
		recent += lane->started[i] + DELIVER_MINUTE > now;
	if (lane->rate > 0 && lane->rate - recent < DELIVER_LANE_JOBS)
		return lane->rate - recent;
	return DELIVER_LANE_JOBS;
}

static void on_claimed(struct store_claim *claim, int status)
{
	struct deliver *deliver = container_of(claim, struct deliver, claim);

	CHECK_MAGIC(deliver, DELIVER_MAGIC);
	deliver->claiming = false;
	for (size_t i = 0; status == 0 && i < claim->row_count; i++)
		take_row(deliver, &claim->rows[i]);
	for (size_t i = 0; i < deliver->lane_count; i++)
		run_lane(&deliver->lanes[i]);
	if (status < 0 || deliver->jobs == 0)
		answer_waits(&deliver->served, status);
	if (deliver->closing)
		finish_close(deliver);
	else if (deliver->again)
		pump(deliver);
}

/* Without memory the row's lease ends by itself. */
static void take_row(struct deliver *deliver, const struct claimed_delivery *row)
{
	struct lane *lane = find_lane(deliver, row->channel, row->address);
	struct job *job;

	CHECK(lane != NULL);
	if (job_create(row, &job) < 0)
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

	if (lane->deliver->closing) {
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
	const struct job_way way = way_of(lane);
	int r = job_prepare(job, &way, wall_now());

	if (r < 0)
		return r;
	if (lane->rate > 0)
		lane->started[lane->started_count++ % lane->rate] =
			uv_now(lane->deliver->timer.loop);
	job->transfer.done = on_attempted;
	return transfer_start(lane->deliver->transfers, &job->transfer);
}

static struct job_way way_of(const struct lane *lane)
{
	const struct deliver *deliver = lane->deliver;

	return (struct job_way){
		.kind = lane->contact->kind,
		.to = lane->contact->address,
		.url = lane->url,
		.secret = lane->secret != NULL ? lane->secret : "",
		.password = deliver->password != NULL ? deliver->password : "",
		.settings = deliver->srv->settings,
	};
}

static void on_attempted(struct transfer *transfer, CURLcode code)
{
	struct job *job = container_of(transfer, struct job, transfer);
	const struct job_way way = way_of(job->lane);
	enum job_result result;
	const char *why;

	CHECK_MAGIC(job, JOB_MAGIC);
	result = job_result(job, &way, code, &why);
	settle_job(job, result, why);
}

/* The attempt is over: what becomes of the row, of the lane, and who is next. */
static void settle_job(struct job *job, enum job_result result, const char *why)
{
	struct lane *lane = job->lane;
	bool over = result == JOB_SENT || result == JOB_FAILED ||
	            job->row.attempts >= DELIVER_ATTEMPTS_MAX;

	list_remove(&job->link);
	lane->job_count--;
	log_event(result == JOB_SENT ? LOG_INFO : LOG_WARN, "deliver",
	          log_int("alert", job->row.alert.cursor),
	          log_str("contact", lane->contact->name),
	          log_int("attempt", job->row.attempts),
	          log_str("result", result == JOB_SENT ? "sent" : why));
	rest(lane, result);
	if (result == JOB_SENT)
		record(job, DELIVERY_SENT, "");
	else
		record(job, over ? DELIVERY_FAILED : DELIVERY_RETRY, why);
	if (lane->rests_until > uv_now(lane->deliver->timer.loop))
		give_back(lane);
	else
		run_lane(lane);
}

/* A message that will never go says nothing about its lane. */
static void rest(struct lane *lane, enum job_result result)
{
	uint64_t now = uv_now(lane->deliver->timer.loop);

	if (result == JOB_SENT)
		lane->failures = 0;
	if (result == JOB_THROTTLED)
		lane->rests_until = now + DELIVER_THROTTLED;
	if (result == JOB_RETRY)
		lane->rests_until = now + (uint64_t)backoff(lane->failures++);
}

static int64_t backoff(unsigned failures)
{
	return failures < 10 ? (int64_t)DELIVER_REST_FIRST << failures : DELIVER_REST_MAX;
}

/* What the lane has claimed and not tried goes back. */
static void give_back(struct lane *lane)
{
	struct list *node = &lane->jobs;

	while (!list_empty(&lane->jobs)) {
		struct job *job = list_entry(lane->jobs.prev, struct job, link);

		node = lane->jobs.prev;
		if (job->transfer.easy != NULL)
			return; /* under way: always the first */
		list_remove(node);
		lane->job_count--;
		record(job, DELIVERY_RELEASED, "");
	}
}

static void record(struct job *job, enum delivery_outcome outcome, const char *why)
{
	struct store_delivered *record = &job->record;
	int64_t now = wall_now();

	record->alert = job->row.alert.cursor;
	record->channel = job->row.channel;
	record->address = job->row.address;
	record->outcome = outcome;
	record->wall_now = now;
	record->wall_next_at = now;
	if (outcome == DELIVERY_RETRY)
		record->wall_next_at += backoff(job->row.attempts - 1);
	record->error = why;
	record->arena = &job->arena;
	record->done = on_recorded;
	send_record(job);
}

static void send_record(struct job *job)
{
	struct deliver *deliver = job->lane->deliver;

	if (store_delivered(deliver->srv->store, &job->record) < 0)
		keep_unrecorded(job);
}

static void keep_unrecorded(struct job *job)
{
	struct deliver *deliver = job->lane->deliver;

	if (job->record_tries++ < DELIVER_RECORD_TRIES && !deliver->closing) {
		list_push(&deliver->unrecorded, &job->link);
		return;
	}
	log_event(LOG_WARN, "deliver", log_int("alert", job->row.alert.cursor),
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
	struct deliver *deliver = lane->deliver;

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
	for (size_t i = 0; i < deliver->lane_count; i++)
		give_back(&deliver->lanes[i]);
	retry_records(deliver);
	finish_close(deliver);
}

/* When nothing is under way any more; every end of a job comes here. */
static void finish_close(struct deliver *deliver)
{
	if (deliver->jobs > 0 || deliver->claiming || deliver->transfers == NULL)
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
	for (size_t i = 0; i < deliver->lane_count; i++) {
		free(deliver->lanes[i].url);
		free(deliver->lanes[i].secret);
		free(deliver->lanes[i].started);
	}
	free(deliver->lanes);
	free(deliver->password);
	arena_finish(&deliver->arena);
	deliver->magic = 0;
	free(deliver);
}
