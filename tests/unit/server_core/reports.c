/* A store on a private PostgreSQL, and reports for it. */
#include "reports.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../model_seal/pki.h"
#include "base/check.h"
#include "base/err.h"
#include "database.h"
#include "server/work.h"

#define NOW INT64_C(1665245000000)

struct arena reports_arena;
struct pg *reports_pg;
struct store *reports_store;
int reports_up;

static struct store *create_store(unsigned commits_max);

static struct store *other; /* closed with the first */
static struct work *work;
static struct signer *signer;
static uv_timer_t limit;
static int closed;

static const char PLAN[] =
	"INSERT INTO unit VALUES ('430112', 'Wangcheng', 'department');"
	"INSERT INTO plan VALUES ('p', 'number', 'title');"
	"INSERT INTO plan_version VALUES ('p', 1, sha256(''), '2022-07-01', "
	"'2022-07-01', 'x');"
	"INSERT INTO section SELECT 'p', 's' || i, 'name' FROM generate_series(0, 4999) "
	"i;"
	"INSERT INTO indicator SELECT 'p', 's' || i, j, 'name', '户'"
	" FROM generate_series(0, 4999) i, unnest('{finished,started}'::text[]) j;"
	"INSERT INTO obligation SELECT 'p', '430112', 's' || i, '2022-' || to_char(m, "
	"'FM00'),"
	" make_date(2022, m + 1, 1) - 1, 1, '2022-01-01', '2022-02-01', '2022-03-01'"
	" FROM generate_series(0, 4999) i, generate_series(8, 9) m;"
	"SELECT ensure_partitions(2022, 2022)";

static const struct pg_statement *const tables[] = {
	store_serial_statements,
	store_report_statements,
	store_history_statements,
	store_notify_statements,
	NULL,
};

void reports_prepare(void)
{
	(void)database_run(PLAN);
}

static void on_state(void *context, bool up, const char *why)
{
	(void)context;
	(void)why;
	reports_up = up;
	if (up && reports_store != NULL)
		store_wake(reports_store);
}

static void on_limit(uv_timer_t *timer)
{
	(void)timer;
	check_failed(__FILE__, __LINE__, "too slow");
}

void reports_wait(const int *flag, int value)
{
	(void)uv_timer_start(&limit, on_limit, REPORTS_LIMIT, 0);
	while (*flag != value)
		(void)uv_run(uv_default_loop(), UV_RUN_ONCE);
	(void)uv_timer_stop(&limit);
}

void reports_open(unsigned commits_max)
{
	const struct pg_options options = {
		.conninfo = database_conninfo(),
		.connections = 2,
		.queue_max = 100,
		.connect_timeout = 5000,
		.query_timeout = 5000,
		.statements = tables,
		.on_state = on_state,
	};
	struct pki_ca ca = pki_ca_create("test");

	arena_init(&reports_arena, 512u << 20);
	CHECK(uv_timer_init(uv_default_loop(), &limit) == 0);
	signer = pki_signer(&reports_arena, &ca, ED25519, PKI_RECEIPT_URI);
	pki_ca_destroy(&ca);
	pki_clean_up(); /* at once: this program may be killed */
	CHECK(work_create(uv_default_loop(), 100, &work) == 0);
	reports_up = 0;
	CHECK(pg_open(uv_default_loop(), &options, &reports_pg) == 0);
	reports_store = create_store(commits_max);
	reports_wait(&reports_up, 1);
}

static struct store *create_store(unsigned commits_max)
{
	const struct store_options options = {
		.pg = reports_pg,
		.work = work,
		.receipts = signer,
		.queue_max = REPORTS_SECTIONS,
		.group_max = 100,
		.commits_max = commits_max,
	};
	struct store *store;

	CHECK(store_create(&options, &store) == 0);
	return store;
}

struct store *reports_open_other(void)
{
	other = create_store(2);
	return other;
}

static void on_closed(void *context)
{
	(void)context;
	closed = 1;
}

void reports_close(void)
{
	struct store *store = reports_store;

	closed = 0;
	reports_store = NULL;
	pg_close(reports_pg, on_closed, NULL);
	reports_wait(&closed, 1);
	store_destroy(store);
	store_destroy(other);
	other = NULL;
	uv_close((uv_handle_t *)&limit, NULL);
	(void)uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	work_destroy(work);
	signer_close(signer);
	arena_finish(&reports_arena);
}

static void on_done(struct store_put *put, int status)
{
	struct test_put *test = container_of(put, struct test_put, put);

	test->over++;
	test->status = status;
}

struct test_put *reports_make(unsigned section, unsigned id, unsigned content)
{
	struct test_put *test = arena_new(&reports_arena, struct test_put);
	struct report *report = &test->report;
	const char *envelope = arena_printf(&reports_arena, "envelope %u", content);
	const char *why;

	(void)snprintf(test->section, sizeof(test->section), "s%u", section);
	memcpy(report->id, &id, sizeof(id));
	report->plan = "p";
	report->unit = "430112";
	report->section = test->section;
	report->period = "2022-09";
	report->figures = test->figures;
	report->figure_count = 2;
	test->figures[0] =
		(struct figure){.indicator = "finished", .reason = "因为\"雨\""};
	test->figures[1] = (struct figure){.indicator = "started", .reason = ""};
	CHECK(quantity_parse("58.90", unit_find("户"), &test->figures[0].value, &why) ==
	      0);
	CHECK(quantity_parse("-7", unit_find("户"), &test->figures[1].value, &why) == 0);
	report->texts.progress = "进展 {\"\\}";
	report->texts.problems = report->texts.next_steps = report->texts.city_to_settle =
		"";
	report->filled_by.name = report->reviewed_by.name = report->approved_by.name =
		"张三";
	report->supersedes = report->change_reason = "";
	report->made_at = report->wall_made_at =
		INT64_MAX; /* whatever an agent may say */
	CHECK(period_parse(report->period, &test->verdict.period) == 0);
	test->verdict.times.due = NOW + 1;
	test->verdict.timeliness = ON_TIME;
	test->verdict.revision = 1;
	findings_init(&test->findings, &reports_arena);
	sha256(bytes_of_str(envelope), test->hash);
	test->put = (struct store_put){
		.report = report,
		.verdict = &test->verdict,
		.findings = &test->findings,
		.envelope = bytes_of_str(envelope),
		.payload_hash = bytes_of(test->hash, sizeof(test->hash)),
		.plan = "p",
		.plan_version = 1,
		.calendar = "cn",
		.signer = "spiffe://duban.test/district/430112/signer/1",
		.crl_number = "01",
		.received_at = NOW,
		.wall_received_at = NOW,
		.done = on_done,
		.arena = &reports_arena,
	};
	return test;
}

void reports_put(struct test_put *put)
{
	assert_int_equal(store_put(reports_store, &put->put), 0);
	assert_int_equal(put->over, 0); /* never from inside the call */
}
