/* Any bytes: a report within all bounds, whose writing is stable, or a refusal that names
 * a rule. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/check.h"
#include "base/err.h"
#include "base/utf8.h"
#include "model/report.h"

#define MEMORY_MAX (4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_figures(const struct report *report)
{
	CHECK(report->figure_count <= REPORT_FIGURES_MAX);
	for (size_t i = 0; i < report->figure_count; i++) {
		const struct figure *figure = &report->figures[i];

		CHECK(report_figure(report, figure->indicator) == figure);
		CHECK(quantity_check(figure->value.digits, figure->value.scale) == 0);
		CHECK(figure->value.unit != NULL);
		CHECK(utf8_length(bytes_of_str(figure->reason)) <= REPORT_REASON_MAX);
	}
}

/* What we write from it reads as the same, to the byte. */
static void check_stable(struct arena *arena, const struct report *report)
{
	struct bytes first, second;
	const struct report *again;
	struct findings findings;

	findings_init(&findings, arena);
	if (report_encode(arena, report, &first) != 0)
		return;
	CHECK(report_decode(arena, first, &findings, &again) == 0);
	CHECK(report_encode(arena, again, &second) == 0);
	CHECK(bytes_equal(first, second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(arena_finishp) struct arena arena;
	const struct report *report;
	struct findings findings;
	int r;

	arena_init(&arena, MEMORY_MAX);
	findings_init(&findings, &arena);
	r = report_decode(&arena, bytes_of(data, size), &findings, &report);
	if (r != 0) {
		CHECK(r == E_SYNTAX || r == E_REFUSED || r == E_LIMIT || r == E_NOMEM);
		CHECK(r == E_NOMEM || findings.refusals > 0);
		for (struct finding *f = findings.first; f != NULL; f = f->next)
			CHECK(strncmp(f->rule, "D-", 2) == 0 && f->text[0] != '\0');
		return 0;
	}
	CHECK(findings.count == 0);
	check_figures(report);
	check_stable(&arena, report);
	return 0;
}
