/*
 * Streams, from a cursor to the present and along with it:
 *
 *	            .------------- more, or missed something ------------.
 *	            v                                                    |
 *	open --> BEHIND ------> FETCHING ~ ~> page sent ~ ~> LIVE -------+
 *	            ^               |                          |         |
 *	            |               v                          v         |
 *	            '---------- BLOCKED <-------- buffer full -'         |
 *	              writable                                           |
 *
 *	new alerts: one query ~ ~> for each, the LIVE streams of its recipient
 *
 * Nothing waits in memory for a slow client: a blocked stream forgets what it missed and
 * reads it again from its cursor when it takes data.
 *
 * What can go wrong, and who has to act:
 *
 *  - The database is away: streams stay open and quiet; the poll tries again.
 *  - A notification is lost: the poll finds what it was about.
 *  - A client is slow or stuck: only its own stream stands still; keepalive ends it.
 *  - A client goes away while its page is being read: its place in the page is empty.
 */
#include "server/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "base/arena.h"
#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/list.h"
#include "base/log.h"
#include "rpc/call.h"
#include "server/alert_message.h"
#include "server/clock.h"
#include "server/plans.h"
#include "server/server.h"
#include "server/store_alert.h"
#include "server/watch_recipients.h"

#define WATCH_POLL       2000 /* ms: the safety net, and what a failure waits */
#define WATCH_SEEN_POLLS 30   /* polls between two notes of who is there */
#define WATCH_FRESH_PAGE 200  /* alerts read at once */
#define WATCH_GROUP      64   /* streams that one page serves */
#define WATCH_PAGE       50   /* alerts for each of them */
#define WATCH_MEMORY_MAX (32u * 1024 * 1024)

enum watcher_state { BEHIND, FETCHING, LIVE, BLOCKED };

/* One stream. Lives in its call's arena. */
struct watcher {
	unsigned magic;
#define WATCHER_MAGIC 0x77a1c3e5U
	struct watch_hub *hub;
	struct rpc_call *call;
	struct recipient *recipient;
	int64_t cursor; /* the last alert that was handed over */
	enum watcher_state state;
	bool missed;              /* FETCHING: something was decided meanwhile */
	bool clock_due, plan_due; /* BLOCKED: what to say first */
	size_t place;             /* FETCHING: in the page */
	struct list link;         /* in the recipient's streams */
	struct list queue;        /* BEHIND: in the hub's queue */
};

struct watch_hub {
	unsigned magic;
#define WATCH_HUB_MAGIC 0x1de5b04fU
	struct server *srv;
	uv_timer_t poll;
	unsigned polls;
	struct recipients recipients;
	struct list behind; /* streams that wait for a page */
	uint32_t count;
	bool draining, closing;
	int64_t seen; /* every LIVE stream has what is up to here; -1: not known yet */
	char plan[PLAN_ID_MAX + 1]; /* the newest change, for blocked streams */
	uint32_t plan_version;
	/* New alerts. */
	bool reading, again;
	struct arena fresh_arena;
	struct store_alerts_fresh fresh;
	/* A page for those behind. */
	bool fetching;
	struct arena page_arena;
	struct store_alerts_missed missed;
	struct watcher *page[WATCH_GROUP];
	/* Who is there. */
	bool noting;
	struct arena seen_arena;
	struct store_seen note;
	void (*closed)(void *context);
	void *closed_context;
};

