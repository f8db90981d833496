/*
 * Messages as they go out: e-mails that every reader shows right, robots' posts that they
 * accept, contacts that are what the operator meant. Pure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "server/contact.h"
#include "server/deliver_email.h"
#include "server/deliver_webhook.h"
#include "server/letter.h"

static struct arena arena;

static struct alert_row alert_of(const char *title, const char *text)
{
	return (struct alert_row){.cursor = 12,
	                          .kind = ALERT_REPORT_OVERDUE,
	                          .recipient = "department/gengxin",
	                          .plan = "p",
	                          .unit = "430102",
	                          .section = "1",
	                          .period = "2022-07",
	                          .target = "",
	                          .title = title,
	                          .text = text};
}

static const char *write_email(const char *title, const char *to, int *ret)
{
	const struct alert_row alert = alert_of(title, "正文");
	const struct letter letter = {
		.subject = title, .text = "正文", .alerts = &alert, .count = 1};
	const struct email email = {.letter = &letter,
	                            .from = "duban@x.cn",
	                            .to = to,
	                            .wall_now = INT64_C(1665221400123)};
	struct bytes message = bytes_of("", 0);

	*ret = email_write(&arena, &email, &message);
	return (const char *)message.data;
}

static void an_email_has_what_mail_systems_need(void **state)
{
	int r;
	const char *message = write_email("【催报】雨花区", "a@x.cn", &r);

	(void)state;
	assert_int_equal(r, 0);
	assert_non_null(strstr(message, "From: <duban@x.cn>\r\nTo: <a@x.cn>\r\n"));
	assert_non_null(strstr(message, "Date: Sat, 08 Oct 2022 09:30:00 +0000\r\n"));
	assert_non_null(
		strstr(message, "Subject: =?UTF-8?B?44CQ5YKs5oql44CR6Zuo6Iqx5Yy6?=\r\n"));
	assert_non_null(strstr(message, "\r\n\r\n5q2j5paH"));
}

/* The same at every attempt, another for another recipient. */
static void a_message_id_recognises_a_second_attempt(void **state)
{
	int r;
	const char *one = strstr(write_email("t", "a@x.cn", &r), "Message-ID: ");
	const char *again = strstr(write_email("t", "a@x.cn", &r), "Message-ID: ");
	const char *other = strstr(write_email("t", "b@x.cn", &r), "Message-ID: ");
	size_t len = (size_t)(strchr(one, '\r') - one);

	(void)state;
	assert_memory_equal(one, again, len);
	assert_memory_not_equal(one, other, len);
}

/* No line of a header is longer than 78 characters, no character is cut in two. */
static void a_long_subject_is_folded_between_characters(void **state)
{
	char title[1000] = "";
	const char *line;
	int r;

	(void)state;
	for (int i = 0; i < 90; i++)
		memcpy(title + (ptrdiff_t)i * 3, "督", 4);
	line = strstr(write_email(title, "a@x.cn", &r), "Subject: ");
	for (int lines = 0; lines < 6; lines++) {
		const char *end = strstr(line, "\r\n");

		assert_true(end - line <= 86);
		assert_memory_equal(end - 2, "?=", 2);
		line = end + 2;
	}
	assert_memory_equal(line, "Date", 4);
}

static void an_address_cannot_smuggle_headers(void **state)
{
	static const char *const bad[] = {"a@x.cn\r\nBcc: b@x.cn",
	                                  "a@x.cn>",
	                                  "a b@x.cn",
	                                  "@x.cn",
	                                  "a@",
	                                  "a",
	                                  "a@b@c",
	                                  "督@x.cn",
	                                  ""};
	int r;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		(void)write_email("t", bad[i], &r);
		assert_int_equal(r, E_SYNTAX);
	}
}

/* Twelve alerts decided together, as a letter that a channel takes so much of. */
static struct letter letter_of(struct alert_row *alerts, size_t count, size_t size_max)
{
	struct letter letter;

	for (size_t i = 0; i < count; i++) {
		alerts[i] = alert_of(
			"【催报】雨花区：2022年7月“三、棚改”月报已逾期",
			"更新办：雨花区2022年7月“三、棚改”月报已逾期。"
			"请尽快补报，并说明原因；封表后按漏报处理。（依据：示例）");
		alerts[i].cursor = 100 + (int64_t)i;
	}
	assert_int_equal(letter_write(&arena, NULL, alerts, count, size_max, &letter), 0);
	return letter;
}

