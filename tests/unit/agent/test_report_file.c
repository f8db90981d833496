/*
 * What a reporter writes is read as meant, or refused with its line and what to do. A
 * figure that is misread is worse than one that is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../model_plan/folder.h"
#include "base/err.h"
#include "client/agent/draft.h"
#include "client/agent/report_file.h"

static struct folder folder;
static const struct plan *plan;
static struct arena arena;
static struct yaml_problems problems;
static struct report report;

static int open_plan(void **state)
{
	(void)state;
	folder_open(&folder, true);
	plan = folder_good_plan(&folder);
	return 0;
}

static int close_plan(void **state)
{
	(void)state;
	folder_close(&folder);
	return 0;
}

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 64u << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static int read_bytes_of(const char *name, struct bytes content)
{
	const struct draft_about about = {.plan = plan,
	                                  .plan_version = 1,
	                                  .unit = "430111",
	                                  .plan_now = INT64_C(1664600000000)};
	struct report_file file;
	int r;

	arena_finish(&arena);
	yaml_problems_init(&problems, &arena);
	r = report_file_read(&arena, name, content, &problems, &file);
	return r < 0 ? r : draft_make(&arena, &about, &file, &problems, &report);
}

static int read_file(const char *name, const char *text)
{
	return read_bytes_of(name, bytes_of_str(text));
}

static const struct figure *figure(const char *id)
{
	for (size_t i = 0; i < report.figure_count; i++)
		if (strcmp(report.figures[i].indicator, id) == 0)
			return &report.figures[i];
	fail_msg("no figure %s", id);
	return NULL;
}

static void assert_value(const char *id, int64_t digits, unsigned scale, const char *unit)
{
	const struct quantity *value = &figure(id)->value;

	assert_int_equal(value->digits, digits);
	assert_int_equal(value->scale, scale);
	assert_string_equal(value->unit->name, unit);
}

static void values_as_people_write_them(void **state)
{
	(void)state;
	assert_int_equal(
		read_file("a.yaml",
	                  "板块: 老旧小区和危旧房改造\n报告期: 2022-08\n指标:\n"
	                  "  “十四五”累计开工小区: 128个\n"
	                  "  households_started: 1.20 万户\n"
	                  "  communities_finished: {数值: 7, 单位: 个, 说明: 核减}\n"
	                  "  “十四五”累计完成投资: 约58.90亿元\n"
	                  "  communities_accepted: 80多个\n"
	                  "  houses_started:\n"
	                  "  parking_spaces: -3\n"),
		0);
	assert_value("communities_started", 128, 0, "个");
	assert_value("households_started", 120, 2, "万户");
	assert_value("communities_finished", 7, 0, "个");
	assert_string_equal(figure("communities_finished")->reason, "核减");
	assert_value("investment_done", 5890, 2, "亿元");
	assert_int_equal(figure("investment_done")->value.hedge, HEDGE_ABOUT);
	assert_int_equal(figure("communities_accepted")->value.hedge, HEDGE_MORE_THAN);
	assert_value("parking_spaces", -3, 0, "个");
	assert_int_equal(report.figure_count, 6); /* the empty one is left out */
	for (size_t i = 1; i < report.figure_count; i++)
		assert_true(strcmp(report.figures[i - 1].indicator,
		                   report.figures[i].indicator) < 0);
	assert_string_equal(report.section, "2");
	assert_string_equal(report.texts.progress, "");
}

static void english_lists_and_persons(void **state)
{
	(void)state;
	assert_int_equal(
		read_file("a.yml",
	                  "plan: changsha-2022-55\nunit: 雨花区\nsection: 2\nperiod: "
	                  "2022-08\n"
	                  "figures:\n  - {indicator: communities_started, value: 1}\n"
	                  "  - {指标: houses_started, 数值: 2栋, reason: x}\n"
	                  "progress: |\n  一\n  二\n"
	                  "filled_by: 张三\n"
	                  "approved_by: {name: 王五, post: 局长, telephone: '1', at: "
	                  "2022-09-01 08:30}\n"),
		0);
	assert_value("houses_started", 2, 0, "栋");
	assert_string_equal(report.texts.progress, "一\n二\n");
	assert_string_equal(report.filled_by.name, "张三");
	assert_int_equal(report.filled_by.at, INT64_C(1664600000000));
	assert_string_equal(report.approved_by.post, "局长");
	assert_int_equal(report.approved_by.at, INT64_C(1661992200000));
}