static void on_plan_changed(void *context, const struct plan_version *version);
static void on_poll(uv_timer_t *timer);
static void join(struct watch_hub *hub, struct watcher *watcher);
static void enter(struct watcher *watcher, enum watcher_state state);
static void leave(struct watcher *watcher);
static void say_clock(struct watcher *watcher);
static void say_plan(struct watcher *watcher);
static bool hand_over(struct watcher *watcher, struct bytes event);
static void hand_alert(struct watcher *watcher, struct bytes event, int64_t cursor);
static void read_fresh(struct watch_hub *hub);
static void on_fresh(struct store_alerts_fresh *fresh, int status);
static void tell_live(struct watch_hub *hub, const struct alert_row *row);
static void fetch(struct watch_hub *hub);
static void on_fetched(struct store_alerts_missed *missed, int status);
static void send_page(struct watch_hub *hub);
static void end_page(struct watch_hub *hub, int status);
static void note_seen(struct watch_hub *hub);
static void on_noted(struct store_seen *seen, int status);
static void finish_close(struct watch_hub *hub);
static void on_poll_closed(uv_handle_t *handle);

int watch_create(struct server *srv, uv_loop_t *loop, struct watch_hub **ret_hub)
{
	struct watch_hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return E_NOMEM;
	hub->magic = WATCH_HUB_MAGIC;
	hub->srv = srv;
	hub->seen = -1;
	recipients_init(&hub->recipients);
	list_init(&hub->behind);
	arena_init(&hub->fresh_arena, WATCH_MEMORY_MAX);
	arena_init(&hub->page_arena, WATCH_MEMORY_MAX);
	arena_init(&hub->seen_arena, WATCH_MEMORY_MAX);
	hub->fresh.done = on_fresh;
	hub->missed.done = on_fetched;
	hub->note.done = on_noted;
	CHECK(uv_timer_init(loop, &hub->poll) == 0);
	hub->poll.data = hub;
	CHECK(uv_timer_start(&hub->poll, on_poll, 0, WATCH_POLL) == 0);
	if (srv->plans != NULL)
		plans_listen(srv->plans, on_plan_changed, hub);
	*ret_hub = hub;
	return 0;
}

static void on_plan_changed(void *context, const struct plan_version *version)
{
	struct watch_hub *hub = context;

	CHECK_MAGIC(hub, WATCH_HUB_MAGIC);
	(void)snprintf(hub->plan, sizeof(hub->plan), "%s", version->plan->id);
	hub->plan_version = version->version;
	list_for_each (node, &hub->recipients.all) {
		struct recipient *recipient = list_entry(node, struct recipient, link);

		list_for_each (link, &recipient->watchers)
			say_plan(list_entry(link, struct watcher, link));
	}
}

static void on_poll(uv_timer_t *timer)
{
	struct watch_hub *hub = timer->data;

	CHECK_MAGIC(hub, WATCH_HUB_MAGIC);
	watch_wake(hub);
	fetch(hub);
	if (hub->polls++ % WATCH_SEEN_POLLS == 0)
		note_seen(hub);
}

int watch_open(struct watch_hub *hub, struct rpc_call *call, const char *recipient,
               int64_t after)
{
	struct watcher *watcher = arena_new(rpc_call_arena(call), struct watcher);
	struct recipient *to;

	if (hub->draining)
		return E_DOWN;
	if (hub->count >= WATCHERS_MAX)
		return E_BUSY;
	to = recipients_need(&hub->recipients, recipient);
	if (watcher == NULL || to == NULL)
		return E_NOMEM;
	if (to->count >= WATCHERS_OF_ONE_MAX)
		return E_BUSY;
	watcher->magic = WATCHER_MAGIC;
	watcher->hub = hub;
	watcher->call = call;
	watcher->recipient = to;
	watcher->cursor = after;
	list_init(&watcher->queue);
	rpc_call_set_data(call, watcher);
	join(hub, watcher);
	return 0;
}

static void join(struct watch_hub *hub, struct watcher *watcher)
{
	struct recipient *to = watcher->recipient;

	list_init(&watcher->link);
	list_push(&to->watchers, &watcher->link);
	hub->count++;
	if (to->count++ == 0)
		hub->polls = 0; /* note it with the next poll, not in a minute */
	enter(watcher, BEHIND);
	say_clock(watcher);
	fetch(hub);
}