/* One letter for many alerts: all their numbers, and another identity for others. */
static void an_email_about_many_alerts_is_one_message(void **state)
{
	struct alert_row alerts[12];
	struct letter letter = letter_of(alerts, 12, EMAIL_TEXT_MAX);
	struct email email = {.letter = &letter, .from = "duban@x.cn", .to = "a@x.cn"};
	struct bytes one, again, fewer;
	const char *header;

	(void)state;
	assert_int_equal(email_write(&arena, &email, &one), 0);
	assert_int_equal(email_write(&arena, &email, &again), 0);
	letter.count = 11;
	assert_int_equal(email_write(&arena, &email, &fewer), 0);
	header = strstr((const char *)one.data, "Message-ID: <alert-100.");
	assert_non_null(header);
	assert_memory_equal(header, strstr((const char *)again.data, "Message-ID: "), 48);
	assert_memory_not_equal(header, strstr((const char *)fewer.data, "Message-ID: "),
	                        48);
	assert_non_null(
		strstr((const char *)one.data, "X-Duban-Alert: 100,\r\n 101,\r\n"));
	assert_non_null(strstr((const char *)one.data, " 111\r\nMIME-Version"));
}

/* What a robot takes at most is a list of lines, and says where the rest is. */
static void a_robot_s_list_ends_where_its_text_must(void **state)
{
	struct alert_row alerts[40];
	struct letter letter = letter_of(alerts, 40, WEBHOOK_TEXT_MAX);

	(void)state;
	assert_true(strlen(letter.subject) + 1 + strlen(letter.text) <= WEBHOOK_TEXT_MAX);
	assert_non_null(
		strstr(letter.text, "1. 雨花区：2022年7月“三、棚改”月报已逾期\n2. "));
	assert_non_null(
		strstr(letter.text, "项，见看板。全文用 duban alerts list 查看。"));
}

/* A program reads each alert, in one shape whether they are one or many. */
static void a_program_gets_every_alert(void **state)
{
	struct alert_row alerts[3];
	struct letter letter = letter_of(alerts, 3, WEBHOOK_JSON_MAX);
	const struct webhook webhook = {.kind = CONTACT_JSON, .url = "http://x/"};
	struct bytes body;
	const char *url, *at;

	(void)state;
	assert_int_equal(webhook_write(&arena, &webhook, &letter, &url, &body), 0);
	at = strstr((const char *)body.data, "\"alerts\":[{\"cursor\":100,");
	assert_non_null(at);
	assert_non_null(strstr(at, "{\"cursor\":101,"));
	assert_non_null(strstr(at, "{\"cursor\":102,"));
	letter = letter_of(alerts, 1, WEBHOOK_JSON_MAX);
	assert_int_equal(webhook_write(&arena, &webhook, &letter, &url, &body), 0);
	assert_non_null(strstr((const char *)body.data, "\"alerts\":[{\"cursor\":100,"));
}

static void a_robot_s_text_is_cut_to_what_it_takes(void **state)
{
	char text[9001] = "";
	const struct alert_row alert = alert_of("题", text);
	const struct letter letter = {
		.subject = "题", .text = text, .alerts = &alert, .count = 1};
	const struct webhook webhook = {.kind = CONTACT_WECOM,
	                                .url = "http://x/",
	                                .secret = ""};
	struct bytes body;
	const char *url;

	(void)state;
	for (int i = 0; i < 3000; i++)
		memcpy(text + (ptrdiff_t)i * 3, "督", 4);
	assert_int_equal(webhook_write(&arena, &webhook, &letter, &url, &body), 0);
	assert_true(body.len < WEBHOOK_TEXT_MAX + 100);
	assert_non_null(strstr((const char *)body.data, "全文用 duban alerts list 查看"));
	assert_null(strstr((const char *)body.data, "\\ufffd"));
	assert_string_equal(url, "http://x/");
}

static void dingtalk_is_signed_as_its_manual_says(void **state)
{
	const struct alert_row alert = alert_of("t", "t");
	const struct letter letter = {
		.subject = "t", .text = "t", .alerts = &alert, .count = 1};
	const struct webhook webhook = {.kind = CONTACT_DINGTALK,
	                                .url = "https://x/send?access_token=1",
	                                .secret = "SEC000",
	                                .wall_now = INT64_C(1600000000000)};
	struct bytes body;
	const char *url;

	(void)state;
	assert_int_equal(webhook_write(&arena, &webhook, &letter, &url, &body), 0);
	assert_non_null(strstr(url, "access_token=1&timestamp=1600000000000&sign="));
	assert_null(strpbrk(strstr(url, "sign=") + 5, "+/="));
}

