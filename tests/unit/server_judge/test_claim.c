/*
 * Deliveries, claimed: what one instant decided for one address is one message, for one
 * server, whole; and stays one when it is tried again. What a user would lose: a
 * morning's mail cut in pieces, or the same piece twice under two names.
 */
#include "centre.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "database.h"

#include "base/arena.h"
#include "server/store_delivery.h"

static struct centre centre;
static int64_t wall;

/* Ours, before anything is awaited. */
struct claiming {
	struct store_claim claim;
	struct arena arena;
	bool over;
};

static void on_claimed(struct store_claim *claim, int status)
{
	assert_int_equal(status, 0);
	container_of(claim, struct claiming, claim)->over = true;
}

static void begin(struct claiming *claiming, int64_t room)
{
	static const char *const channels[] = {"email"}, *const addresses[] = {"a@x.cn"};
	static int64_t rooms[8];
	static size_t used;

	rooms[used % 8] = room;
	*claiming = (struct claiming){.claim = {.channels = channels,
	                                        .addresses = addresses,
	                                        .rooms = &rooms[used++ % 8],
	                                        .count = 1,
	                                        .wall_now = wall,
	                                        .wall_claimed_until = wall + 60000,
	                                        .done = on_claimed}};
	arena_init(&claiming->arena, 16u * 1024 * 1024);
	claiming->claim.arena = &claiming->arena;
	assert_int_equal(store_claim(centre.srv.store, &claiming->claim), 0);
}

static struct claiming claim(int64_t room)
{
	static struct claiming claiming;

	begin(&claiming, room);
	centre_wait(&claiming.over);
	return claiming;
}

static void assert_nothing_to_claim(void)
{
	struct claiming got = claim(8);

	assert_int_equal(got.claim.message_count, 0);
	arena_finish(&got.arena);
}

/* @count alerts of one instant, for the address and for another one. */
static void decide(const char *instant, int count)
{
	static int batch;
	char sql[1500];

	(void)snprintf(
		sql, sizeof(sql),
		"WITH i AS (INSERT INTO alert (kind, level, recipient, plan, "
		"plan_version, "
		"unit, section, period, target, due_at, decided_at, wall_decided_at, "
		"title, "
		"body, sample) SELECT 2, 0, 'department/x', '" CENTRE_PLAN
		"', 1, '430102', "
		"'1', '%d', n::text, '%s', '%s', to_timestamp(%lld), 't', 'b', true "
		"FROM generate_series(1, %d) n RETURNING cursor, wall_decided_at), "
		"d AS (INSERT INTO delivery (alert, channel, address, wall_next_at) "
		"SELECT cursor, 'email', a, wall_decided_at FROM i, "
		"(VALUES ('a@x.cn'), ('b@x.cn')) v (a) RETURNING 1) SELECT count(*) FROM "
		"d",
		++batch, instant, instant, (long long)(wall / 1000), count);
	assert_int_equal(database_run(sql), 2 * count);
}

static void record(const struct claimed_message *message, enum delivery_outcome outcome);

static void one_instant_is_one_message(void **state)
{
	struct claiming got;

	(void)state;
	decide("2022-06-01 09:00+08", 3);
	decide("2022-06-02 09:00+08", 2);
	decide("2022-06-03 09:00+08", 1);
	got = claim(2);
	assert_int_equal(got.claim.message_count, 2);
	assert_int_equal(got.claim.messages[0].alert_count, 3);
	assert_int_equal(got.claim.messages[1].alert_count, 2);
	assert_int_equal(got.claim.messages[0].attempts, 1);
	assert_true(got.claim.messages[0].alerts[2].cursor <
	            got.claim.messages[1].alerts[0].cursor);
	record(&got.claim.messages[0], DELIVERY_SENT);
	record(&got.claim.messages[1], DELIVERY_RETRY);
	assert_int_equal(database_run(
				 "SELECT count(*) FROM delivery WHERE state = 'sent' "
				 "AND address = 'a@x.cn'"),
	                 3);
	arena_finish(&got.arena);
}