/* Every move of a stream. */
static void enter(struct watcher *watcher, enum watcher_state state)
{
	list_remove(&watcher->queue);
	watcher->state = state;
	watcher->missed = false;
	if (state == BEHIND)
		list_push(&watcher->hub->behind, &watcher->queue);
}

void watch_cancelled(struct rpc_call *call)
{
	struct watcher *watcher = rpc_call_data(call);

	if (watcher == NULL)
		return;
	CHECK_MAGIC(watcher, WATCHER_MAGIC);
	leave(watcher);
	rpc_call_refuse(call, RPC_CANCELLED, "cancelled");
}

/* The watcher is gone from everywhere; its call is left to be finished. */
static void leave(struct watcher *watcher)
{
	struct watch_hub *hub = watcher->hub;

	if (watcher->state == FETCHING)
		hub->page[watcher->place] = NULL;
	list_remove(&watcher->queue);
	list_remove(&watcher->link);
	watcher->recipient->count--;
	hub->count--;
	watcher->magic = 0;
	rpc_call_set_data(watcher->call, NULL);
}

void watch_writable(struct rpc_call *call)
{
	struct watcher *watcher = rpc_call_data(call);

	if (watcher == NULL)
		return;
	CHECK_MAGIC(watcher, WATCHER_MAGIC);
	if (watcher->state != BLOCKED)
		return;
	enter(watcher, BEHIND);
	if (watcher->clock_due)
		say_clock(watcher);
	if (watcher->plan_due)
		say_plan(watcher);
	fetch(watcher->hub);
}

void watch_clock_changed(struct watch_hub *hub)
{
	if (hub == NULL)
		return;
	list_for_each (node, &hub->recipients.all) {
		struct recipient *recipient = list_entry(node, struct recipient, link);

		list_for_each (link, &recipient->watchers)
			say_clock(list_entry(link, struct watcher, link));
	}
}

static void say_clock(struct watcher *watcher)
{
	const struct clock *clock = watcher->hub->srv->clock;
	AUTO(arena_finishp) struct arena arena;

	arena_init(&arena, 64 * 1024);
	watcher->clock_due = watcher->state == BLOCKED;
	if (!watcher->clock_due)
		(void)hand_over(watcher, alert_clock_event(&arena, clock_now(clock),
		                                           clock_is_rehearsal(clock)));
}

static void say_plan(struct watcher *watcher)
{
	AUTO(arena_finishp) struct arena arena;

	arena_init(&arena, 64 * 1024);
	watcher->plan_due = watcher->state == BLOCKED;
	if (!watcher->plan_due)
		(void)hand_over(watcher, alert_plan_event(&arena, watcher->hub->plan,
		                                          watcher->hub->plan_version));
}

/* Was it taken? After a full buffer the stream is blocked, whatever it was before. */
static bool hand_over(struct watcher *watcher, struct bytes event)
{
	int r = event.data != NULL ? rpc_call_send(watcher->call, event) : E_NOMEM;

	if (r == 0)
		return true;
	if (watcher->state == FETCHING)
		watcher->hub->page[watcher->place] = NULL;
	/* Without memory it is our fault, not the client's: read it again, in a page. */
	enter(watcher, r == E_NOMEM ? BEHIND : BLOCKED);
	return r == E_BUSY;
}

static void hand_alert(struct watcher *watcher, struct bytes event, int64_t cursor)
{
	if (hand_over(watcher, event))
		watcher->cursor = cursor;
}

void watch_wake(struct watch_hub *hub)
{
	if (hub == NULL || hub->draining)
		return;
	hub->again = true;
	read_fresh(hub);
}

/* The first answer only says where the present is: what comes later is told live. */
static void read_fresh(struct watch_hub *hub)
{
	struct store_alerts_fresh *fresh = &hub->fresh;

	if (hub->reading)
		return;
	arena_finish(&hub->fresh_arena);
	fresh->after = hub->seen;
	fresh->limit = WATCH_FRESH_PAGE;
	fresh->arena = &hub->fresh_arena;
	if (store_alerts_fresh(hub->srv->store, fresh) < 0)
		return; /* the poll tries again */
	hub->reading = true;
	hub->again = false;
}

