/*
 * The real plan, held against the notice: a figure that is wrong here is wrong on
 * every board, in every alert and in every circular. One test for each trap of the
 * text:
 *
 *	words that hedge, and what binds    ..._hedging_word_..., ..._striven_for_...
 *	力取2024年前                        test_before_2024_...
 *	15 areas that were under way        test_the_fifteen_areas_...
 *	更新面积, 更新占地面积              test_two_kinds_..., and in test_plan_rules.c
 *	units that differ, 亩 exact         test_units_within_a_section_...,
 *test_quantity.c a baseline is no progress test_what_counts_from_another_year_...
 *	baselines without an as-of date     test_baselines_say_what_span_...
 *	开（完）工 means started            test_started_houses_hold_...,
 *..._dangerous_... 20 % of 244, rounded once test_a_share_is_rounded_up_once_... 50 % of
 *what                        test_half_of_what_is_a_reading 无任务 ..._have_no_part_...,
 *test_board_figures.c a target without a date             test_the_fifteen_areas_...,
 *test_progress.c the order of units                  test_units_stand_in_the_order_...
 *	who leads, and what it is called    test_sections_and_their_offices_...
 *	what is not a number                test_a_share_without_a_base_...
 *	the 8 new villages                  test_the_eight_new_villages_...
 *	what the notice does not give       test_all_that_the_overlay_adds_is_marked
 */
#include "model/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/err.h"
#include "folder.h"

static struct folder folder, bare_folder;
static const struct plan *plan; /* with the sample overlay */
static const struct plan *bare; /* the notice alone */

static int set_up(void **state)
{
	(void)state;
	folder_open(&folder, true);
	plan = folder_good_plan(&folder);
	folder_open(&bare_folder, false);
	bare = folder_good_plan(&bare_folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	folder_close(&folder);
	folder_close(&bare_folder);
	return 0;
}

static const struct plan_section *section(const struct plan *of, const char *id)
{
	const struct plan_section *found = plan_find_section(of, id);

	assert_non_null(found);
	return found;
}

static const struct plan_target *target(const struct plan *of, const char *id,
                                        const char *name)
{
	const struct plan_target *found = plan_find_target(section(of, id), name);

	assert_non_null(found);
	return found;
}

static void assert_value(const struct quantity *value, const char *expected)
{
	char out[QUANTITY_TEXT_MAX];

	quantity_print(value, out);
	assert_string_equal(out, expected);
}

static const struct plan_baseline *baseline(const char *id, const char *name)
{
	const struct plan_section *in = section(plan, id);

	for (size_t i = 0; i < in->baseline_count; i++)
		if (strcmp(in->baselines[i].name, name) == 0)
			return &in->baselines[i];
	fail_msg("section %s has no baseline %s", id, name);
	return NULL;
}

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

/* 20 % of 244 is 48.8: rounding seven districts up could give 54. */
static void test_a_share_is_rounded_up_once_for_the_city(void **state)
{
	const struct plan_target *of = target(plan, "4", "circles_2022");
	struct quantity sum = {.unit = unit_find("个")};

	(void)state;
	assert_true(of->is_share);
	assert_value(&of->base, "244个");
	assert_int_equal(of->share_tenths, 200);
	assert_value(&of->value, "49个");
	for (size_t i = 0; i < plan->unit_count; i++)
		if (!of->allocations[i].no_task)
			assert_int_equal(
				quantity_add(&sum, &of->allocations[i].value, &sum), 0);
	assert_value(&sum, "49个");
}

/* 六区一县: asked for nothing, so no zero is ever reported for them. */
static void test_liuyang_and_ningxiang_have_no_part_in_the_living_circles(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->unit_count; i++) {
		bool asked = i < 7;

		assert_int_equal(section(plan, "4")->asked[i], asked);
		assert_int_equal(
			target(plan, "4", "circles_2026")->allocations[i].no_task,
			!asked);
		assert_true(section(plan, "2")->asked[i]);
	}
}

/* 15 areas were under way on the day of issue: a light on them would always be green. */
static void test_the_fifteen_areas_have_no_light_and_a_warning(void **state)
{
	const struct plan_target *of = target(plan, "1", "areas");

	(void)state;
	assert_int_equal(of->curve, CURVE_NONE);
	assert_int_equal(of->deadline, DAY_NONE);
	assert_non_null(folder_find(&folder.warnings, "发文时的底数已经达到"));
	assert_int_equal(target(plan, "1", "investment")->curve, CURVE_LINE);
	assert_int_equal(target(plan, "1", "site_area")->curve, CURVE_LINE);
}

