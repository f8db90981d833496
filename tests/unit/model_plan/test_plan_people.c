/*
 * Who acts for whom: a reminder that is addressed to somebody who left, or is away, ends
 * with nobody; and a former code that is not known turns a district away without a word.
 */
#include "model/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "folder.h"

#define PEOPLE "people.yaml"

static const char people[] =
	"people:\n"
	"  - {unit: 望城区, role: 填报人, name: 甲, phone: 0731-88880000, away: "
	"[2022-10-10 至 2022-10-14, 2022-11-01]}\n"
	"  - {unit: 望城区, role: 填报人, post: B, name: 乙, identity: "
	"district/430112/person/yi}\n"
	"  - {unit: 望城区, role: 负责人, name: 丙, to: 2023-03-31}\n"
	"  - {unit: 望城区, role: 负责人, name: 丁, from: 2023-04-01, email: "
	"ding@example.gov.cn}\n"
	"  - {department: bangongshi, role: 分管局领导, name: 戊, sections: [1, 4]}\n"
	"  - {department: bangongshi, role: 分管局领导, name: 己, sections: [2, 3, 5]}\n";

static const struct plan *plan_of(struct folder *folder)
{
	folder_open(folder, false);
	folder_add(folder, PEOPLE, people);
	return folder_good_plan(folder);
}

static const char *on_seat(const struct plan *plan, enum plan_role role, day on)
{
	const struct plan_person *person = plan_person_on(
		plan,
		&(struct plan_seat){.unit = plan_find_unit(plan, "望城区"), .role = role},
		on);

	return person != NULL ? person->name : "";
}

static void test_b_stands_in_while_a_is_away(void **state)
{
	struct folder folder;
	const struct plan *plan = plan_of(&folder);

	(void)state;
	assert_string_equal(on_seat(plan, ROLE_FILLS, day_of(2022, 10, 9)), "甲");
	assert_string_equal(on_seat(plan, ROLE_FILLS, day_of(2022, 10, 10)), "乙");
	assert_string_equal(on_seat(plan, ROLE_FILLS, day_of(2022, 10, 14)), "乙");
	assert_string_equal(on_seat(plan, ROLE_FILLS, day_of(2022, 10, 15)), "甲");
	assert_string_equal(on_seat(plan, ROLE_FILLS, day_of(2022, 11, 1)), "乙");
	assert_string_equal(on_seat(plan, ROLE_REVIEWS, day_of(2022, 11, 1)), "");
	folder_close(&folder);
}

static void test_nothing_is_addressed_to_somebody_who_left(void **state)
{
	struct folder folder;
	const struct plan *plan = plan_of(&folder);

	(void)state;
	assert_string_equal(on_seat(plan, ROLE_APPROVES, day_of(2023, 3, 31)), "丙");
	assert_string_equal(on_seat(plan, ROLE_APPROVES, day_of(2023, 4, 1)), "丁");
	assert_false(plan->people[0].sample);
	folder_close(&folder);
}

static void test_leaders_answer_for_their_sections(void **state)
{
	static const char *const names[] = {"戊", "己", "己", "戊", "己"};
	struct folder folder;
	const struct plan *plan = plan_of(&folder);

	(void)state;
	for (size_t i = 0; i < plan->section_count; i++)
		assert_string_equal(
			plan_person_on(plan,
		                       &(struct plan_seat){.department = plan->office,
		                                           .role = ROLE_DEPUTY,
		                                           .section = &plan->sections[i]},
		                       day_of(2022, 9, 30))
				->name,
			names[i]);
	folder_close(&folder);
}

/* 宁乡县 became 宁乡市 in 2017; its old papers are not another unit's. */
static void test_former_codes_and_names_find_the_unit(void **state)
{
	struct folder folder;
	const struct plan *plan = plan_of(&folder);
	const struct plan_unit *unit = plan_find_unit(plan, "430124");

	(void)state;
	assert_non_null(unit);
	assert_string_equal(unit->code, "430182");
	assert_ptr_equal(plan_find_unit(plan, "宁乡县"), unit);
	assert_string_equal(plan_find_former(unit, "430124")->until, "2017");
	assert_null(plan_find_former(unit, "430182"));
	assert_null(plan_find_former(unit, ""));
	folder_close(&folder);
}

