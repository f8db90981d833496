/*
 * The words of alerts, whole messages compared: to a district one says 请, to a leader
 * 呈; dates are absolute; a sample says that it is one; nobody is made up.
 */
#include "model/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"

#include "plan_by_hand.h"

static struct plan_by_hand by_hand;

static int setup(void **state)
{
	(void)state;
	plan_by_hand(&by_hand);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	plan_by_hand_finish(&by_hand);
	return 0;
}

/* 雨花区's report of September 2022, or its part in the target: 20 of 180. */
static struct notice_about about(enum alert_kind kind, const char *now)
{
	bool target = kind == ALERT_BEHIND || kind == ALERT_TARGET_OVERDUE;
	struct notice_about about = {
		.kind = kind,
		.unit = &by_hand.units[YUHUA],
		.section = &by_hand.sections[1],
		.target = target ? &by_hand.target : NULL,
		.period = {MONTHLY, 2022, 9},
		.now = at(now),
		.due = at("2022-10-08 17:30"),
		.done = q("20个"),
		.task = q("180个"),
	};

	if (target)
		progress_judge(&by_hand.plan, &by_hand.target, &about.task, DAY_NONE,
		               &about.done, on("2022-09-30"), &about.standing);
	return about;
}

static void climb(struct notice_about *about, size_t step)
{
	about->step = &by_hand.steps[step];
	about->level = about->step->level;
}

static void assert_notice(const struct notice_about *about, const char *title,
                          const char *text)
{
	struct notice notice;

	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, about, &notice), 0);
	assert_string_equal(notice.title, title);
	assert_string_equal(notice.text, text);
}

static void test_due_soon(void **state)
{
	struct notice_about a = about(ALERT_REPORT_DUE_SOON, "2022-09-29 09:00");

	(void)state;
	assert_notice(&a,
	              "【临期提醒】雨花区：2022年9月“二、老旧小区和危旧房改造”月报请于"
	              "10月8日前报送",
	              "雨花区人居环境部门：你单位2022年9月“二、老旧小区和危旧房改造”月报"
	              "（数据截至9月30日）报送时限为10月8日（星期六，调休上班）17:30，"
	              "距今还有2个工作日（节假日不计），目前未报。请填报人核准数据，"
	              "经审核人、负责人审签后按时报送；如无变化，请报送“本期无变化”。"
	              "确需延期的，请于时限前向局办公室提出申请。"
	              "（依据：长人环通〔2022〕55号；系统提醒，示例数据）");
	a.now = at("2022-10-08 09:00");
	a.level = 1; /* told again */
	assert_notice(
		&a,
		"【再次提醒】雨花区：2022年9月“二、老旧小区和危旧房改造”月报请于"
		"10月8日前报送",
		"雨花区人居环境部门：你单位2022年9月“二、老旧小区和危旧房改造”月报"
		"（数据截至9月30日）报送时限为10月8日（星期六，调休上班）17:30，"
		"今日到期，目前未报。请填报人核准数据，经审核人、负责人审签后按时报送；"
		"如无变化，请报送“本期无变化”。确需延期的，请于时限前向局办公室提出申请。"
		"（依据：长人环通〔2022〕55号；系统提醒，示例数据）");
}

static void test_overdue(void **state)
{
	struct notice_about a = about(ALERT_REPORT_OVERDUE, "2022-10-09 17:30");

	(void)state;
	assert_notice(
		&a,
		"【催报】雨花区：2022年9月“二、老旧小区和危旧房改造”月报已逾期"
		"1个工作日",
		"雨花区人居环境部门：截至10月9日17:30，尚未收到你单位2022年9月"
		"“二、老旧小区和危旧房改造”月报，报送时限为10月8日（星期六，调休上班）"
		"17:30，现按迟报登记。请于10月12日（星期三）17:30封表前补齐，并说明原因；"
		"封表后仍未报送的，按漏报处理，并报告老旧小区和危旧房改造处。如已报送，"
		"请出示回执编号；因网络故障无法报送的，可报盖章纸质件，由局办公室代录。"
		"（依据：长人环通〔2022〕55号；系统提醒，示例数据）");
	a.now = at("2022-10-12 17:31");
	a.level = 1;
	assert_notice(
		&a,
		"【再次催报】雨花区：2022年9月“二、老旧小区和危旧房改造”月报已逾期"
		"4个工作日",
		"雨花区人居环境部门：截至10月12日17:31，经催报尚未收到你单位2022年9月"
		"“二、老旧小区和危旧房改造”月报，报送时限为10月8日（星期六，调休上班）"
		"17:30，现按漏报登记。该期已于10月12日（星期三）17:30封表，请与局办公室"
		"联系办理补报，并说明原因。（依据：长人环通〔2022〕55号；系统提醒，"
		"示例数据）");
}

