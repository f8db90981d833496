/*
 * The real plan, held against the notice: a figure that is wrong here is wrong on
 * every board, in every alert and in every circular. Its traps: test_plan_traps.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/check.h"
#include "real.h"

static void test_every_target_of_the_notice_is_there(void **state)
{
	static const struct {
		const char *section, *id, *value;
		bool binding;
		int year; /* the deadline's, by the notice; 0: none */
	} targets[] = {
		{"1", "areas", "15个", true, 0},
		{"1", "site_area", "25.62平方公里", true, 0},
		{"1", "investment", "1133.7亿元", true, 0},
		{"2", "communities", "1816个", true, 2025},
		{"2", "households", "约27.28万户", true, 2025},
		{"2", "pre2001", NULL, true, 2025},
		{"3", "closing_out", NULL, false, 0},
		{"3", "villages", "36个", false, 2025},
		{"4", "circles_2022", "49个", true, 2022},
		{"4", "circles_2026", "122个", true, 2026},
		{"5", "protection_system", NULL, true, 2025},
	};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		const struct plan_target *of =
			target(bare, targets[i].section, targets[i].id);

		if (targets[i].value != NULL)
			assert_value(&of->value, targets[i].value);
		assert_int_equal(of->indicator != NULL, targets[i].value != NULL);
		assert_int_equal(of->binding, targets[i].binding);
		assert_int_equal(of->deadline, targets[i].year == 0
		                                       ? DAY_NONE
		                                       : day_of(targets[i].year, 12, 31));
		assert_null(of->allocations);
		assert_int_equal(of->curve, CURVE_NONE);
	}
	for (size_t i = 0; i < bare->section_count; i++)
		count += bare->sections[i].target_count;
	assert_int_equal(count, ARRAY_LEN(targets));
}

static void test_every_baseline_of_the_notice_is_there(void **state)
{
	static const struct {
		const char *section, *name, *value;
	} baselines[] = {
		{"1", "全面推进重点片区城市更新", "15个"},
		{"1", "更新面积", "约87.04万平方米"},
		{"1", "已完成投资", "58.90亿元"},
		{"2", "配套政策文件", "16个"},
		{"2", "被住建部推介的政策机制", "6条"},
		{"2", "被省住建厅推介的政策机制", "10项"},
		{"2", "实施改造城镇老旧小区", "1270个"},
		{"2", "实施改造城镇老旧小区惠及居民", "约21.62万户"},
		{"2", "纳入改造计划的城镇危旧房屋", "1262栋"},
		{"2", "纳入改造计划的城镇危旧房屋户数", "11863户"},
		{"2", "纳入改造计划的城镇危旧房屋面积", "60.46万平方米"},
		{"2", "开（完）工城镇危旧房屋", "1064栋"},
		{"2", "危旧房屋改造惠及居民", "9353户"},
		{"3", "原纳入市级统筹的棚改项目", "56个"},
		{"3", "56个棚改项目总投资", "约540亿元"},
		{"3", "56个棚改项目总土地面积", "5127亩"},
		{"3", "56个棚改项目涉及居民", "2.9万户"},
		{"3", "新增纳入全市城中村改造范畴的村", "8个"},
		{"4", "划定的创建评估型“生活圈”", "244个"},
		{"5", "先后投入", "约30亿元"},
		{"5", "更新提质的历史文化街区、历史地段（街巷）", "14处"},
		{"5", "更新提质片区面积", "3840亩"},
		{"5", "修缮文物建筑和历史建筑", "80多处"},
		{"5", "历史步道", "49公里"},
	};
	size_t count = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(baselines); i++) {
		const struct plan_baseline *of =
			baseline(baselines[i].section, baselines[i].name);

		assert_value(&of->value, baselines[i].value);
		assert_string_not_equal(of->span, "");
		assert_non_null(of->clause);
	}
	for (size_t i = 0; i < plan->section_count; i++)
		count += plan->sections[i].baseline_count;
	assert_int_equal(count, ARRAY_LEN(baselines));
}

static void test_units_stand_in_the_order_of_the_notice(void **state)
{
	static const char *const names[] = {"湘江新区（岳麓区）",
	                                    "芙蓉区",
	                                    "天心区",
	                                    "开福区",
	                                    "雨花区",
	                                    "望城区",
	                                    "长沙县",
	                                    "浏阳市",
	                                    "宁乡市"};

	(void)state;
	assert_int_equal(plan->unit_count, ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_string_equal(plan->units[i].name, names[i]);
		assert_int_equal(plan->units[i].index, i);
	}
	assert_string_equal(plan->units[0].code, "430104");
	assert_ptr_equal(plan_find_unit(plan, "岳麓区"), &plan->units[0]);
	assert_ptr_equal(plan_find_unit(plan, "430112"), &plan->units[5]);
	assert_string_equal(plan->units[5].department, "望城区城市人居环境部门");
	assert_null(plan_find_unit(plan, "市征收办"));
}