static void test_supporting_units_and_offices(void **state)
{
	struct folder folder;
	const struct plan_section *section;
	const struct plan_target *target;
	const struct plan *plan;

	(void)state;
	folder_open(&folder, true);
	folder_edit(&folder, "sections/2.yaml", "lead: jiugai\n",
	            "lead: jiugai\nsupporting: [mingcheng]\n");
	folder_edit(&folder, "sample/tasks/2.yaml", "  - id: communities\n",
	            "  - id: communities\n    supporting: [长沙县, gengxin]\n");
	plan = folder_good_plan(&folder);
	section = plan_find_section(plan, "2");
	target = plan_find_target(section, "communities");
	assert_int_equal(section->supporting_count, 1);
	assert_string_equal(section->supporting[0].department->id, "mingcheng");
	assert_int_equal(target->supporting_count, 2);
	assert_string_equal(target->supporting[0].unit->name, "长沙县");
	assert_string_equal(target->supporting[1].department->id, "gengxin");
	assert_true(plan_is_responsible(target, plan_find_unit(plan, "浏阳市"),
	                                day_of(2022, 9, 30)));
	target = plan_find_target(plan_find_section(plan, "4"), "circles_2022");
	assert_false(plan_is_responsible(target, plan_find_unit(plan, "浏阳市"),
	                                 day_of(2022, 9, 30)));
	folder_close(&folder);
}