static void what_a_report_is_beside_its_figures(void **state)
{
	(void)state;
	assert_int_equal(read_file("a.yaml",
	                           "板块: 2\n报告期: 2022-08\n种类: 本期无变化\n"
	                           "替换回执: 2022-08-430111-02-0001\n原因: 　核减 \n"),
	                 0);
	assert_int_equal(report.kind, REPORT_NO_CHANGE);
	assert_string_equal(report.supersedes, "2022-08-430111-02-0001");
	assert_string_equal(report.change_reason, "核减");
	assert_int_equal(read_file("a.csv", "section,2\nperiod,2022-08\nkind,zero\n"
	                                    "change_reason,\"a, b\"\n指标,数值\n"),
	                 0);
	assert_int_equal(report.kind, REPORT_ZERO);
	assert_string_equal(report.change_reason, "a, b");
	assert_string_equal(report.supersedes, "");
	assert_int_equal(read_file("a.yaml", "板块: 2\n报告期: 2022-08\n"), 0);
	assert_int_equal(report.kind, REPORT_ORDINARY);
	assert_int_equal(read_file("a.yaml", "板块: 2\n报告期: 2022-08\n种类: 无\n"),
	                 E_SYNTAX);
	assert_non_null(folder_find(&problems, "本期无变化"));
	assert_int_equal(problems.first->place.line, 3);
}

static void spreadsheets(void **state)
{
	(void)state;
	assert_int_equal(
		read_file("a.CSV",
	                  "\xef\xbb\xbf板块,2,,\n报告期,2022-08,,\n,,,\n说明,数值,指标,"
	                  "单位\n"
	                  "核减,\"12\",“十四五”累计开工小区,个\n,3,houses_started,\n"
	                  ",,houses_finished,\n\n工作进展,\"含“引号”\"\"与,逗号\"\n"
	                  "负责人,王五,局长,1,2022-09-01 08:30"),
		0);
	assert_value("communities_started", 12, 0, "个");
	assert_string_equal(figure("communities_started")->reason, "核减");
	assert_int_equal(report.figure_count, 2);
	assert_string_equal(report.texts.progress, "含“引号”\"与,逗号");
	assert_string_equal(report.approved_by.name, "王五");
	assert_int_equal(report.approved_by.at, INT64_C(1661992200000));
}

/* Rows: what stands in the file, and the line and a part of what is said. */
struct bad {
	const char *text;
	unsigned line; /* 0: about the file */
	const char *says;
};

static void refuse_all(const char *name, const char *head, const struct bad *rows,
                       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text;
		char *whole = NULL;
		bool said = false;

		assert_true(asprintf(&whole, "%s%s", head, rows[i].text) >= 0);
		text = whole;
		assert_true(read_file(name, text) < 0);
		for (struct yaml_problem *p = problems.first; p != NULL; p = p->next)
			said |= strstr(p->message, rows[i].says) != NULL &&
			        p->place.line == rows[i].line;
		if (!said)
			fail_msg("%s\n-> %u: %s", text,
			         problems.first != NULL ? problems.first->place.line : 0,
			         problems.first != NULL ? problems.first->message
			                                : "nothing said");
		free(whole);
	}
}