static void on_fresh(struct store_alerts_fresh *fresh, int status)
{
	struct watch_hub *hub = container_of(fresh, struct watch_hub, fresh);
	bool first = hub->seen < 0;

	CHECK_MAGIC(hub, WATCH_HUB_MAGIC);
	hub->reading = false;
	for (size_t i = 0; status == 0 && i < fresh->rows.count; i++)
		tell_live(hub, &fresh->rows.items[i]);
	if (status == 0)
		hub->seen = fresh->newest;
	if (status == 0 && fresh->rows.count == WATCH_FRESH_PAGE)
		hub->again = true;
	arena_finish(&hub->fresh_arena);
	if (hub->closing)
		finish_close(hub);
	else if (hub->again && status == 0)
		read_fresh(hub);
	if (first && status == 0 && !hub->closing)
		fetch(hub);
}

static void tell_live(struct watch_hub *hub, const struct alert_row *row)
{
	struct recipient *recipient = recipients_find(&hub->recipients, row->recipient);
	struct bytes event;

	if (recipient == NULL || list_empty(&recipient->watchers))
		return;
	event = alert_event(&hub->fresh_arena, row);
	list_for_each (node, &recipient->watchers) {
		struct watcher *watcher = list_entry(node, struct watcher, link);

		if (watcher->state == FETCHING)
			watcher->missed = true;
		if (watcher->state == LIVE && watcher->cursor < row->cursor)
			hand_alert(watcher, event, row->cursor);
	}
}

/* A page for those who are behind, once it is known where the present is. */
static void fetch(struct watch_hub *hub)
{
	struct store_alerts_missed *missed = &hub->missed;
	const char **recipients;
	int64_t *afters;
	size_t count = 0;

	if (hub->fetching || hub->seen < 0 || hub->draining || list_empty(&hub->behind))
		return;
	arena_finish(&hub->page_arena);
	recipients = arena_new_array(&hub->page_arena, WATCH_GROUP, const char *);
	afters = arena_new_array(&hub->page_arena, WATCH_GROUP, int64_t);
	if (recipients == NULL || afters == NULL)
		return; /* the poll tries again */
	while (count < WATCH_GROUP && !list_empty(&hub->behind)) {
		struct watcher *watcher =
			list_entry(hub->behind.next, struct watcher, queue);

		enter(watcher, FETCHING);
		watcher->place = count;
		recipients[count] = watcher->recipient->path;
		afters[count] = watcher->cursor;
		hub->page[count++] = watcher;
	}
	missed->recipients = recipients;
	missed->afters = afters;
	missed->count = count;
	missed->limit = WATCH_PAGE;
	missed->arena = &hub->page_arena;
	hub->fetching = true;
	if (store_alerts_missed(hub->srv->store, missed) < 0) {
		missed->rows.count = 0;
		end_page(hub, E_DOWN);
	}
}

static void on_fetched(struct store_alerts_missed *missed, int status)
{
	struct watch_hub *hub = container_of(missed, struct watch_hub, missed);

	CHECK_MAGIC(hub, WATCH_HUB_MAGIC);
	if (status == 0)
		send_page(hub);
	end_page(hub, status);
	if (hub->closing)
		finish_close(hub);
	else if (status == 0)
		fetch(hub);
}

/* A stream that got a whole page has more to come. */
static void send_page(struct watch_hub *hub)
{
	const struct alert_rows *rows = &hub->missed.rows;
	size_t given[WATCH_GROUP] = {0};

	for (size_t i = 0; i < rows->count; i++) {
		const struct alert_row *row = &rows->items[i];
		struct watcher *watcher = hub->page[row->asker];

		if (watcher == NULL)
			continue; /* gone, or blocked by an earlier row */
		hand_alert(watcher, alert_event(&hub->page_arena, row), row->cursor);
		if (++given[row->asker] == WATCH_PAGE)
			watcher->missed = true;
	}
}