/* What was tried together is tried again together, without what came since. */
static void a_message_is_tried_again_as_it_was(void **state)
{
	struct claiming got;

	(void)state;
	decide("2022-06-02 09:00+08", 4);
	got = claim(8);
	assert_int_equal(got.claim.message_count, 3);
	assert_int_equal(got.claim.messages[0].attempts, 2);
	assert_int_equal(got.claim.messages[0].alert_count, 2);
	assert_int_equal(got.claim.messages[1].alert_count, 1);
	assert_int_equal(got.claim.messages[2].alert_count, 4);
	arena_finish(&got.arena);
	/* Killed: the leases end. */
	assert_nothing_to_claim();
	wall += 61000;
	got = claim(8);
	assert_int_equal(got.claim.message_count, 3);
	assert_int_equal(got.claim.messages[0].attempts, 3);
	assert_int_equal(got.claim.messages[0].alert_count, 2);
	assert_int_equal(got.claim.messages[2].alert_count, 4);
	for (size_t i = 0; i < 3; i++)
		record(&got.claim.messages[i], DELIVERY_SENT);
	arena_finish(&got.arena);
}

/* Two servers at the same moment: one gets everything, the other nothing. */
static void a_message_is_never_shared_out(void **state)
{
	struct claiming both[2];

	(void)state;
	for (int round = 0; round < 20; round++) {
		char instant[40];
		size_t taken = 0;

		(void)snprintf(instant, sizeof(instant), "2022-05-01 %02d:00+08", round);
		decide(instant, 100);
		begin(&both[0], 1);
		begin(&both[1], 1);
		for (int i = 0; i < 2; i++) {
			centre_wait(&both[i].over);
			for (size_t m = 0; m < both[i].claim.message_count; m++) {
				assert_int_equal(both[i].claim.messages[m].alert_count,
				                 100);
				record(&both[i].claim.messages[m], DELIVERY_SENT);
				taken++;
			}
			arena_finish(&both[i].arena);
		}
		assert_int_equal(taken, 1);
	}
}

/* While rows of its instant are undecided, more may come: but not for ever. */
static void an_instant_is_waited_for_until_it_is_decided(void **state)
{
	struct claiming got;

	(void)state;
	decide("2030-01-01 09:00+08", 2); /* of the plan's rows none is done */
	assert_nothing_to_claim();
	wall += 30000;
	got = claim(8);
	assert_int_equal(got.claim.message_count, 1);
	record(&got.claim.messages[0], DELIVERY_SENT);
	arena_finish(&got.arena);
}

static void on_recorded(struct store_delivered *delivered, int status);

struct recording {
	struct store_delivered delivered;
	bool over;
};

static void record(const struct claimed_message *message, enum delivery_outcome outcome)
{
	struct recording recording = {.delivered = {.channel = message->channel,
	                                            .address = message->address,
	                                            .outcome = outcome,
	                                            .wall_now = wall,
	                                            .wall_next_at = wall,
	                                            .error = "",
	                                            .done = on_recorded}};
	struct arena arena;
	int64_t *alerts;

	arena_init(&arena, 1024 * 1024);
	alerts = arena_new_array(&arena, message->alert_count, int64_t);
	assert_non_null(alerts);
	for (size_t i = 0; i < message->alert_count; i++)
		alerts[i] = message->alerts[i].cursor;
	recording.delivered.alerts = alerts;
	recording.delivered.alert_count = message->alert_count;
	recording.delivered.arena = &arena;
	assert_int_equal(store_delivered(centre.srv.store, &recording.delivered), 0);
	centre_wait(&recording.over);
	arena_finish(&arena);
}

static void on_recorded(struct store_delivered *delivered, int status)
{
	assert_int_equal(status, 0);
	container_of(delivered, struct recording, delivered)->over = true;
}

static int open_centre(void **state)
{
	(void)state;
	wall = wall_now();
	centre_prepare(centre_at("2022-07-01 09:00"));
	centre_open(&centre, NULL, 0);
	return 0;
}

static int close_centre(void **state)
{
	(void)state;
	centre_close(&centre);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_instant_is_one_message),
		cmocka_unit_test(a_message_is_tried_again_as_it_was),
		cmocka_unit_test(a_message_is_never_shared_out),
		cmocka_unit_test(an_instant_is_waited_for_until_it_is_decided),
	};

	(void)argc;
	database_enter(argv);
	return cmocka_run_group_tests(tests, open_centre, close_centre);
}