/* clang-format off */
static void bad_values_have_their_line(void **state)
{
	static const struct bad rows[] = {
		{"  houses_started: 1e9\n", 4, "科学计数法"},
		{"  houses_started: 1E-3\n", 4, "科学计数法"},
		{"  houses_started: -0\n", 4, "负零"},
		{"  houses_started: 12.3456789\n", 4, "小数"},
		{"  houses_started: NaN\n", 4, "不是数字"},
		{"  houses_started: inf\n", 4, "不是数字"},
		{"  houses_started: １２\n", 4, "全角"},
		{"  houses_started: 1,816\n", 4, "千分位"},
		{"  houses_started: 1 816\n", 4, "空格"},
		{"  houses_started: +5\n", 4, "“+”"},
		{"  houses_started: 0x10\n", 4, "十六进制"},
		{"  houses_started: 007\n", 4, "多余的0"},
		{"  houses_started: .5\n", 4, "补0"},
		{"  houses_started: 5.\n", 4, "小数点后"},
		{"  houses_started: 1.2.3\n", 4, "多个小数点"},
		{"  houses_started: 5--3\n", 4, "负号"},
		{"  houses_started: '-'\n", 4, "负号"},
		{"  houses_started: 12只\n", 4, "文字"},
		{"  houses_started: 个\n", 4, "不是数字"},
		{"  houses_started: 1234567890123456789\n", 4, "18位"},
		{"  houses_started: {数值: 5, 单位: 只}\n", 4, "不认识"},
		{"  houses_started: {数值: 5个, 单位: 栋}\n", 4, "不一致"},
		{"  houses_started: {说明: 核减}\n", 4, "没有数值"},
		{"  houses_started: {数值: 5, 备注: x}\n", 4, "没有“备注”"},
		{"  houses_started: [5]\n", 4, "指标应填为"},
		{"  houses_startd: 5\n", 4, "是否为“houses_started”"},
		{"  吃饭: 5\n", 4, "没有指标"},
		{"  villages_accepted_nowhere: 5\n", 4, "没有指标"},
		{"  houses_started: 5\n  houses_started: 6\n", 5, "重复"},
		{"  houses_started: 5\n  危旧房屋开（完）工合计（已开工累计，含完工）: 6\n", 5, "不止一次"},
		{"工作进度: x\n", 4, "没有“工作进度”"},
		{"填报人: {姓名: 甲, 性别: 男}\n", 4, "没有“性别”"},
		{"填报人: {姓名: 甲, 审签时间: 昨天}\n", 4, "审签时间"},
		{"填报人: {姓名: 甲, 审签时间: 2022-13-01}\n", 4, "审签时间"},
		{"填报人: {姓名: 甲, 审签时间: 2099-01-01}\n", 4, "晚于现在"},
		{"填报人: [甲, 乙]\n", 4, "应填一个值"},
		{"填报单位: 浏阳市\n", 4, "不是本机所属单位"},
		{"方案: other\n", 4, "不是现行方案"},
		{"period: 2022-09\n", 4, "重复填写"},
		{"工作进展: {a: b}\n", 4, "应填一个值"},
		{"工作进展: &a x\n", 4, "加引号"},
		{"工作进展: \"x\n", 5, "引号"},
		{"\t工作进展: x\n", 4, "Tab"},
		{"---\n工作进展: x\n", 4, "第二个文档"},
	};

	(void)state;
	refuse_all("a.yaml", "板块: 2\n报告期: 2022-08\n指标:\n", rows,
	           sizeof(rows) / sizeof(rows[0]));
}

static void bad_files_are_refused_whole(void **state)
{
	static const struct bad rows[] = {
		{"", 1, "名称"},
		{"一句话\n", 1, "名称"},
		{"- a\n- b\n", 1, "名称"},
		{"指标: {}\n", 0, "没有填写“板块”"},
		{"板块: 2\n", 0, "没有填写“报告期”"},
		{"板块: ''\n报告期: 2022-08\n", 1, "没有填写“板块”"},
		{"板块: 9\n报告期: 2022-08\n", 1, "没有板块“9”"},
		{"板块: 2\n报告期: 2022-08\n指标: 5\n", 3, "逐行填写"},
		{"板块: [2]\n报告期: 2022-08\n", 1, "应填一个值"},
	};

	(void)state;
	refuse_all("a.yaml", "", rows, sizeof(rows) / sizeof(rows[0]));
}

static void bad_spreadsheets_have_their_line(void **state)
{
	static const struct bad rows[] = {
		{"", 0, "没有表头"},
		{"houses_started,5\n", 3, "表头"},
		{"指标,单位\n", 3, "“指标”和“数值”"},
		{"指标,数值,数值\n", 3, "重复"},
		{"指标,数值,备注\n", 3, "不认识"},
		{"指标,数值\nhouses_started,5,6\n", 4, "多出一格"},
		{"指标,数值\nhouses_started,\"5\n", 4, "引号没有结束"},
		{"指标,数值\nhouses_started,\"5\"x\n", 4, "引号使用不正确"},
		{"指标,数值\nhouses_started,１２\n", 4, "全角"},
		{"指标,数值\n\n\nhouses_started,1e9\n", 6, "科学计数法"},
		{"工作进展,\"一\n二\"\n指标,数值\nhouses_started,-0\n", 6, "负零"},
		{"指标,数值\r\nhouses_started,\"1,816\"\r\n", 4, "千分位"},
		{"指标,数值\n,5\n", 4, "哪个指标"},
		{"指标,数值\nhouses_started,5\nhouses_started,6\n", 5, "不止一次"},
		{"工作进展,a,b\n指标,数值\n", 3, "多出一格"},
		{"报告期,2022-09\n指标,数值\n", 3, "重复填写"},
		{"工作进厂,a\n指标,数值\n", 3, "没有“工作进厂”"},
	};

	(void)state;
	refuse_all("a.csv", "板块,2\n报告期,2022-08\n", rows, sizeof(rows) / sizeof(rows[0]));
}
/* clang-format on */