static void test_two_kinds_of_renewed_area_are_two_indicators(void **state)
{
	const struct plan_indicator *site = target(plan, "1", "site_area")->indicator;
	const struct plan_indicator *renewed = baseline("1", "更新面积")->indicator;

	(void)state;
	assert_ptr_not_equal(site, renewed);
	assert_string_not_equal(site->measure, renewed->measure);
	assert_string_equal(site->unit->name, "平方公里");
	assert_string_equal(renewed->unit->name, "万平方米");
}

/* 1,270 count from 2019, the 1,816 from 2021. */
static void test_what_counts_from_another_year_is_no_opening_of_the_target(void **state)
{
	(void)state;
	assert_null(baseline("2", "实施改造城镇老旧小区")->indicator);
	assert_null(baseline("2", "实施改造城镇老旧小区惠及居民")->indicator);
	assert_int_equal(target(plan, "2", "communities")->start, day_of(2021, 1, 1));
}

static void test_dangerous_houses_are_watched_and_have_no_target(void **state)
{
	(void)state;
	for (size_t i = 0; i < section(plan, "2")->target_count; i++)
		assert_ptr_not_equal(section(plan, "2")->targets[i].indicator,
		                     baseline("2", "开（完）工城镇危旧房屋")->indicator);
	assert_non_null(folder_find(&folder.warnings,
	                            "（已开工累计，含完工）”有底数、没有目标：仅监测"));
}

static bool names(const struct plan_term *terms, size_t count, const char *indicator)
{
	for (size_t i = 0; i < count; i++)
		if (terms[i].indicator != NULL &&
		    strcmp(terms[i].indicator->id, indicator) == 0)
			return true;
	return false;
}

/* 1,064 of 1,262 are started, the finished among them: nobody adds the two. */
static void test_started_houses_hold_the_finished_ones(void **state)
{
	const struct plan_section *in = section(plan, "2");
	bool bounded = false;

	(void)state;
	for (size_t i = 0; i < in->rule_count; i++) {
		const struct plan_rule *rule = &in->rules[i];
		bool left = names(rule->left, rule->left_count, "houses_finished");

		assert_false(left &&
		             names(rule->left, rule->left_count, "houses_started"));
		assert_false(names(rule->right, rule->right_count, "houses_finished") &&
		             names(rule->right, rule->right_count, "houses_started"));
		bounded = bounded ||
		          (left && rule->severity == SEVERITY_REFUSAL &&
		           names(rule->right, rule->right_count, "houses_started"));
	}
	assert_true(bounded);
}

/* 122 only if the 50 % count from the same 244, which the text does not say. */
static void test_half_of_what_is_a_reading(void **state)
{
	const struct plan_target *of = target(plan, "4", "circles_2026");

	(void)state;
	assert_value(&of->value, "122个");
	assert_string_equal(of->readings[0].word, "50%居住社区");
	assert_non_null(strstr(of->readings[0].strict, "122"));
	assert_non_null(strstr(of->readings[0].loose, "社区数"));
	assert_string_equal(target(bare, "4", "circles_2026")->readings[0].chosen, "");
}

/* 力取 and 争取 are striven for; scoring must be able to tell. */
static void test_what_is_striven_for_does_not_bind(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t j = 0; j < plan->sections[i].target_count; j++) {
			const struct plan_target *of = &plan->sections[i].targets[j];
			bool striven = strstr(of->name, "力取") != NULL ||
			               strstr(of->name, "争取") != NULL;

			assert_int_equal(of->binding, !striven);
		}
	assert_false(target(plan, "3", "closing_out")->binding);
	assert_false(target(plan, "3", "villages")->binding);
}

/* No baseline has a date in the text: each says so, and none is given one. */
static void test_baselines_say_what_span_they_count(void **state)
{
	(void)state;
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t j = 0; j < plan->sections[i].baseline_count; j++) {
			const char *span = plan->sections[i].baselines[j].span;

			assert_true(strstr(span, "未载明") != NULL ||
			            strcmp(span, "2021—2022年") == 0);
			assert_null(strstr(span, "日至"));
		}
}

