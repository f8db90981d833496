/* Findings: a report must never be taken because the reason against it was lost. */
#include "model/finding.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static const struct finding refusal = {
	.rule = "R-2-03",
	.severity = SEVERITY_REFUSAL,
	.field = "figures[finished].value",
	.found = "128个",
	.allowed = "≤121个",
	.text = "完工多于开工。",
};

static void test_kinds(void **state)
{
	struct finding finding = refusal;
	struct findings findings;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 16);
	findings_init(&findings, &arena);
	assert_int_equal(findings_result(&findings), 0);
	assert_string_equal(findings_first(&findings), "");

	finding.severity = SEVERITY_NOTICE;
	findings_add(&findings, &finding);
	finding.severity = SEVERITY_REASON;
	finding.answered = true;
	findings_add(&findings, &finding);
	assert_int_equal(findings_result(&findings), 0);
	assert_string_equal(findings_first(&findings), "");

	finding.rule = "R-2-04";
	finding.answered = false;
	findings_add(&findings, &finding);
	findings_add(&findings, &refusal);
	assert_int_equal(findings_result(&findings), E_REFUSED);
	assert_int_equal(findings.refusals, 2);
	assert_int_equal(findings.count, 4);
	assert_string_equal(findings_first(&findings),
	                    "R-2-04 figures[finished].value 128个 (≤121个)");
	arena_finish(&arena);
}

/* The caller's strings may be on its stack; the finding must outlive them. */
static void test_copies(void **state)
{
	char found[] = "128个";
	struct finding finding = refusal;
	struct findings findings;
	struct arena arena;

	(void)state;
	arena_init(&arena, 1 << 16);
	findings_init(&findings, &arena);
	finding.found = found;
	finding.allowed = NULL;
	findings_add(&findings, &finding);
	memset(found, 'x', sizeof(found) - 1);
	assert_string_equal(findings.first->found, "128个");
	assert_string_equal(findings.first->allowed, "");
	assert_null(findings.first->next);
	arena_finish(&arena);
}

static void test_too_many(void **state)
{
	struct finding notice = refusal;
	struct findings findings;
	struct arena arena;
	size_t kept = 0;

	(void)state;
	notice.severity = SEVERITY_NOTICE;
	arena_init(&arena, 1 << 20);
	findings_init(&findings, &arena);
	for (int i = 0; i < FINDINGS_MAX; i++)
		findings_add(&findings, &notice);
	findings_add(&findings, &refusal);
	for (struct finding *f = findings.first; f != NULL; f = f->next)
		kept++;
	assert_int_equal(kept, FINDINGS_MAX);
	assert_int_equal(findings.count, FINDINGS_MAX + 1);
	assert_int_equal(findings_result(&findings), E_REFUSED);
	assert_true(findings_first(&findings)[0] != '\0');
	arena_finish(&arena);
}

static void test_no_memory(void **state)
{
	(void)state;
	for (size_t limit = 0; limit < 4096; limit += 16) {
		struct finding notice = refusal;
		struct findings findings;
		struct arena arena;

		notice.severity = SEVERITY_NOTICE;
		arena_init(&arena, limit);
		findings_init(&findings, &arena);
		findings_add(&findings, &notice);
		assert_int_equal(findings_result(&findings),
		                 findings.out_of_memory ? E_NOMEM : 0);
		findings_add(&findings, &refusal);
		assert_int_equal(findings_result(&findings), E_REFUSED);
		assert_non_null(findings_first(&findings));
		for (struct finding *f = findings.first; f != NULL; f = f->next)
			assert_true(f->rule != NULL && f->field != NULL &&
			            f->text != NULL);
		arena_finish(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