static void other_encodings_and_sizes(void **state)
{
	static const uint8_t gbk[] = {'a', ':', ' ', '1', '\n', 0xb0, 0xe5, 0xbf, 0xe9};
	static const uint8_t utf16[] = {0xff, 0xfe, 'a', 0};
	static const uint8_t nul[] = {'a', ':', 0};
	char *large = malloc(REPORT_FILE_MAX + 1);

	(void)state;
	assert_int_equal(read_bytes_of("a.yaml", bytes_of(gbk, sizeof(gbk))), E_SYNTAX);
	assert_int_equal(problems.first->place.line, 2);
	assert_non_null(strstr(problems.first->message, "GBK"));
	assert_int_equal(read_bytes_of("a.csv", bytes_of(utf16, sizeof(utf16))),
	                 E_SYNTAX);
	assert_int_equal(read_bytes_of("a.csv", bytes_of(nul, sizeof(nul))), E_SYNTAX);
	assert_int_equal(read_bytes_of("a.xlsx", bytes_of(gbk, 4)), E_UNSUPPORTED);
	assert_int_equal(read_bytes_of("yaml", bytes_of(gbk, 4)), E_UNSUPPORTED);
	memset(large, 'a', REPORT_FILE_MAX + 1);
	assert_int_equal(read_bytes_of("a.csv", bytes_of(large, REPORT_FILE_MAX + 1)),
	                 E_LIMIT);
	memset(large, ',', REPORT_FILE_MAX);
	assert_int_equal(read_bytes_of("a.csv", bytes_of(large, REPORT_FILE_MAX)),
	                 E_SYNTAX);
	memset(large, '\n', REPORT_FILE_MAX);
	assert_int_equal(read_bytes_of("a.csv", bytes_of(large, REPORT_FILE_MAX)),
	                 E_SYNTAX);
	memset(large, '[', REPORT_FILE_MAX);
	assert_int_equal(read_bytes_of("a.yaml", bytes_of(large, REPORT_FILE_MAX)),
	                 E_SYNTAX);
	free(large);
}

static void too_many_figures(void **state)
{
	char *text = calloc(1, 64 * (REPORT_FIGURES_MAX + 10));
	int len = sprintf(text, "板块,2\n报告期,2022-08\n指标,数值\n");

	(void)state;
	for (int i = 0; i <= REPORT_FIGURES_MAX; i++)
		len += sprintf(text + len, "x%d,1\n", i);
	assert_true(read_file("a.csv", text) < 0);
	assert_non_null(strstr(problems.first->message, "多于"));
	free(text);
}

/* Out of memory is said as that, at any point, and nothing leaks. */
static void memory_runs_out(void **state)
{
	static const char text[] =
		"板块: 2\n报告期: 2022-08\n指标:\n  houses_started: 5栋\n"
		"填报人: {姓名: 甲}\n";
	const struct draft_about about = {.plan = plan, .unit = "430111"};
	int r = E_NOMEM;

	(void)state;
	for (size_t limit = 64; r != 0 && limit < (4u << 20); limit += limit / 7 + 1) {
		struct report_file file;
		struct arena small;

		arena_init(&small, limit);
		yaml_problems_init(&problems, &small);
		r = report_file_read(&small, "a.yaml", bytes_of_str(text), &problems,
		                     &file);
		if (r == 0)
			r = draft_make(&small, &about, &file, &problems, &report);
		assert_true(r == 0 || r == E_NOMEM);
		arena_finish(&small);
	}
	assert_int_equal(r, 0);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(values_as_people_write_them),
		TEST(english_lists_and_persons),
		TEST(what_a_report_is_beside_its_figures),
		TEST(spreadsheets),
		TEST(bad_values_have_their_line),
		TEST(bad_files_are_refused_whole),
		TEST(bad_spreadsheets_have_their_line),
		TEST(other_encodings_and_sizes),
		TEST(too_many_figures),
		TEST(memory_runs_out),
	};

	return cmocka_run_group_tests(tests, open_plan, close_plan);
}
