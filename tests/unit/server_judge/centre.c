/* A centre for tests. */
#include "centre.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/auto.h"
#include "database.h"
#include "folder.h"

#include "base/check.h"
#include "base/err.h"
#include "base/log.h"
#include "server/clock.h"
#include "server/deliver.h"
#include "server/judge.h"
#include "server/plans.h"
#include "server/store_alert.h"
#include "server/store_board.h"
#include "server/store_city.h"
#include "server/store_clock.h"
#include "server/store_clock_read.h"
#include "server/store_delivery.h"
#include "server/store_judge.h"
#include "server/store_light.h"
#include "server/store_plan.h"
#include "server/store_status.h"
#include "server/timetable.h"
#include "server/watch.h"
#include "server/work.h"

static bool applied;
static int64_t start;

static void on_state(void *context, bool up, const char *why);
static void on_notify(void *context, const char *channel);

static const struct pg_statement *const statements[] = {
	store_report_statements,   store_history_statements,    store_serial_statements,
	store_notify_statements,   store_plan_statements,       store_alert_statements,
	store_board_statements,    store_city_statements,       store_clock_statements,
	store_delivery_statements, store_judge_statements,      store_light_statements,
	store_status_statements,   store_clock_read_statements, NULL};
static const char *const channels[] = {STORE_ALERT_CHANNEL, STORE_CLOCK_CHANNEL,
                                       STORE_REPORT_CHANNEL, STORE_PLAN_CHANNEL, NULL};

static void open_database(struct centre *centre)
{
	const struct pg_options options = {
		.conninfo = database_conninfo(),
		.connections = 2,
		.queue_max = 1000,
		.connect_timeout = 5000,
		.query_timeout = 30000,
		.statements = statements,
		.on_state = on_state,
		.on_notify = on_notify,
		.listen = channels,
		.context = centre,
	};
	struct store_options store = {.queue_max = 10, .group_max = 10, .commits_max = 1};

	log_set_fd(getenv("CENTRE_LOG") != NULL ? 2 : -1);
	assert_int_equal(pg_open(uv_default_loop(), &options, &centre->pg), 0);
	assert_int_equal(work_create(uv_default_loop(), 100, &centre->srv.work), 0);
	store.pg = centre->pg;
	store.work = centre->srv.work;
	assert_int_equal(store_create(&store, &centre->srv.store), 0);
	centre_wait(&centre->up);
}

static void on_state(void *context, bool up, const char *why)
{
	struct centre *centre = context;

	(void)why;
	centre->up = up;
}

/* As main() does it. */
static void on_notify(void *context, const char *channel)
{
	struct centre *centre = context;

	if (strcmp(channel, STORE_CLOCK_CHANNEL) == 0 && centre->srv.clock != NULL)
		clock_refresh(centre->srv.clock, NULL);
	if (strcmp(channel, STORE_ALERT_CHANNEL) == 0) {
		watch_wake(centre->srv.watch);
		deliver_wake(centre->srv.deliver);
	}
	judge_wake(centre->srv.judge);
}

static void on_applied(struct store_plan_apply *apply, int status)
{
	(void)apply;
	assert_int_equal(status, 0);
	applied = true;
}

void centre_prepare(int64_t start_at)
{
	static struct folder folder;
	static struct store_plan_apply apply;
	static struct centre centre;
	struct arena arena;
	const struct timetable *timetable;

	start = start_at;
	arena_init(&arena, 256u * 1024 * 1024);
	folder_open(&folder, true);
	apply.plan = folder_good_plan(&folder);
	assert_int_equal(timetable_expand(&arena, apply.plan, start_at, &timetable), 0);
	open_database(&centre);
	apply.version = 1;
	apply.files = folder.files;
	apply.file_count = folder.count;
	apply.timetable = timetable;
	apply.applied_at = apply.wall_applied_at = start_at;
	apply.applied_by = "spiffe://test/department/bangongshi/person/test";
	apply.arena = &arena;
	apply.done = on_applied;
	assert_int_equal(store_plan_apply(centre.srv.store, &apply), 0);
	centre_wait(&applied);
	centre_close(&centre);
	folder_close(&folder);
	arena_finish(&arena);
}