static void test_a_share_without_a_base_is_not_measured(void **state)
{
	(void)state;
	assert_null(target(plan, "2", "pre2001")->indicator);
	assert_int_equal(target(plan, "2", "pre2001")->curve, CURVE_NONE);
	assert_non_null(folder_find(&folder.warnings,
	                            "老旧小区任务”还没有衡量的指标和数值：不亮灯"));
}

static void test_the_eight_new_villages_are_never_added(void **state)
{
	const struct plan_indicator *new =
		baseline("3", "新增纳入全市城中村改造范畴的村")->indicator;

	(void)state;
	assert_non_null(new);
	assert_ptr_not_equal(new, target(plan, "3", "villages")->indicator);
	for (size_t i = 0; i < section(plan, "3")->rule_count; i++) {
		const struct plan_rule *rule = &section(plan, "3")->rules[i];

		for (size_t j = 0; j < rule->left_count; j++)
			assert_ptr_not_equal(rule->left[j].indicator, new);
		for (size_t j = 0; j < rule->right_count; j++)
			assert_ptr_not_equal(rule->right[j].indicator, new);
	}
}

/* 力取2024年前 can be read in two ways a year apart: neither is taken silently. */
static void test_before_2024_is_chosen_by_somebody_and_marked(void **state)
{
	const struct plan_target *of = target(plan, "3", "closing_out");
	const struct plan_target *open = target(bare, "3", "closing_out");

	(void)state;
	assert_int_equal(open->deadline, DAY_NONE);
	assert_string_equal(open->readings[0].chosen, "");
	assert_non_null(folder_find(&bare_folder.warnings,
	                            "“力取2024年前”有从严、从宽两种理解，还没有选定"));
	assert_int_equal(of->deadline, day_of(2023, 12, 31));
	assert_true(of->deadline_sample);
	assert_string_equal(of->readings[0].word, "力取2024年前");
	assert_string_equal(of->readings[0].chosen, "strict");
	assert_string_equal(of->readings[0].chosen_on, "2022-07-15");
	assert_true(of->readings[0].sample);
}

static void test_every_hedging_word_has_a_chosen_reading_in_the_sample(void **state)
{
	(void)state;
	assert_null(folder_find(&folder.warnings, "还没有选定"));
	assert_null(folder_find(&folder.warnings, "没有记录怎么理解"));
	assert_null(folder_find(&bare_folder.warnings, "没有记录怎么理解"));
}

static void test_units_within_a_section_differ_and_are_exact(void **state)
{
	struct quantity land;

	(void)state;
	assert_int_equal(quantity_convert(&baseline("3", "56个棚改项目总土地面积")->value,
	                                  unit_find("平方公里"), &land),
	                 0);
	assert_value(&land, "3.418平方公里");
	assert_int_equal(quantity_convert(&baseline("5", "更新提质片区面积")->value,
	                                  unit_find("万平方米"), &land),
	                 0);
	assert_value(&land, "256万平方米");
}

static void test_all_that_the_overlay_adds_is_marked(void **state)
{
	(void)state;
	assert_true(plan->sample);
	assert_true(plan->schedule.sample);
	assert_true(plan->lights.sample);
	assert_non_null(strstr(plan->note, "示例数据"));
	assert_false(bare->sample);
	for (size_t i = 0; i < plan->step_count; i++)
		assert_true(plan->steps[i].sample);
	for (size_t i = 0; i < plan->section_count; i++)
		for (size_t j = 0; j < plan->sections[i].target_count; j++) {
			const struct plan_target *of = &plan->sections[i].targets[j];
			const struct plan_target *open = &bare->sections[i].targets[j];

			assert_int_equal(of->deadline_sample,
			                 of->deadline != open->deadline);
			assert_int_equal(of->measure_sample,
			                 of->indicator != NULL &&
			                         open->indicator == NULL);
			if (of->curve != CURVE_NONE)
				assert_true(of->curve_sample);
			if (of->allocations != NULL)
				assert_true(of->allocations[0].sample);
		}
}

/* Started by the end of September each year: not a straight line. */
static void test_communities_follow_a_table_by_month(void **state)
{
	const struct plan_target *of = target(plan, "2", "communities");

	(void)state;
	assert_int_equal(of->curve, CURVE_TABLE);
	for (size_t i = 1; i < of->point_count; i++) {
		assert_true(of->points[i].day > of->points[i - 1].day);
		assert_true(of->points[i].tenths >= of->points[i - 1].tenths);
		if (of->points[i].day == day_of(2022, 9, 30))
			assert_int_equal(of->points[i].tenths, 449);
	}
	assert_int_equal(of->points[of->point_count - 1].tenths, 1000);
	assert_true(of->points[of->point_count - 1].day <= of->deadline);
}