static void test_sections_and_their_offices_are_named_as_printed(void **state)
{
	static const char *const leads[] = {"更新办", "老旧小区和危旧房改造处",
	                                    "棚改城改处", "更新办", "历史名城处"};

	(void)state;
	assert_int_equal(plan->section_count, ARRAY_LEN(leads));
	for (size_t i = 0; i < ARRAY_LEN(leads); i++) {
		assert_string_equal(plan->sections[i].lead->name, leads[i]);
		assert_int_equal(plan->sections[i].index, i);
	}
	assert_string_equal(plan->office->name, "局办公室");
	assert_string_equal(plan->number, "长人环通〔2022〕55号");
	assert_string_equal(plan->issued, ""); /* the notice gives no day */
	assert_string_equal(plan_find_department(plan, "penggai")->name, "棚改城改处");
	assert_null(plan_find_department(plan, "penggai2"));
}

static void test_clauses_are_verbatim(void **state)
{
	(void)state;
	assert_non_null(
		strstr(target(plan, "3", "closing_out")->clause->wording,
	               "继续加强对上一轮棚改项目的各项扫尾工作，力取 2024 年前完成；"));
	assert_non_null(
		strstr(target(plan, "2", "communities")->clause->wording,
	               "“十四五”期间将改造城镇老旧小区 1816 个，涉及居民约 27.28 万户"));
	for (size_t i = 0; i < plan->clause_count; i++)
		assert_null(strstr(plan->clauses[i].wording, "@@"));
	assert_int_equal(plan->clause_count, 9 + 2 * 5);
}

/* What each end computes from the same files must be the same, however listed. */
static void test_the_hash_ignores_the_order_of_files_and_nothing_else(void **state)
{
	struct folder other;
	const struct plan *same = NULL, *changed = NULL;
	struct plan_file first;

	(void)state;
	folder_open(&other, true);
	first = other.files[0];
	other.files[0] = other.files[other.count - 1];
	other.files[other.count - 1] = first;
	same = folder_good_plan(&other);
	assert_memory_equal(same->hash, plan->hash, sizeof(plan->hash));
	folder_edit(&other, "units.yaml", "# 填报单位", "#填报单位");
	changed = folder_good_plan(&other);
	assert_memory_not_equal(changed->hash, plan->hash, sizeof(plan->hash));
	folder_close(&other);
}

static void add_to_hash(EVP_MD_CTX *context, struct bytes bytes)
{
	uint8_t len[4] = {(uint8_t)(bytes.len >> 24), (uint8_t)(bytes.len >> 16),
	                  (uint8_t)(bytes.len >> 8), (uint8_t)bytes.len};

	assert_int_equal(EVP_DigestUpdate(context, len, sizeof(len)), 1);
	assert_int_equal(EVP_DigestUpdate(context, bytes.data, bytes.len), 1);
}

/* Another implementation can compute it from the header's words alone. */
static void test_the_hash_is_the_one_that_the_header_defines(void **state)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool taken[PLAN_FILES_MAX] = {false};
	uint8_t hash[32];

	(void)state;
	assert_int_equal(EVP_DigestInit_ex(context, EVP_sha256(), NULL), 1);
	for (size_t round = 0; round < folder.count; round++) {
		const struct plan_file *next = NULL;

		for (size_t i = 0; i < folder.count; i++)
			if (!taken[i] && (next == NULL ||
			                  strcmp(folder.files[i].name, next->name) < 0))
				next = &folder.files[i];
		taken[next - folder.files] = true;
		add_to_hash(context, bytes_of_str(next->name));
		add_to_hash(context, next->content);
	}
	assert_int_equal(EVP_DigestFinal_ex(context, hash, NULL), 1);
	assert_memory_equal(plan->hash, hash, sizeof(hash));
	EVP_MD_CTX_free(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_target_of_the_notice_is_there),
		cmocka_unit_test(test_every_baseline_of_the_notice_is_there),
		cmocka_unit_test(test_units_stand_in_the_order_of_the_notice),
		cmocka_unit_test(test_sections_and_their_offices_are_named_as_printed),
		cmocka_unit_test(test_clauses_are_verbatim),
		cmocka_unit_test(
			test_the_hash_ignores_the_order_of_files_and_nothing_else),
		cmocka_unit_test(test_the_hash_is_the_one_that_the_header_defines),
	};

	return cmocka_run_group_tests(tests, real_open, real_close);
}
