/*
 * Streams: each recipient's alerts, in order, each once, however many streams there are
 * and however they stop and go. What a user would lose otherwise: an agent that is
 * connected and still misses what concerns it.
 */
#include "centre.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "database.h"

#include "duban/v1/alerts.pb-c.h"

#include "base/err.h"
#include "rpc/call.h"
#include "server/watch.h"

#define STREAMS 2500
#define GOT_MAX 64

/* A call without a connection: takes what it is sent, or says that it is full. */
struct rpc_call {
	struct arena arena;
	void *data;
	bool full; /* the next message is taken, and is the last for now */
	bool blocked, over;
	enum rpc_code code;
	unsigned clocks;
	uint64_t got[GOT_MAX];
	size_t got_count;
};

static struct centre centre;
static struct rpc_call calls[STREAMS];

struct arena *rpc_call_arena(struct rpc_call *call)
{
	return &call->arena;
}

void rpc_call_set_data(struct rpc_call *call, void *data)
{
	call->data = data;
}

void *rpc_call_data(const struct rpc_call *call)
{
	return call->data;
}

int rpc_call_send(struct rpc_call *call, struct bytes message)
{
	Duban__V1__WatchAlertsResponse *event =
		duban__v1__watch_alerts_response__unpack(NULL, message.len, message.data);

	assert_non_null(event);
	assert_false(call->over);
	assert_false(call->blocked); /* back-pressure is obeyed */
	if (event->event_case == DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_CLOCK)
		call->clocks++;
	if (event->event_case == DUBAN__V1__WATCH_ALERTS_RESPONSE__EVENT_ALERT) {
		assert_true(call->clocks > 0); /* the clock comes first */
		assert_true(call->got_count < GOT_MAX);
		call->got[call->got_count++] = event->alert->cursor;
	}
	duban__v1__watch_alerts_response__free_unpacked(event, NULL);
	call->blocked = call->full;
	return call->full ? E_BUSY : 0;
}

void rpc_call_refuse(struct rpc_call *call, enum rpc_code code, const char *message)
{
	(void)message;
	assert_false(call->over);
	call->over = true;
	call->code = code;
}

static void open_stream(struct rpc_call *call, unsigned who, int64_t after)
{
	char path[WATCH_RECIPIENT_MAX];

	memset(call, 0, sizeof(*call));
	arena_init(&call->arena, 1024 * 1024);
	(void)snprintf(path, sizeof(path), "district/%06u", who);
	assert_int_equal(watch_open(centre.srv.watch, call, path, after), 0);
}

static void cancel(struct rpc_call *call)
{
	if (!call->over)
		watch_cancelled(call);
	arena_finish(&call->arena);
}

static void unblock(struct rpc_call *call)
{
	bool was = call->blocked;

	call->full = call->blocked = false;
	if (was && !call->over)
		watch_writable(call);
}

/* One alert for each of the recipients @from .. @to, as the judge would write them. */
static void decide(unsigned from, unsigned to)
{
	static unsigned serial;
	char sql[1024];

	(void)snprintf(
		sql, sizeof(sql),
		"INSERT INTO alert (kind, level, recipient, plan, plan_version, unit, "
		"section, period, target, due_at, decided_at, wall_decided_at, title, "
		"body, sample) SELECT 2, %u, 'district/' || lpad(i::text, 6, '0'), "
		"'" CENTRE_PLAN "', 1, '430102', '1', '2022-07', '', to_timestamp(0), "
		"to_timestamp(0), to_timestamp(0), '【催报】', '……', true "
		"FROM generate_series(%u, %u) i",
		serial++, from, to);
	(void)database_run(sql);
	(void)database_run("SELECT count(pg_notify('duban_alert', '')::text)");
}

static bool have(unsigned from, unsigned to, size_t count)
{
	for (unsigned i = from; i <= to; i++) {
		if (calls[i].got_count < count)
			return false;
	}
	return true;
}

static void wait_for(unsigned from, unsigned to, size_t count)
{
	uint64_t end = uv_now(uv_default_loop()) + CENTRE_PATIENCE;

	while (!have(from, to, count)) {
		assert_true(uv_now(uv_default_loop()) < end);
		(void)uv_run(uv_default_loop(), UV_RUN_ONCE);
	}
}

/* In order, each once, and all that the database has for this recipient. */
static void check(const struct rpc_call *call, unsigned who)
{
	char sql[256];

	for (size_t i = 1; i < call->got_count; i++)
		assert_true(call->got[i] > call->got[i - 1]);
	(void)snprintf(sql, sizeof(sql),
	               "SELECT count(*) FROM alert WHERE recipient = 'district/%06u'",
	               who);
	assert_int_equal(call->got_count, database_run(sql));
}