static void test_a_monthly_report_is_short(void **state)
{
	size_t all = 0;

	(void)state;
	for (size_t i = 0; i < plan->section_count; i++) {
		const struct plan_section *in = &plan->sections[i];
		size_t required = 0;

		for (size_t j = 0; j < in->indicator_count; j++)
			required += in->indicators[j].required;
		assert_in_range(required, 1, 7);
		all += required;
	}
	assert_in_range(all, 10, 25);
}

static void test_the_ladder_and_the_lights(void **state)
{
	(void)state;
	assert_int_equal(plan->step_count, 4);
	assert_int_equal(plan->steps[0].to, STEP_UNIT);
	assert_int_equal(plan->steps[1].to, STEP_LEAD);
	assert_ptr_equal(plan->steps[2].department, plan->office);
	assert_string_equal(plan->steps[3].role, "局长（组长）");
	assert_int_equal(plan->lights.yellow_tenths, 50);
	assert_int_equal(plan->lights.red_tenths, 150);
	assert_int_equal(plan->schedule.first_period[6], '7');
	assert_int_equal(plan->utc_offset, 480);
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

/* The notice has no formula: nobody is scored before the bureau has made one. */
static void test_the_formula_is_sample_data(void **state)
{
	const struct plan_scoring *scoring = &plan->scoring;

	(void)state;
	assert_int_equal(bare->scoring.scheme, SCORING_NONE);
	assert_int_equal(scoring->scheme, SCORING_POINTS);
	assert_true(scoring->sample);
	assert_int_equal(scoring->weights[SCORE_COMPLETION] +
	                         scoring->weights[SCORE_TIMELINESS] +
	                         scoring->weights[SCORE_QUALITY],
	                 100);
	assert_true(scoring->striven < scoring->binding);
	assert_int_equal(scoring->times[SCORE_LATE], 200);
	assert_int_equal(scoring->grades[SCORE_EXPLAINED], scoring->grades[SCORE_CLEAN]);
	assert_false(scoring->extension_counts);
	assert_int_equal(scoring->outage_hours, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_target_of_the_notice_is_there),
		cmocka_unit_test(test_every_baseline_of_the_notice_is_there),
		cmocka_unit_test(test_units_stand_in_the_order_of_the_notice),
		cmocka_unit_test(test_sections_and_their_offices_are_named_as_printed),
		cmocka_unit_test(test_clauses_are_verbatim),
		cmocka_unit_test(test_a_share_is_rounded_up_once_for_the_city),
		cmocka_unit_test(
			test_liuyang_and_ningxiang_have_no_part_in_the_living_circles),
		cmocka_unit_test(test_the_fifteen_areas_have_no_light_and_a_warning),
		cmocka_unit_test(test_two_kinds_of_renewed_area_are_two_indicators),
		cmocka_unit_test(
			test_what_counts_from_another_year_is_no_opening_of_the_target),
		cmocka_unit_test(test_dangerous_houses_are_watched_and_have_no_target),
		cmocka_unit_test(test_started_houses_hold_the_finished_ones),
		cmocka_unit_test(test_half_of_what_is_a_reading),
		cmocka_unit_test(test_what_is_striven_for_does_not_bind),
		cmocka_unit_test(test_baselines_say_what_span_they_count),
		cmocka_unit_test(test_a_share_without_a_base_is_not_measured),
		cmocka_unit_test(test_the_eight_new_villages_are_never_added),
		cmocka_unit_test(test_before_2024_is_chosen_by_somebody_and_marked),
		cmocka_unit_test(
			test_every_hedging_word_has_a_chosen_reading_in_the_sample),
		cmocka_unit_test(test_units_within_a_section_differ_and_are_exact),
		cmocka_unit_test(test_all_that_the_overlay_adds_is_marked),
		cmocka_unit_test(test_communities_follow_a_table_by_month),
		cmocka_unit_test(test_a_monthly_report_is_short),
		cmocka_unit_test(test_the_ladder_and_the_lights),
		cmocka_unit_test(test_the_formula_is_sample_data),
		cmocka_unit_test(
			test_the_hash_ignores_the_order_of_files_and_nothing_else),
		cmocka_unit_test(test_the_hash_is_the_one_that_the_header_defines),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