static void end_page(struct watch_hub *hub, int status)
{
	hub->fetching = false;
	for (size_t i = 0; i < hub->missed.count; i++) {
		struct watcher *watcher = hub->page[i];

		hub->page[i] = NULL;
		if (watcher != NULL)
			enter(watcher, status < 0 || watcher->missed ? BEHIND : LIVE);
	}
	arena_finish(&hub->page_arena);
}

/* Districts that have a stream or were heard of, about once a minute. */
static void note_seen(struct watch_hub *hub)
{
	struct store_seen *note = &hub->note;

	if (hub->noting || hub->draining)
		return;
	arena_finish(&hub->seen_arena);
	if (recipients_districts(&hub->recipients, &hub->seen_arena, &note->units,
	                         &note->count) < 0)
		return; /* the next minute tries again */
	note->wall_now = wall_now();
	note->arena = &hub->seen_arena;
	if (note->count > 0 && store_seen(hub->srv->store, note) == 0)
		hub->noting = true;
}

static void on_noted(struct store_seen *seen, int status)
{
	struct watch_hub *hub = container_of(seen, struct watch_hub, note);

	CHECK_MAGIC(hub, WATCH_HUB_MAGIC);
	hub->noting = false;
	if (status == 0)
		recipients_drop_idle(&hub->recipients);
	arena_finish(&hub->seen_arena);
	if (hub->closing)
		finish_close(hub);
}

void watch_heard(struct watch_hub *hub, const char *unit)
{
	char path[WATCH_RECIPIENT_MAX];

	if (hub == NULL || hub->draining)
		return;
	(void)snprintf(path, sizeof(path), "district/%s", unit);
	(void)recipients_need(&hub->recipients,
	                      path); /* without memory it is not noted; no harm */
}

bool watch_is_open(const struct watch_hub *hub, const char *recipient)
{
	const struct recipient *found =
		hub != NULL ? recipients_find(&hub->recipients, recipient) : NULL;

	return found != NULL && found->count > 0;
}

uint32_t watch_count(const struct watch_hub *hub)
{
	return hub != NULL ? hub->count : 0;
}

void watch_drain(struct watch_hub *hub)
{
	if (hub == NULL)
		return;
	hub->draining = true;
	list_for_each (node, &hub->recipients.all) {
		struct recipient *recipient = list_entry(node, struct recipient, link);

		while (!list_empty(&recipient->watchers)) {
			struct watcher *watcher = list_entry(recipient->watchers.next,
			                                     struct watcher, link);
			struct rpc_call *call = watcher->call;

			leave(watcher);
			rpc_call_refuse(call, RPC_UNAVAILABLE,
			                "the server is stopping; watch again");
		}
	}
}

void watch_close(struct watch_hub *hub, void (*done)(void *context), void *context)
{
	watch_drain(hub);
	if (hub->srv->plans != NULL)
		plans_unlisten(hub->srv->plans, hub);
	hub->closing = true;
	hub->closed = done;
	hub->closed_context = context;
	CHECK(uv_timer_stop(&hub->poll) == 0);
	finish_close(hub);
}

static void finish_close(struct watch_hub *hub)
{
	if (hub->reading || hub->fetching || hub->noting)
		return;
	recipients_drop_idle(&hub->recipients);
	uv_close((uv_handle_t *)&hub->poll, on_poll_closed);
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct watch_hub *hub = handle->data;
	void (*closed)(void *context) = hub->closed;
	void *context = hub->closed_context;

	arena_finish(&hub->fresh_arena);
	arena_finish(&hub->page_arena);
	arena_finish(&hub->seen_arena);
	hub->magic = 0;
	free(hub);
	if (closed != NULL)
		closed(context);
}