/* Overdue in the evening of the due day: no working day yet. */
static void test_overdue_today(void **state)
{
	struct notice_about a = about(ALERT_REPORT_OVERDUE, "2022-10-08 17:31");
	struct notice notice;

	(void)state;
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_string_equal(notice.title,
	                    "【催报】雨花区：2022年9月“二、老旧小区和危旧房改造”月报"
	                    "已过报送时限");
}

static void test_to_lead(void **state)
{
	struct notice_about a = about(ALERT_REPORT_OVERDUE, "2022-10-10 17:30");

	(void)state;
	climb(&a, 0);
	assert_notice(
		&a,
		"【提级督办】雨花区2022年9月“二、老旧小区和危旧房改造”月报已逾期"
		"2个工作日，请协调",
		"老旧小区和危旧房改造处：截至10月10日17:30，雨花区2022年9月"
		"“二、老旧小区和危旧房改造”月报已逾期2个工作日，报送时限为"
		"10月8日（星期六，调休上班）17:30，经催报至今未报。影响：10月12日"
		"（星期三）17:30封表，全市汇总中该单位以“未报”列示。建议：请你处与"
		"该单位负责人联系，核明原因，督促报送，于10月12日（星期三）09:00前将"
		"处理意见反馈局办公室；届时仍未解决的，报告分管局领导（副组长）。"
		"（依据：长人环通〔2022〕55号；系统提醒，示例数据）");
}

/* Upwards one reports, and asks for a decision. */
static void test_to_leader(void **state)
{
	struct notice_about a = about(ALERT_REPORT_OVERDUE, "2022-10-13 09:00");

	(void)state;
	climb(&a, 1);
	assert_notice(
		&a,
		"【督办专报】呈分管局领导（副组长）：雨花区2022年9月"
		"“二、老旧小区和危旧房改造”月报已逾期5个工作日",
		"分管局领导（副组长）：需请您关注：截至10月13日09:00，雨花区2022年9月"
		"“二、老旧小区和危旧房改造”月报已逾期5个工作日，报送时限为"
		"10月8日（星期六，调休上班）17:30，经催报至今未报。影响：10月12日"
		"（星期三）17:30已封表，全市汇总中该单位以“未报”列示。经提请"
		"老旧小区和危旧房改造处协调，尚未解决。拟办意见：由局办公室向该单位发"
		"督办单，抄送其本级人民政府。妥否，请批示。"
		"（依据：长人环通〔2022〕55号；系统提醒，示例数据）");
}

/* A step to an office without a leader's role is work for that office. */
static void test_to_office(void **state)
{
	struct notice_about a = about(ALERT_REPORT_OVERDUE, "2022-10-13 09:00");
	struct notice notice;

	(void)state;
	by_hand.steps[1].role = "";
	climb(&a, 1);
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_int_equal(strncmp(notice.text, "局办公室：", strlen("局办公室：")), 0);
	assert_non_null(strstr(notice.text, "督促报送，并将处理意见反馈局办公室。"));
	assert_null(strstr(notice.text, "批示"));
}

static void test_behind(void **state)
{
	struct notice_about a = about(ALERT_BEHIND, "2022-10-09 09:00");

	(void)state;
	assert_notice(
		&a, "【进度预警】雨花区：“改造城镇老旧小区”低于序时进度7.6个百分点",
		"雨花区人居环境部门：“二、老旧小区和危旧房改造”板块责任目标"
		"“改造城镇老旧小区”（约束性，完成期限2025年12月31日），你单位任务180个，"
		"累计完成20个；截至9月30日完成11.1%，低于序时进度7.6个百分点"
		"（黄灯·滞后）。请将滞后原因、赶进度措施和时间安排写入2022年10月报表，"
		"于11月7日（星期一）17:30前报送；需市级协调的，填入“需市级协调事项”。"
		"（依据：长人环通〔2022〕55号四、（二）2；系统提醒，示例数据）");
	climb(&a, 0);
	by_hand.target.binding = false;
	assert_notice(
		&a, "【进度预警】雨花区“改造城镇老旧小区”低于序时进度7.6个百分点，请协调",
		"老旧小区和危旧房改造处：“二、老旧小区和危旧房改造”板块责任目标"
		"“改造城镇老旧小区”（力争性，完成期限2025年12月31日），雨花区任务180个，"
		"累计完成20个；截至9月30日完成11.1%，低于序时进度7.6个百分点"
		"（黄灯·滞后）。建议：请你处与该单位负责人联系，核明原因，"
		"研究赶进度措施，并将处理意见反馈局办公室。"
		"（依据：长人环通〔2022〕55号四、（二）2；"
		"系统提醒，示例数据）");
}

