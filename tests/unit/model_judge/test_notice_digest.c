/*
 * Several alerts as one message: the reader sees at once how many and what, reads what
 * they have in common once, and misses nothing that an alert says of its own.
 */
#include "model/notice_digest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

#include "plan_by_hand.h"

#define MAIL 65536

static struct plan_by_hand by_hand;
static struct digest_item items[600];
static struct arena arena; /* of one digest */
static size_t count;

static int setup(void **state)
{
	(void)state;
	arena_init(&arena, 1024 * 1024);
	plan_by_hand(&by_hand);
	count = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_finish(&arena);
	plan_by_hand_finish(&by_hand);
	return 0;
}

static void add(const struct notice_about *about)
{
	struct notice notice;

	assert_int_equal(notice_write(&by_hand.arena, &by_hand.plan, about, &notice), 0);
	items[count++] = (struct digest_item){
		.kind = about->kind,
		.unit = about->unit->name,
		.section = about->section->name,
		.section_number = about->section->index + 1,
		.lead = about->section->lead->name,
		.period = "2022-09",
		.title = notice.title,
		.text = notice.text,
		.sample = notice.sample,
	};
}

/* A missing report of September 2022; to the step's reader, or to the unit. */
static void add_report(enum alert_kind kind, size_t unit, size_t section, const char *now,
                       int step)
{
	struct notice_about about = {
		.kind = kind,
		.unit = &by_hand.units[unit],
		.section = &by_hand.sections[section],
		.period = {MONTHLY, 2022, 9},
		.now = at(now),
		.due = at("2022-10-08 17:30"),
	};

	if (step >= 0) {
		about.step = &by_hand.steps[step];
		about.level = about.step->level;
	}
	add(&about);
}

static void add_behind(size_t unit, const char *done)
{
	struct notice_about about = {
		.kind = ALERT_BEHIND,
		.level = 1,
		.step = &by_hand.steps[0],
		.unit = &by_hand.units[unit],
		.section = &by_hand.sections[1],
		.target = &by_hand.target,
		.period = {MONTHLY, 2022, 9},
		.now = at("2022-10-12 17:30"),
		.due = at("2022-09-30 23:59"),
		.done = q(done),
		.task = q("180个"),
	};

	progress_judge(&by_hand.plan, &by_hand.target, &about.task, DAY_NONE, &about.done,
	               on("2022-09-30"), &about.standing);
	add(&about);
}

static struct digest write_digest(size_t size_max)
{
	struct digest digest;

	arena_finish(&arena);
	assert_int_equal(notice_digest(&arena, items, count, size_max, &digest), 0);
	return digest;
}

static void assert_digest(const char *subject, const char *text)
{
	struct digest digest = write_digest(MAIL);

	assert_string_equal(digest.subject, subject);
	assert_string_equal(digest.text, text);
}

static void one_alert_keeps_its_own_words(void **state)
{
	(void)state;
	add_report(ALERT_REPORT_DUE_SOON, YUHUA, 1, "2022-09-29 09:00", -1);
	assert_digest(items[0].title, items[0].text);
}

static void a_unit_is_reminded_once_of_all_its_sections(void **state)
{
	(void)state;
	add_report(ALERT_REPORT_DUE_SOON, YUHUA, 0, "2022-09-29 09:00", -1);
	add_report(ALERT_REPORT_DUE_SOON, YUHUA, 1, "2022-09-29 09:00", -1);
	assert_digest("【临期提醒】雨花区：2个板块2022年9月月报即将到"
	              "期未报",
	              "雨花区人居环境部门：你单位2022年9月月报（数据截"
	              "至9月30日）报送时限为10月8日（星期六，调休上班"
	              "）17:30，距今还有2个工作日（节假日不计），目前"
	              "未报：一、重点片区城市更新；二、老旧小区和危旧房改造"
	              "。请填报人核准数据，经审核人、负责人审签后按时报送；"
	              "如无变化，请报送“本期无变化”。确需延期的，请于时限"
	              "前向局办公室提出申请。（依据：长人环通〔2022〕5"
	              "5号；系统提醒，示例数据）");
}

static void a_unit_is_pressed_once_for_all_its_sections(void **state)
{
	(void)state;
	add_report(ALERT_REPORT_OVERDUE, YUHUA, 0, "2022-10-09 17:30", -1);
	add_report(ALERT_REPORT_OVERDUE, YUHUA, 1, "2022-10-09 17:30", -1);
	assert_digest("【催报】雨花区：2个板块2022年9月月报逾期未报",
	              "雨花区人居环境部门：截至10月9日17:30，尚未收"
	              "到你单位2022年9月月报，报送时限为10月8日（星"
	              "期六，调休上班）17:30，现按迟报登记。目前未报："
	              "一、重点片区城市更新；二、老旧小区和危旧房改造。请于"
	              "10月12日（星期三）17:30封表前补齐，并说明原"
	              "因；封表后仍未报送的，按漏报处理，并报告牵头处室。如"
	              "已报送，请出示回执编号；因网络故障无法报送的，可报盖"
	              "章纸质件，由局办公室代录。（依据：长人环通〔2022"
	              "〕55号；系统提醒，示例数据）");
}

