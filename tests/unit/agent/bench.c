/* See bench.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "bench.h"
#include "client/agent/draft.h"
#include "client/agent/returned.h"

int bench_set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const char *why = "";

	folder_open(&bench->folder, true);
	bench->plan = folder_good_plan(&bench->folder);
	(void)snprintf(bench->path, sizeof(bench->path), "/tmp/duban-bench-XXXXXX");
	assert_non_null(mkdtemp(bench->path));
	if (store_open(bench->path, &bench->store, &why) < 0)
		fail_msg("%s", why);
	arena_init(&bench->arena, 16u << 20);
	*state = bench;
	return 0;
}

int bench_tear_down(void **state)
{
	static const char *const names[] = {"", "-wal", "-shm"};
	struct bench *bench = *state;
	char path[128];

	store_close(bench->store);
	arena_finish(&bench->arena);
	folder_close(&bench->folder);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof(path), "%s/agent.sqlite%s", bench->path,
		               names[i]);
		(void)unlink(path);
	}
	(void)rmdir(bench->path);
	free(bench);
	return 0;
}

void bench_figure(struct bench *bench, const char *indicator, const char *value,
                  const char *reason)
{
	const struct plan_section *section = plan_find_section(bench->plan, "2");
	struct figure *figure = &bench->figures[bench->count++];
	const char *why = "";

	assert_true(bench->count <= 8);
	figure->indicator = indicator;
	figure->reason = reason;
	assert_int_equal(draft_value(&bench->arena, value, NULL,
	                             plan_find_indicator(section, indicator)->unit,
	                             &figure->value, &why),
	                 0);
}

struct report bench_report(struct bench *bench)
{
	const struct person person = {.name = "张三",
	                              .post = "科员",
	                              .telephone = "0731"};
	struct figure *figures =
		arena_new_array(&bench->arena, bench->count + 1, struct figure);
	struct report report = {.plan = bench->plan->id,
	                        .plan_version = 1,
	                        .unit = "430111",
	                        .section = "2",
	                        .period = "2022-07",
	                        .figures = figures,
	                        .figure_count = bench->count,
	                        .texts = {"推进。", "无", "继续。", "无"},
	                        .filled_by = person,
	                        .reviewed_by = person,
	                        .approved_by = person,
	                        .made_at = 1,
	                        .wall_made_at = 1,
	                        .supersedes = "",
	                        .change_reason = ""};

	memcpy(figures, bench->figures, bench->count * sizeof(*figures));
	bench->count = 0;
	memset(report.id, ++bench->serial, sizeof(report.id));
	return report;
}

static struct bytes payload_of(struct bench *bench, const struct report *report)
{
	struct bytes payload = bytes_of(NULL, 0);

	assert_int_equal(report_encode(&bench->arena, report, &payload), 0);
	return payload;
}

void bench_accept(struct bench *bench, const struct report *report, const char *number,
                  uint32_t revision)
{
	const struct receipt_body body = {.number = number,
	                                  .plan = report->plan,
	                                  .section = report->section,
	                                  .period = report->period,
	                                  .received_at = 2,
	                                  .revision = revision};

	assert_int_equal(accepted_put(bench->store, &body, payload_of(bench, report)), 0);
}

int64_t bench_queue(struct bench *bench, const struct report *report, int64_t follows)
{
	struct queue_entry entry = {.source = "a.yaml",
	                            .plan = report->plan,
	                            .plan_version = 1,
	                            .section = report->section,
	                            .period = report->period,
	                            .payload = payload_of(bench, report),
	                            .request = bytes_of_str("request"),
	                            .follows = follows};
	int64_t row = 0;

	memcpy(entry.report_id, report->id, sizeof(entry.report_id));
	memcpy(entry.file_hash, report->id, sizeof(report->id));
	assert_int_equal(queue_put(bench->store, &entry, &row), 0);
	return row;
}

void bench_return(struct bench *bench, const char *number, uint32_t revision,
                  const char *field, const char *reason)
{
	const struct returned_field fields[] = {{field, reason}};
	const struct returned returned = {.number = number,
	                                  .plan = bench->plan->id,
	                                  .section = "2",
	                                  .period = "2022-07",
	                                  .revision = revision,
	                                  .ordinal = 1,
	                                  .step = 1,
	                                  .by = "department/jiugai/person/test",
	                                  .remark = "",
	                                  .returned_at = 3,
	                                  .due_at = 4,
	                                  .fields = fields,
	                                  .field_count = 1};

	assert_int_equal(returned_put(bench->store, &returned), 0);
}