struct plans_waiting {
	struct plans_wait wait;
	bool over;
};

static void on_plans(struct plans_wait *wait, int status)
{
	assert_int_equal(status, 0);
	container_of(wait, struct plans_waiting, wait)->over = true;
}

struct clock_waiting {
	struct clock_wait wait;
	bool over;
};

static void on_clock(struct clock_wait *wait, int status)
{
	assert_int_equal(status, 0);
	container_of(wait, struct clock_waiting, wait)->over = true;
}

void centre_open(struct centre *centre, const struct contact *contacts, size_t count)
{
	struct plans_waiting plans = {.wait.done = on_plans};
	struct clock_waiting clock = {.wait.done = on_clock};
	struct server *srv = &centre->srv;

	centre->settings.contacts = contacts;
	centre->settings.contact_count = count;
	if (centre->settings.smtp_url == NULL)
		centre->settings.smtp_url = "";
	centre->settings.smtp_from = "duban@example.org";
	centre->settings.smtp_user = centre->settings.smtp_password_file = "";
	centre->settings.smtp_ca_file = "";
	centre->settings.office = "bangongshi";
	centre->settings.conninfo = "";
	if (centre->settings.webhook_per_minute == 0)
		centre->settings.webhook_per_minute = 20;
	srv->settings = &centre->settings;
	srv->node = "spiffe://test/node/1";
	open_database(centre);
	assert_int_equal(plans_create(srv, &srv->plans), 0);
	plans_refresh(srv->plans, &plans.wait);
	centre_wait(&plans.over);
	assert_int_equal(clock_create(srv, true, start, &srv->clock), 0);
	clock_refresh(srv->clock, &clock.wait);
	centre_wait(&clock.over);
	assert_int_equal(watch_create(srv, uv_default_loop(), &srv->watch), 0);
	assert_int_equal(deliver_create(srv, uv_default_loop(), &srv->deliver), 0);
	assert_int_equal(judge_create(srv, uv_default_loop(), &srv->judge), 0);
}

static void on_closed(void *context)
{
	*(bool *)context = true;
}

void centre_close(struct centre *centre)
{
	struct server *srv = &centre->srv;
	bool judged = srv->judge == NULL, told = srv->watch == NULL;
	bool delivered = srv->deliver == NULL, closed = false;

	if (!judged)
		judge_close(TAKE(srv->judge), on_closed, &judged);
	centre_wait(&judged);
	if (!told)
		watch_close(TAKE(srv->watch), on_closed, &told);
	centre_wait(&told);
	if (!delivered)
		deliver_close(TAKE(srv->deliver), on_closed, &delivered);
	centre_wait(&delivered);
	while (srv->plans != NULL && plans_is_busy(srv->plans))
		(void)uv_run(uv_default_loop(), UV_RUN_ONCE);
	pg_close(centre->pg, on_closed, &closed);
	centre_wait(&closed);
	plans_destroy(srv->plans);
	clock_destroy(srv->clock);
	store_destroy(srv->store);
	work_destroy(srv->work);
	for (int i = 0; i < 10; i++)
		(void)uv_run(uv_default_loop(), UV_RUN_NOWAIT);
	memset(srv, 0, sizeof(*srv));
	centre->up = false;
}

static void on_patience(uv_timer_t *timer)
{
	(void)timer;
	(void)fprintf(stderr, "waited %d ms in vain\n", CENTRE_PATIENCE);
	abort();
}

void centre_wait(const bool *flag)
{
	static uv_timer_t patience;

	if (patience.loop == NULL)
		CHECK(uv_timer_init(uv_default_loop(), &patience) == 0);
	uv_update_time(uv_default_loop());
	CHECK(uv_timer_start(&patience, on_patience, CENTRE_PATIENCE, 0) == 0);
	while (!*flag)
		(void)uv_run(uv_default_loop(), UV_RUN_ONCE);
	(void)uv_timer_stop(&patience);
}