static void a_lead_reads_units_one_below_the_other(void **state)
{
	(void)state;
	add_report(ALERT_REPORT_OVERDUE, YUHUA, 1, "2022-10-10 17:30", 0);
	add_report(ALERT_REPORT_OVERDUE, 0, 1, "2022-10-10 17:30", 0);
	assert_digest("【提级督办】老旧小区和危旧房改造：2个单位2022年"
	              "9月月报逾期未报，请协调",
	              "老旧小区和危旧房改造处：截至10月10日17:30，"
	              "下列2项：\n"
	              "1. 雨花区2022年9月“二、老旧小区和危旧房改造"
	              "”月报已逾期2个工作日，报送时限为10月8日（星期六"
	              "，调休上班）17:30，经催报至今未报。\n"
	              "2. 芙蓉区2022年9月“二、老旧小区和危旧房改造"
	              "”月报已逾期2个工作日，报送时限为10月8日（星期六"
	              "，调休上班）17:30，经催报至今未报。\n"
	              "以上各项：影响：10月12日（星期三）17:30封表"
	              "，全市汇总中有关单位以“未报”列示。建议：请你处与有"
	              "关单位负责人联系，核明原因，督促报送，于10月12日"
	              "（星期三）09:00前将处理意见反馈局办公室；届时仍"
	              "未解决的，报告分管局领导（副组长）。（依据：长人环通"
	              "〔2022〕55号；系统提醒，示例数据）");
}

static void who_is_behind_in_one_target_is_a_list(void **state)
{
	(void)state;
	add_behind(YUHUA, "20个");
	add_behind(0, "15个");
	assert_digest("【进度预警】老旧小区和危旧房改造：2个单位低于序时进"
	              "度，请协调",
	              "老旧小区和危旧房改造处：“二、老旧小区和危旧房改造”"
	              "板块责任目标“改造城镇老旧小区”（约束性，完成期限2"
	              "025年12月31日），下列2项：\n"
	              "1. 雨花区任务180个，累计完成20个；截至9月3"
	              "0日完成11.1%，低于序时进度7.6个百分点（黄灯"
	              "·滞后）。\n"
	              "2. 芙蓉区任务180个，累计完成15个；截至9月3"
	              "0日完成8.3%，低于序时进度10.4个百分点（红灯"
	              "·严重滞后）。\n"
	              "以上各项：建议：请你处与有关单位负责人联系，核明原因"
	              "，研究赶进度措施，并将处理意见反馈局办公室。（依据："
	              "长人环通〔2022〕55号四、（二）2；系统提醒，示"
	              "例数据）");
}

static void a_leader_gets_one_report(void **state)
{
	(void)state;
	add_report(ALERT_REPORT_OVERDUE, YUHUA, 1, "2022-10-13 09:00", 1);
	add_report(ALERT_REPORT_OVERDUE, 0, 1, "2022-10-13 09:00", 1);
	assert_digest("【督办专报】呈分管局领导（副组长）：老旧小区和危旧房"
	              "改造：2个单位2022年9月月报逾期未报",
	              "分管局领导（副组长）：需请您关注：截至10月13日0"
	              "9:00，下列2项：\n"
	              "1. 雨花区2022年9月“二、老旧小区和危旧房改造"
	              "”月报已逾期5个工作日，报送时限为10月8日（星期六"
	              "，调休上班）17:30，经催报至今未报。\n"
	              "2. 芙蓉区2022年9月“二、老旧小区和危旧房改造"
	              "”月报已逾期5个工作日，报送时限为10月8日（星期六"
	              "，调休上班）17:30，经催报至今未报。\n"
	              "以上各项：影响：10月12日（星期三）17:30已封"
	              "表，全市汇总中有关单位以“未报”列示。经提请老旧小区"
	              "和危旧房改造处协调，尚未解决。拟办意见：由局办公室向"
	              "有关单位发督办单，抄送其本级人民政府。妥否，请批示。"
	              "（依据：长人环通〔2022〕55号；系统提醒，示例数"
	              "据）");
}