static void test_target_overdue(void **state)
{
	struct notice_about a;

	(void)state;
	by_hand.allocations[YUHUA].deadline = on("2022-09-30");
	by_hand.target.deadline = on("2022-09-30");
	a = about(ALERT_TARGET_OVERDUE, "2022-10-09 09:00");
	assert_notice(
		&a, "【催办】雨花区：“改造城镇老旧小区”到期未完成",
		"雨花区人居环境部门：“二、老旧小区和危旧房改造”板块责任目标"
		"“改造城镇老旧小区”（约束性，完成期限2022年9月30日），你单位任务180个，"
		"累计完成20个；截至9月30日完成11.1%，完成期限已到，差88.9个百分点"
		"（红灯·逾期）。请将未完成原因、整改措施和预计完成日期写入2022年10月报表"
		"，"
		"于11月7日（星期一）17:30前报送；需市级协调的，填入“需市级协调事项”。"
		"（依据：长人环通〔2022〕55号四、（二）2；系统提醒，示例数据）");
}

/* The last figures come a month after the deadline; the ladder begins there, and the lead
 * is told who is asked next, not who would have been by the deadline's own date. */
static void test_target_overdue_to_lead(void **state)
{
	struct notice_about a;
	struct notice notice;

	(void)state;
	by_hand.allocations[YUHUA].deadline = on("2022-08-31");
	by_hand.target.deadline = on("2022-08-31");
	a = about(ALERT_TARGET_OVERDUE, "2022-09-06 09:00");
	a.due = at("2022-08-31 23:59");
	climb(&a, 0);
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_string_equal(notice.title,
	                    "【提级督办】雨花区“改造城镇老旧小区”到期未完成，请协调");
	assert_non_null(strstr(
		notice.text, "督促整改，于9月9日（星期五）09:00前将处理意见反馈局办公室；"
			     "届时仍未解决的，报告分管局领导（副组长）。"));
	a.now = at("2022-11-20 09:00"); /* the plan came late, and so did its ladder */
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_non_null(strstr(notice.text,
	                       "督促整改，及时将处理意见反馈局办公室；"
	                       "届时仍未解决的，报告分管局领导（副组长）。"));
}

/* After the plan's last period there is no next report to write into. */
static void test_after_the_last_period(void **state)
{
	struct notice_about a = about(ALERT_BEHIND, "2022-10-09 09:00");
	struct notice notice;

	(void)state;
	by_hand.plan.schedule.last_period = "2022-09";
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_non_null(strstr(notice.text, "请将滞后原因、赶进度措施和时间安排书面报"
	                                    "老旧小区和危旧房改造处。"));
}

/* The last data may be months old: a report that is due already is no place to answer. */
static void test_old_data(void **state)
{
	struct notice_about a = about(ALERT_TARGET_OVERDUE, "2022-12-05 17:31");
	struct notice notice;

	(void)state;
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_non_null(strstr(notice.text,
	                       "写入2022年12月报表，于1月5日（星期四，预计）17:30前"));
}

/* Who did not report, and what should fall, are told so. */
static void test_amounts(void **state)
{
	struct notice_about a = about(ALERT_TARGET_OVERDUE, "2022-10-09 09:00");
	struct notice notice;

	(void)state;
	a.done = (struct quantity){0};
	a.standing.light = LIGHT_NOT_REPORTED;
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_non_null(strstr(notice.text, "你单位任务180个，完成数未报；"));
	by_hand.target.indicator = &by_hand.indicators[LEFT_OVER];
	a.standing.light = LIGHT_RED;
	a.task = q("0户");
	a.done = q("12户");
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_non_null(strstr(notice.text, "你单位应降至0户，现为12户；"));
}

/* 示例数据 wherever a sample is behind a word, and nowhere else. */
static void test_sample(void **state)
{
	struct notice_about a = about(ALERT_BEHIND, "2022-10-09 09:00");
	bool *const marks[] = {
		&by_hand.plan.schedule.sample,  &by_hand.plan.lights.sample,
		&by_hand.target.curve_sample,   &by_hand.target.deadline_sample,
		&by_hand.target.measure_sample, &by_hand.allocations[YUHUA].sample,
		&by_hand.steps[0].sample,
	};
	struct notice notice;

	(void)state;
	climb(&a, 0);
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		*marks[i] = false;
	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice), 0);
	assert_false(notice.sample);
	assert_null(strstr(notice.text, "示例数据"));
	assert_non_null(strstr(notice.text, "；系统提醒）"));
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		*marks[i] = true;
		assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a, &notice),
		                 0);
		assert_true(notice.sample);
		assert_non_null(strstr(notice.text, "示例数据"));
		*marks[i] = false;
	}
}

