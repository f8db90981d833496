/*
 * Any figures of any projects, with any past: judged without a crash, the same to the
 *byte when judged again, in words that can be shown; and signed bytes give the same rows
 *back.
 *
 *	four bytes: states of projects; whole: present, scale, eight bytes of digits
 *	then rows, each: project and indicator, unit and reason, scale, eight bytes of
 *digits; every third is one of the past
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/validate.h"

#include "../../unit/model_judge/plan_by_hand.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROJECTS 4
#define ROWS_MAX 64

struct input {
	const uint8_t *data;
	size_t left;
};

struct drawn {
	struct project projects[PROJECTS];
	struct figure figures[1];
	struct project_figure rows[ROWS_MAX];
	struct project_last lasts[ROWS_MAX];
	size_t figure_count, row_count, last_count;
	enum report_kind kind;
	bool known;
};

static const char *const ids[] = {"p0", "p1", "p2", "p3", "p4"};
static const char *const targets[] = {"communities"};
static struct plan_by_hand by_hand;

static uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->data++;
}

static struct quantity draw_value(struct input *input, uint8_t unit)
{
	static const char *const units[] = {"个",   "户", "万户", "万元",
	                                    "亿元", "亩", "%"};
	struct quantity value = {.unit = unit_find(units[unit % ARRAY_LEN(units)])};
	uint64_t digits = 0;

	value.scale = take(input) % (QUANTITY_SCALE_MAX + 1);
	for (size_t i = 0; i < 8; i++)
		digits = digits << 8 | take(input);
	value.digits = (int64_t)(digits % UINT64_C(1000000000000000000));
	if (unit & 0x40)
		value.digits = -value.digits;
	return value;
}

static struct project_figure draw_row(struct input *input)
{
	uint8_t what = take(input), unit = take(input);

	return (struct project_figure){
		.project = ids[what % ARRAY_LEN(ids)],
		.indicator = what / 8 % 13 < INDICATORS
	                             ? by_hand.indicators[what / 8 % 13].id
	                             : "unknown",
		.value = draw_value(input, unit),
		.reason = unit & 0x80 ? "情况属实" : "",
	};
}

static int by_order(const void *a, const void *b)
{
	return project_figure_order(a, b);
}

static int by_last(const void *a, const void *b)
{
	return project_figure_order(&((const struct project_last *)a)->figure,
	                            &((const struct project_last *)b)->figure);
}

/* Each once, as the bytes of a report must have it. */
static void sort_rows(struct drawn *drawn)
{
	size_t kept = 0;

	qsort(drawn->rows, drawn->row_count, sizeof(drawn->rows[0]), by_order);
	for (size_t i = 0; i < drawn->row_count; i++)
		if (kept == 0 || by_order(&drawn->rows[kept - 1], &drawn->rows[i]) != 0)
			drawn->rows[kept++] = drawn->rows[i];
	drawn->row_count = kept;
	qsort(drawn->lasts, drawn->last_count, sizeof(drawn->lasts[0]), by_last);
}

static void draw(struct input *input, struct drawn *drawn)
{
	uint8_t what = take(input);

	*drawn = (struct drawn){.kind = (enum report_kind)(what % 3),
	                        .known = (what & 0x10) == 0};
	for (size_t i = 0; i < PROJECTS; i++)
		drawn->projects[i] = (struct project){
			.unit = "430111",
			.section = "2",
			.id = ids[i],
			.targets = targets,
			.target_count = take(input) % 2,
			.name = "某项目",
			.state = (enum project_state)(take(input) % 5 + 1),
		};
	what = take(input);
	if (what % 8 != 0)
		drawn->figures[drawn->figure_count++] = (struct figure){
			.indicator = "started",
			.value = draw_value(input, 0),
			.reason = what & 0x80 ? "情况属实" : "",
		};
	for (size_t i = 0; input->left > 0 && drawn->row_count < ROWS_MAX; i++) {
		if (i % 3 == 2 && drawn->last_count < ROWS_MAX)
			drawn->lasts[drawn->last_count++] = (struct project_last){
				draw_row(input), {MONTHLY, 2022, take(input) % 8 + 1}};
		else
			drawn->rows[drawn->row_count++] = draw_row(input);
	}
	sort_rows(drawn);
}

static struct report report(const struct drawn *drawn)
{
	struct report made = report_of(drawn->figures, drawn->figure_count);

	made.kind = drawn->kind;
	made.project_figures = drawn->rows;
	made.project_figure_count = drawn->row_count;
	return made;
}

static void judge(struct arena *arena, const struct drawn *drawn,
                  struct findings *findings)
{
	const struct history history = {.projects_known = drawn->known,
	                                .projects = drawn->projects,
	                                .project_count = PROJECTS,
	                                .lasts = drawn->lasts,
	                                .last_count = drawn->last_count};
	struct report judged = report(drawn);
	struct verdict verdict;
	int r;

	findings_init(findings, arena);
	r = validate_report(&by_hand.plan, &judged, &history, at("2022-10-08 16:42"),
	                    findings, &verdict);
	CHECK(r == 0 || r == E_REFUSED);
}

static void read_again(struct arena *arena, const struct drawn *drawn)
{
	struct report written = report(drawn);
	const struct report *again;
	struct findings findings;
	struct bytes bytes, twice;

	findings_init(&findings, arena);
	CHECK(report_encode(arena, &written, &bytes) == 0);
	CHECK(report_decode(arena, bytes, &findings, &again) == 0);
	CHECK(again->project_figure_count == drawn->row_count);
	CHECK(report_encode(arena, again, &twice) == 0 && bytes_equal(bytes, twice));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	const struct finding *a, *b;
	struct findings first, again;
	struct arena one, other;
	struct drawn drawn;

	if (by_hand.plan.id == NULL)
		plan_by_hand(&by_hand);
	draw(&input, &drawn);
	arena_init(&one, 4 << 20);
	arena_init(&other, 4 << 20);
	judge(&one, &drawn, &first);
	judge(&other, &drawn, &again);
	for (a = first.first, b = again.first; a != NULL && b != NULL;
	     a = a->next, b = b->next) {
		CHECK(strcmp(a->rule, b->rule) == 0 && strcmp(a->text, b->text) == 0);
		CHECK(utf8_valid(bytes_of_str(a->text)) && a->answered == b->answered);
	}
	CHECK(a == NULL && b == NULL);
	read_again(&one, &drawn);
	arena_finish(&one);
	arena_finish(&other);
	return 0;
}