struct settling {
	struct judge_wait wait;
	bool over;
};

static void on_settled(struct judge_wait *wait, int status)
{
	assert_int_equal(status, 0);
	container_of(wait, struct settling, wait)->over = true;
}

void centre_settle(struct centre *centre)
{
	struct settling settling = {.wait.done = on_settled};
	struct clock_waiting clock = {.wait.done = on_clock};

	clock_refresh(centre->srv.clock, &clock.wait);
	centre_wait(&clock.over);
	judge_settle(centre->srv.judge, &settling.wait);
	centre_wait(&settling.over);
}

struct stepping {
	struct store_clock_step step;
	bool over;
};

static void on_stepped(struct store_clock_step *step, int status)
{
	assert_int_equal(status, 0);
	container_of(step, struct stepping, step)->over = true;
}

bool centre_step(struct centre *centre)
{
	struct stepping *stepping = test_calloc(1, sizeof(*stepping));
	struct arena arena;
	bool stepped;

	arena_init(&arena, 16u * 1024 * 1024);
	centre_settle(centre);
	stepping->step.arena = &arena;
	stepping->step.done = on_stepped;
	assert_int_equal(store_clock_step(centre->srv.store, &stepping->step), 0);
	centre_wait(&stepping->over);
	assert_true(stepping->step.outcome == CLOCK_STEPPED ||
	            stepping->step.outcome == CLOCK_AT_END);
	stepped = stepping->step.outcome == CLOCK_STEPPED;
	if (stepped)
		assert_true(stepping->step.asked_count > 0);
	centre_settle(centre);
	arena_finish(&arena);
	test_free(stepping);
	return stepped;
}

void centre_report(const char *unit, const char *section, const char *period,
                   const char *indicator, const char *figure, const char *unit_name)
{
	char sql[4096];

	(void)snprintf(
		sql, sizeof(sql),
		"WITH id AS (SELECT decode(md5('%s%s%s'), 'hex') AS id), "
		"o AS (SELECT * FROM obligation WHERE unit = '%s' AND section = '%s' AND "
		"period = '%s'), s AS (INSERT INTO submission SELECT o.unit, id.id, "
		"sha256('x'), o.period || o.unit || o.section, o.plan, o.section, "
		"o.period, "
		"o.period_end, c.plan_at, c.plan_at, CASE WHEN c.plan_at <= o.due_at "
		"THEN 1 "
		"ELSE 2 END, '' FROM o, id, plan_clock c ON CONFLICT DO NOTHING "
		"RETURNING *), r AS (INSERT INTO report SELECT period_end, unit, "
		"report_id, "
		"plan, 1, section, period, '', '', '', received_at, received_at, '', '', "
		"'', "
		"'', '', '', '', 1, 0 FROM s RETURNING *), f AS (INSERT INTO figure "
		"SELECT "
		"period_end, unit, report_id, plan, section, '%s', %s, '%s', 0, '' FROM "
		"r "
		"WHERE '%s' <> '') SELECT count(*) FROM s",
		unit, section, period, unit, section, period, indicator,
		figure[0] != '\0' ? figure : "0", unit_name, figure);
	(void)database_run(sql);
	(void)database_run("SELECT count(pg_notify('duban_report', '')::text)");
}

int64_t centre_at(const char *text)
{
	int64_t instant;

	CHECK(instant_parse(text, 480, &instant) == 0);
	return instant;
}

void centre_set_clock(const char *text)
{
	char sql[256];

	(void)snprintf(sql, sizeof(sql),
	               "UPDATE plan_clock SET plan_at = to_timestamp(%" PRId64 ")",
	               centre_at(text) / 1000);
	(void)database_run(sql);
	(void)database_run("SELECT count(pg_notify('duban_clock', '')::text)");
}