static enum webhook_answer answered(enum contact_kind kind, long status, const char *body)
{
	const char *why = "";

	return webhook_answered(&arena, kind, status, bytes_of_str(body), &why);
}

static void a_robot_s_answer_is_in_its_body(void **state)
{
	(void)state;
	assert_int_equal(answered(CONTACT_WECOM, 200, "{\"errcode\":0}"), WEBHOOK_TAKEN);
	assert_int_equal(answered(CONTACT_WECOM, 200, "{\"errcode\":93000}"),
	                 WEBHOOK_REFUSED);
	assert_int_equal(answered(CONTACT_WECOM, 200, "{\"errcode\":45009}"),
	                 WEBHOOK_THROTTLED);
	assert_int_equal(answered(CONTACT_DINGTALK, 200, "{\"errcode\":130101}"),
	                 WEBHOOK_THROTTLED);
	assert_int_equal(answered(CONTACT_DINGTALK, 200, "<html>"), WEBHOOK_REFUSED);
	assert_int_equal(answered(CONTACT_DINGTALK, 200, ""), WEBHOOK_REFUSED);
	assert_int_equal(answered(CONTACT_JSON, 204, ""), WEBHOOK_TAKEN);
	assert_int_equal(answered(CONTACT_JSON, 500, ""), WEBHOOK_REFUSED);
	assert_int_equal(answered(CONTACT_JSON, 429, ""), WEBHOOK_THROTTLED);
}

static int read_contacts(const char *text, struct yaml_problems *problems)
{
	struct yaml_node *root;
	struct contact *contacts;
	size_t count;

	yaml_problems_init(problems, &arena);
	assert_int_equal(yaml_parse(&arena, "f", bytes_of_str(text), problems, &root), 0);
	return contacts_read(&arena, root, problems, &contacts, &count);
}

/* A misspelt contact is found when the server starts, not when it matters. */
static void contacts_are_checked_when_they_are_read(void **state)
{
	static const char *const bad[] = {
		"- {name: a, recipient: department/x, kind: email}",
		"- {name: a, recipient: department/x, kind: email, address: nobody}",
		"- {name: a, recipient: x, kind: email, address: a@x.cn}",
		"- {name: a, recipient: department/, kind: email, address: a@x.cn}",
		"- {name: a, recipient: department/x, kind: fax, address: a@x.cn}",
		"- {name: a, recipient: department/x, kind: wecom}",
		"- {name: a, recipient: department/x, kind: wecom, url_file: u, "
		"secret_file: s}",
		"- {name: a, recipient: department/x, kind: email, adress: a@x.cn}",
		"- {name: a, recipient: department/x, kind: json, url_file: u}\n"
		"- {name: a, recipient: department/y, kind: json, url_file: v}",
		"- word",
		"name: a",
	};
	struct yaml_problems problems;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_contacts(bad[i], &problems), E_SYNTAX);
		assert_true(problems.count > 0);
	}
	assert_int_equal(
		read_contacts(
			"- {name: a, recipient: department/x, kind: email, address: "
			"a@x.cn}\n"
			"- {name: b, recipient: district/1, kind: dingtalk, url_file: u, "
			"secret_file: s}",
			&problems),
		0);
}

static int finish(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_email_has_what_mail_systems_need, finish),
		cmocka_unit_test_teardown(a_message_id_recognises_a_second_attempt,
	                                  finish),
		cmocka_unit_test_teardown(a_long_subject_is_folded_between_characters,
	                                  finish),
		cmocka_unit_test_teardown(an_address_cannot_smuggle_headers, finish),
		cmocka_unit_test_teardown(a_robot_s_text_is_cut_to_what_it_takes, finish),
		cmocka_unit_test_teardown(an_email_about_many_alerts_is_one_message,
	                                  finish),
		cmocka_unit_test_teardown(a_robot_s_list_ends_where_its_text_must,
	                                  finish),
		cmocka_unit_test_teardown(a_program_gets_every_alert, finish),
		cmocka_unit_test_teardown(dingtalk_is_signed_as_its_manual_says, finish),
		cmocka_unit_test_teardown(a_robot_s_answer_is_in_its_body, finish),
		cmocka_unit_test_teardown(contacts_are_checked_when_they_are_read,
	                                  finish),
	};

	arena_init(&arena, 16u * 1024 * 1024);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