static void test_what_is_wrong_with_people_is_told(void **state)
{
	static const struct {
		const char *from, *to, *message;
	} mistakes[] = {
		{"unit: 望城区, role: 填报人, name: 甲", "role: 填报人, name: 甲",
	         "每人写 unit（单位）或 department（处室）中的一个"},
		{"unit: 望城区, role: 填报人, name: 甲",
	         "unit: 望成区, role: 填报人, name: 甲", "没有叫“望成区”的单位"},
		{"role: 填报人, name: 甲", "role: 处室负责人, name: 甲",
	         "“role”写的是“处室负责人”：只能是 "
	         "联络员、填报人、审核人、负责人、分管领导"},
		{"role: 分管局领导, name: 戊", "role: 负责人, name: 戊",
	         "只能是 联络员、经办人、处室负责人、分管局领导、局长"},
		{"post: B", "post: C", "“post”写的是“C”：只能是 A、B"},
		{"post: B, ", "", "“望城区”的填报人（A岗）同时有甲和乙"},
		{", sections: [2, 3, 5]", ", sections: [4, 5]",
	         "“局办公室”的分管局领导（A岗）同时有戊和己"},
		{"to: 2023-03-31", "to: 2023-04-01",
	         "“望城区”的负责人（A岗）同时有丙和丁"},
		{"to: 2023-03-31", "from: 2023-04-01, to: 2023-03-31",
	         "任职止（to）早于任职起（from）"},
		{"2022-10-10 至 2022-10-14", "2022-10-10至2022-10-14",
	         "不在岗的日子应当写成 2022-10-10"},
		{"2022-10-10 至 2022-10-14", "2022-10-14 至 2022-10-10",
	         "不在岗的日子应当写成 2022-10-10"},
		{"phone: 0731-88880000", "phone: 见通讯录", "电话“见通讯录”不能用"},
		{"ding@example.gov.cn", "ding", "“ding”不是一个电子邮箱地址"},
		{"district/430112/person/yi", "district/430111/person/yi",
	         "应当写成 district/430112/person/zhangsan"},
		{"sections: [1, 4]", "sections: [1, 9]", "没有编号为“9”的板块"},
		{"name: 甲, ", "", "缺少“name”"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		const struct yaml_problem *problem;
		const struct plan *none = NULL;
		struct folder folder;

		folder_open(&folder, false);
		folder_add(&folder, PEOPLE, people);
		folder_edit(&folder, PEOPLE, mistakes[i].from, mistakes[i].to);
		assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
		problem = folder_find(&folder.problems, mistakes[i].message);
		if (problem == NULL)
			fail_msg("not told: %s; but: %s", mistakes[i].message,
			         folder.problems.first->message);
		assert_string_equal(problem->place.file, PEOPLE);
		folder_close(&folder);
	}
}

static void test_what_is_wrong_elsewhere_is_told(void **state)
{
	static const struct {
		const char *file, *from, *to, *message;
	} mistakes[] = {
		{"units.yaml", "code: \"430124\"", "code: \"430112\"",
	         "“430112”已经是“望城区”的代码、名称或别名"},
		{"units.yaml", "until: \"2017\"", "until: 十年前",
	         "应当是停用的年份或日期"},
		{"sections/2.yaml", "lead: jiugai\n",
	         "lead: jiugai\nsupporting: [财政局]\n", "没有叫“财政局”的单位或处室"},
		{"sample/schedule.yaml", "from: \"08:30\"", "from: \"09:30\"",
	         "提醒（remind）的时刻09:00不在办公时间09:30至17:30之内"},
		{"sample/schedule.yaml", "to: \"17:30\"}", "to: \"08:30\"}",
	         "下班（to）应当晚于上班（from）"},
		{"sample/schedule.yaml", "to: \"17:30\"}", "to: \"17:00\"}",
	         "报送时限（due）的时刻17:30不在办公时间08:30至17:00之内"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		const struct plan *none = NULL;
		struct folder folder;

		folder_open(&folder, true);
		folder_edit(&folder, mistakes[i].file, mistakes[i].from, mistakes[i].to);
		assert_int_equal(folder_plan(&folder, &none), E_SYNTAX);
		if (folder_find(&folder.problems, mistakes[i].message) == NULL)
			fail_msg("not told: %s; but: %s", mistakes[i].message,
			         folder.problems.first->message);
		folder_close(&folder);
	}
}

/* Names in the overlay are made up: whatever shows them says so. */
static void test_names_of_the_overlay_are_sample_data(void **state)
{
	struct folder folder;
	const struct plan *plan;

	(void)state;
	folder_open(&folder, true);
	plan = folder_good_plan(&folder);
	assert_true(plan->people_count > 0);
	for (size_t i = 0; i < plan->people_count; i++) {
		assert_true(plan->people[i].sample);
		assert_non_null(strstr(plan->people[i].name, "（示例）"));
	}
	folder_close(&folder);
	folder_open(&folder, false);
	assert_int_equal(folder_good_plan(&folder)->people_count, 0);
	folder_close(&folder);
}

/* Once there are names, whoever has none is named. */
static void test_who_has_no_name_is_told(void **state)
{
	struct folder folder;

	(void)state;
	(void)plan_of(&folder);
	assert_non_null(folder_find(&folder.warnings, "“望城区”没有写审核人"));
	assert_null(folder_find(&folder.warnings, "“望城区”没有写填报人"));
	assert_non_null(folder_find(&folder.warnings,
	                            "牵头“重点片区城市更新”的更新办没有写处室负责人"));
	folder_close(&folder);
	folder_open(&folder, true);
	(void)folder_good_plan(&folder);
	assert_null(folder_find(&folder.warnings, "people.yaml"));
	folder_close(&folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_b_stands_in_while_a_is_away),
		cmocka_unit_test(test_nothing_is_addressed_to_somebody_who_left),
		cmocka_unit_test(test_leaders_answer_for_their_sections),
		cmocka_unit_test(test_former_codes_and_names_find_the_unit),
		cmocka_unit_test(test_supporting_units_and_offices),
		cmocka_unit_test(test_what_is_wrong_with_people_is_told),
		cmocka_unit_test(test_what_is_wrong_elsewhere_is_told),
		cmocka_unit_test(test_names_of_the_overlay_are_sample_data),
		cmocka_unit_test(test_who_has_no_name_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