/* Every kind at every level: complete, polite, and without an exclamation mark. */
static void test_tone(void **state)
{
	(void)state;
	for (int kind = ALERT_REPORT_DUE_SOON; kind <= ALERT_TARGET_OVERDUE; kind++) {
		for (unsigned level = 0; level <= 2; level++) {
			struct notice_about a =
				about((enum alert_kind)kind, "2022-10-09 09:00");
			struct notice notice;

			if (level > 0)
				climb(&a, level - 1);
			assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, &a,
			                              &notice),
			                 0);
			assert_int_equal(strncmp(notice.title, "【", strlen("【")), 0);
			assert_non_null(strstr(notice.text, "请"));
			assert_non_null(strstr(notice.text, "依据："));
			assert_null(strstr(notice.text, "！"));
			assert_null(strstr(notice.text, "×"));
			assert_null(strstr(notice.text, "(null)"));
		}
	}
	assert_string_equal(alert_kind_name(ALERT_REPORT_OVERDUE), "report_overdue");
	assert_string_equal(alert_kind_name((enum alert_kind)99), "unknown");
}

/* Due on the last day before the holiday: the first working day after it is 8 October. */
static void test_problem_overdue(void **state)
{
	struct notice_about a = about(ALERT_PROBLEM_OVERDUE, "2022-10-08 09:00");

	(void)state;
	a.due = at("2022-09-30 23:59");
	a.number = "WT-2022-0007";
	a.title = "“东风路”管线未迁改";
	a.owner = "张三";
	assert_notice(
		&a, "【催办】雨花区：问题“‘东风路’管线未迁改”（WT-2022-0007）逾期未销号",
		"雨花区人居环境部门：你单位“二、老旧小区和危旧房改造”板块问题"
		"“‘东风路’管线未迁改”（WT-2022-"
		"0007），责任人张三，整改期限2022年9月30日，"
		"已逾期1个工作日，尚未申请销号。请抓紧整改，完成后写明整改情况申请销号；"
		"确需调整期限的，请向老旧小区和危旧房改造处说明原因。"
		"（依据：长人环通〔2022〕55号；系统提醒）");
	climb(&a, 0);
	a.now = at("2022-10-10 09:00");
	assert_notice(&a,
	              "【提级督办】雨花区问题“‘东风路’管线未迁改”（WT-2022-0007）"
	              "逾期未销号，请协调",
	              "老旧小区和危旧房改造处：雨花区“二、老旧小区和危旧房改造”板块问题"
	              "“‘东风路’管线未迁改”（WT-2022-0007），责任人张三，"
	              "整改期限2022年9月30日，已逾期3个工作日，尚未申请销号。"
	              "建议：请你处与该单位负责人联系，核明原因，督促整改，"
	              "于10月12日（星期三）09:00前将处理意见反馈局办公室；"
	              "届时仍未解决的，报告分管局领导（副组长）。"
	              "（依据：长人环通〔2022〕55号；系统提醒，示例数据）");
}

static void test_no_memory(void **state)
{
	struct notice_about a = about(ALERT_BEHIND, "2022-10-09 09:00");
	size_t failed = 0;
	int r = E_NOMEM;

	(void)state;
	for (size_t limit = 0; limit < 65536 && r != 0; limit += 16) {
		struct notice notice = {.title = "untouched"};
		struct arena arena;

		arena_init(&arena, limit);
		r = notice_write(&arena, &by_hand.plan, &a, &notice);
		if (r < 0) {
			assert_int_equal(r, E_NOMEM);
			assert_string_equal(notice.title, "untouched");
			failed++;
		}
		arena_finish(&arena);
	}
	assert_int_equal(r, 0);
	assert_true(failed > 10);
}

#define PLAN_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAN_TEST(test_due_soon),
		PLAN_TEST(test_overdue),
		PLAN_TEST(test_overdue_today),
		PLAN_TEST(test_to_lead),
		PLAN_TEST(test_to_leader),
		PLAN_TEST(test_to_office),
		PLAN_TEST(test_behind),
		PLAN_TEST(test_target_overdue),
		PLAN_TEST(test_target_overdue_to_lead),
		PLAN_TEST(test_after_the_last_period),
		PLAN_TEST(test_old_data),
		PLAN_TEST(test_amounts),
		PLAN_TEST(test_sample),
		PLAN_TEST(test_tone),
		PLAN_TEST(test_problem_overdue),
		PLAN_TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
