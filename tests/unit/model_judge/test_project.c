/*
 * Entries of the project register: who fills in a table of a hundred rows must be told of
 * every mistake at once; and a district must not close its own projects.
 */
#include "model/project.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;
static struct arena arena;
static struct findings findings;
static struct project project, earlier;
static struct project_entry entry;
static const char *targets[] = {"communities", "communities"};

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	arena_init(&arena, 1 << 20);
	project = (struct project){.unit = "430111",
	                           .section = "2",
	                           .id = "lx-01",
	                           .targets = targets,
	                           .target_count = 1,
	                           .name = "东风路片区",
	                           .kind = "",
	                           .person = "",
	                           .telephone = "",
	                           .start = on("2022-03-01"),
	                           .finish = on("2022-12-31"),
	                           .state = PROJECT_UNDERWAY,
	                           .reason = ""};
	earlier = project;
	earlier.version = 3;
	entry = (struct project_entry){.plan = &by_hand.plan,
	                               .project = &project,
	                               .at = "projects[0]"};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static int check(void)
{
	findings_init(&findings, &arena);
	return project_check(&entry, &findings);
}

static void refused(const char *rule, const char *field)
{
	assert_int_equal(check(), E_REFUSED);
	assert_string_equal(findings.first->rule, rule);
	assert_string_equal(findings.first->field, field);
}

static void a_good_entry_is_taken(void **state)
{
	(void)state;
	assert_int_equal(check(), 0);
	project.start = project.finish = DAY_NONE;
	assert_int_equal(check(), 0);
}

static void what_the_plan_does_not_have(void **state)
{
	const struct plan_adjustment adjustment = {
		.after = {.unit = &by_hand.units[YUHUA], .value = q("5个")}};

	(void)state;
	project.unit = "430199";
	refused("P-01", "projects[0].unit");
	project.unit = "雨花区"; /* names are for people, codes for the register */
	refused("P-01", "projects[0].unit");
	project.unit = "430181"; /* is not asked for this section */
	refused("P-01", "projects[0].section");
	project.unit = "430111";
	project.target_count = 2;
	refused("P-01", "projects[0].targets");
	project.target_count = 0;
	refused("P-01", "projects[0].targets");
	project.target_count = 1;
	by_hand.allocations[YUHUA].no_task = true;
	refused("P-01", "projects[0].targets");
	by_hand.target.adjustments = &adjustment; /* 任务调整: it has one since */
	by_hand.target.adjustment_count = 1;
	assert_int_equal(check(), 0);
	project.section = "9";
	refused("P-01", "projects[0].section");
}

static void texts_have_bounds(void **state)
{
	static const char *const ids[] = {"", "项目", "a b", "a/b", "a:b"};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		project.id = ids[i];
		refused("P-02", "projects[0].id");
	}
	project.id = "lx-01";
	project.name = "　 ";
	refused("P-03", "projects[0].name");
	project.name = "东风路\n片区";
	refused("P-03", "projects[0].name");
	project.name = "东风路片区";
	project.telephone = "0731-80000000 0731-80000000 0731-80000000 0731-80000";
	refused("P-03", "projects[0].telephone");
	project.telephone = "";
	project.finish = on("2022-02-28");
	refused("P-04", "projects[0].finish");
}

static void states_need_reasons(void **state)
{
	(void)state;
	project.state = PROJECT_CANCELLED;
	refused("P-05", "projects[0].reason");
	project.reason = "规划调整";
	assert_int_equal(check(), 0);
	project.state = (enum project_state)9;
	refused("P-05", "projects[0].state");
	project.state = PROJECT_UNDERWAY;
	project.reason = "";
	project.version = 3;
	earlier.state = PROJECT_FINISHED;
	entry.earlier = &earlier;
	refused("P-05", "projects[0].reason");
	assert_string_equal(findings.first->text, "由完工改为在建须写明原因或依据。");
}

static void closing_is_the_bureaus(void **state)
{
	(void)state;
	project.state = PROJECT_CLOSED;
	project.reason = "已核实";
	refused("P-06", "projects[0].state");
	entry.bureau = true;
	assert_int_equal(check(), 0);
	entry.bureau = false;
	entry.earlier = &earlier;
	earlier.state = PROJECT_CLOSED;
	earlier.reason = "已核实";
	project.version = 3;
	assert_int_equal(check(), 0); /* sent again as it is */
	project.state = PROJECT_UNDERWAY;
	refused("P-06", "projects[0].state");
}

static void who_was_quicker_is_not_overwritten(void **state)
{
	(void)state;
	entry.earlier = &earlier;
	assert_int_equal(check(), 0); /* the same again, whatever its version */
	project.person = "李四";
	refused("P-08", "projects[0].version");
	project.version = 3;
	assert_int_equal(check(), 0);
	earlier.section = "1";
	refused("P-07", "projects[0].section");
	entry.earlier = NULL;
	refused("P-08", "projects[0].version");
}

static void overdue_is_what_is_open_past_its_day(void **state)
{
	(void)state;
	assert_false(project_is_overdue(&project, on("2022-12-31")));
	assert_true(project_is_overdue(&project, on("2023-01-01")));
	project.state = PROJECT_FINISHED;
	assert_false(project_is_overdue(&project, on("2023-01-01")));
	project.state = PROJECT_PLANNED;
	project.finish = DAY_NONE;
	assert_false(project_is_overdue(&project, on("2023-01-01")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_entry_is_taken),
		TEST(what_the_plan_does_not_have),
		TEST(texts_have_bounds),
		TEST(states_need_reasons),
		TEST(closing_is_the_bureaus),
		TEST(who_was_quicker_is_not_overwritten),
		TEST(overdue_is_what_is_open_past_its_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