static void thousands_of_streams_get_what_is_theirs(void **state)
{
	(void)state;
	decide(0, STREAMS - 1); /* before they come */
	for (unsigned i = 0; i < STREAMS; i++)
		open_stream(&calls[i], i, 0);
	assert_int_equal(watch_count(centre.srv.watch), STREAMS);
	wait_for(0, STREAMS - 1, 1);
	decide(0, STREAMS - 1); /* while they listen */
	wait_for(0, STREAMS - 1, 2);
	for (unsigned i = 0; i < STREAMS; i += 100)
		check(&calls[i], i);
	for (unsigned i = 0; i < STREAMS; i++)
		cancel(&calls[i]);
	assert_int_equal(watch_count(centre.srv.watch), 0);
}

static void a_full_stream_goes_on_where_it_stopped(void **state)
{
	(void)state;
	open_stream(&calls[0], 0, 0);
	open_stream(&calls[1], 1, 0);
	wait_for(0, 1, 2);
	calls[0].full = true;
	decide(0, 1);
	decide(0, 1);
	decide(0, 1);
	wait_for(1, 1, 5);
	assert_int_equal(calls[0].got_count, 3); /* the one that filled it */
	unblock(&calls[0]);
	wait_for(0, 0, 5);
	check(&calls[0], 0);
	cancel(&calls[0]);
	cancel(&calls[1]);
}

/* Streams open, fill up, go on and break off while alerts are decided: whoever goes on
 * from its cursor has everything, in order, once. */
static void nothing_is_lost_or_repeated_whatever_happens(void **state)
{
	uint64_t seen[8][GOT_MAX];
	size_t counts[8] = {0};
	unsigned seed = 1;

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		open_stream(&calls[i], i, 0);
	for (int round = 0; round < 400; round++) {
		unsigned who;

		seed = seed * 1103515245u + 12345u;
		who = (seed >> 16) % 8;
		switch ((seed >> 20) % 5) {
		case 0:
			if (round % 3 == 0 && round < 360)
				decide(who, 7);
			break;
		case 1:
			calls[who].full = true;
			break;
		case 2:
			unblock(&calls[who]);
			break;
		case 3: /* break off; what it had is kept safe, and it comes back */
			for (size_t i = 0; i < calls[who].got_count; i++)
				seen[who][counts[who]++] = calls[who].got[i];
			cancel(&calls[who]);
			open_stream(&calls[who], who,
			            counts[who] > 0 ? (int64_t)seen[who][counts[who] - 1]
			                            : 0);
			break;
		default:
			break;
		}
		for (int i = 0; i < 3; i++)
			(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	}
	for (unsigned who = 0; who < 8; who++) {
		char sql[256];
		size_t expected;

		unblock(&calls[who]);
		(void)snprintf(
			sql, sizeof(sql),
			"SELECT count(*) FROM alert WHERE recipient = 'district/%06u'",
			who);
		expected = (size_t)database_run(sql);
		wait_for(who, who, expected - counts[who]);
		memmove(&calls[who].got[counts[who]], calls[who].got,
		        calls[who].got_count * sizeof(seen[0][0]));
		memcpy(calls[who].got, seen[who], counts[who] * sizeof(seen[0][0]));
		calls[who].got_count += counts[who];
		check(&calls[who], who);
		cancel(&calls[who]);
	}
}

static void too_many_streams_for_one_are_refused(void **state)
{
	struct rpc_call more = {.data = NULL};

	(void)state;
	for (unsigned i = 0; i < WATCHERS_OF_ONE_MAX; i++)
		open_stream(&calls[i], 1, INT64_MAX);
	arena_init(&more.arena, 1024 * 1024);
	assert_int_equal(watch_open(centre.srv.watch, &more, "district/000001", 0),
	                 E_BUSY);
	arena_finish(&more.arena);
	for (unsigned i = 0; i < WATCHERS_OF_ONE_MAX; i++)
		cancel(&calls[i]);
}

static void draining_ends_every_stream(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 10; i++)
		open_stream(&calls[i], i, 0);
	watch_drain(centre.srv.watch);
	for (unsigned i = 0; i < 10; i++) {
		assert_true(calls[i].over);
		assert_int_equal(calls[i].code, RPC_UNAVAILABLE);
		arena_finish(&calls[i].arena);
	}
	assert_int_equal(watch_count(centre.srv.watch), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(thousands_of_streams_get_what_is_theirs),
		cmocka_unit_test(a_full_stream_goes_on_where_it_stopped),
		cmocka_unit_test(nothing_is_lost_or_repeated_whatever_happens),
		cmocka_unit_test(too_many_streams_for_one_are_refused),
		cmocka_unit_test(draining_ends_every_stream),
	};
	int failed;

	(void)argc;
	database_enter(argv);
	centre_prepare(centre_at("2022-07-01 09:00"));
	centre_open(&centre, NULL, 0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	centre_close(&centre);
	return failed;
}