static void different_matters_stand_under_headings(void **state)
{
	(void)state;
	add_report(ALERT_REPORT_OVERDUE, YUHUA, 1, "2022-10-12 17:30", 0);
	add_behind(0, "20个");
	add_behind(YUHUA, "15个");
	assert_digest("【汇总提醒】共3项：提级督办1项、进度预警2项",
	              "老旧小区和危旧房改造处：\n"
	              "一、提级督办（1项）\n"
	              "截至10月12日17:30，雨花区2022年9月“二"
	              "、老旧小区和危旧房改造”月报已逾期4个工作日，报送时"
	              "限为10月8日（星期六，调休上班）17:30，经催报"
	              "至今未报。影响：10月12日（星期三）17:30封表"
	              "，全市汇总中该单位以“未报”列示。建议：请你处与该单"
	              "位负责人联系，核明原因，督促报送，及时将处理意见反馈"
	              "局办公室；届时仍未解决的，报告分管局领导（副组长）。"
	              "（依据：长人环通〔2022〕55号；系统提醒，示例数"
	              "据）\n"
	              "\n"
	              "二、进度预警（2项）\n"
	              "“二、老旧小区和危旧房改造”板块责任目标“改造城镇老"
	              "旧小区”（约束性，完成期限2025年12月31日），"
	              "下列2项：\n"
	              "1. 芙蓉区任务180个，累计完成20个；截至9月3"
	              "0日完成11.1%，低于序时进度7.6个百分点（黄灯"
	              "·滞后）。\n"
	              "2. 雨花区任务180个，累计完成15个；截至9月3"
	              "0日完成8.3%，低于序时进度10.4个百分点（红灯"
	              "·严重滞后）。\n"
	              "以上各项：建议：请你处与有关单位负责人联系，核明原因"
	              "，研究赶进度措施，并将处理意见反馈局办公室。（依据："
	              "长人环通〔2022〕55号四、（二）2；系统提醒，示"
	              "例数据）");
}

/* Of a flood, the first items in full, and the number of the others. */
static void a_flood_is_counted(void **state)
{
	struct digest digest;

	(void)state;
	for (size_t i = 0; i < 74; i++)
		add_behind(i % 2, "20个");
	digest = write_digest(MAIL);
	assert_string_equal(
		digest.subject,
		"【进度预警】老旧小区和危旧房改造：2个单位共74项低于序时进度，"
		"请协调");
	assert_non_null(strstr(digest.text, "下列74项：\n1. "));
	assert_non_null(strstr(digest.text, "\n40. "));
	assert_null(strstr(digest.text, "\n41. "));
	assert_non_null(
		strstr(digest.text, "另有34项，见看板，或用 duban alerts list 查看。"));
}

/* Whatever does not fit is counted; a text never breaks off within a line. */
static void every_limit_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < 60; i++) {
		if (i % 2 == 0)
			add_behind(YUHUA, "20个");
		else
			add_report(ALERT_REPORT_OVERDUE, 0, 1, "2022-10-12 17:30", 0);
	}
	for (size_t max = DIGEST_SIZE_MIN; max < DIGEST_SIZE_MIN + 300; max++) {
		struct digest digest = write_digest(max);
		size_t len = strlen(digest.text);

		assert_true(strlen(digest.subject) + 1 + len <= max);
		assert_non_null(strstr(digest.text, "（系统提醒，示例数据）"));
		assert_memory_equal(digest.text + len - strlen("）"), "）", strlen("）"));
		assert_non_null(
			strstr(digest.text, "项，见看板。全文用 duban alerts list"));
	}
}

/* Words that nobody foresaw: nothing is lost, nobody is addressed as somebody else. */
static void any_words_are_taken(void **state)
{
	static const char *const texts[] = {
		"", "：", "。", "（", "””））", "甲：乙。丙。丁", "乙：“甲。乙”丙。丁",
		"x"};

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		static char titles[200][40];

		(void)snprintf(titles[i], sizeof(titles[i]), "【标签%zu】题", i % 40);
		items[count++] = (struct digest_item){
			.kind = ALERT_REPORT_OVERDUE,
			.unit = "",
			.section = "",
			.lead = "",
			.period = "x",
			.title = i % 3 == 0 ? "题" : titles[i],
			.text = texts[i % 8],
		};
		(void)write_digest(MAIL);
		(void)write_digest(DIGEST_SIZE_MIN);
	}
}

static void without_memory_there_is_no_digest(void **state)
{
	struct digest digest;

	(void)state;
	add_report(ALERT_REPORT_DUE_SOON, YUHUA, 0, "2022-09-29 09:00", -1);
	add_report(ALERT_REPORT_DUE_SOON, YUHUA, 1, "2022-09-29 09:00", -1);
	for (size_t limit = 0;; limit += 64) {
		int r;

		arena_init(&arena, limit);
		r = notice_digest(&arena, items, count, DIGEST_SIZE_MIN, &digest);
		if (r == 0)
			assert_non_null(strstr(digest.text, "目前未报：一、"));
		arena_finish(&arena);
		if (r == 0)
			break;
		assert_int_equal(r, E_NOMEM);
	}
}

#define DIGEST_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DIGEST_TEST(one_alert_keeps_its_own_words),
		DIGEST_TEST(a_unit_is_reminded_once_of_all_its_sections),
		DIGEST_TEST(a_unit_is_pressed_once_for_all_its_sections),
		DIGEST_TEST(a_lead_reads_units_one_below_the_other),
		DIGEST_TEST(who_is_behind_in_one_target_is_a_list),
		DIGEST_TEST(a_leader_gets_one_report),
		DIGEST_TEST(different_matters_stand_under_headings),
		DIGEST_TEST(a_flood_is_counted),
		DIGEST_TEST(every_limit_is_kept),
		DIGEST_TEST(any_words_are_taken),
		DIGEST_TEST(without_memory_there_is_no_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
