/* A service that starts with a misread setting reports to nobody, or for another unit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "client/agent/settings.h"

static struct arena arena;
static struct settings settings;
static struct yaml_problems problems;

static int set_up(void **state)
{
	(void)state;
	arena_init(&arena, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&arena);
	return 0;
}

static int read_text(const char *text)
{
	char path[] = "/tmp/duban-settings-XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	(void)close(fd);
	settings = (struct settings){.unit = NULL};
	yaml_problems_init(&problems, &arena);
	r = settings_read(&settings, &arena, path, &problems);
	(void)unlink(path);
	return r;
}

#define GOOD "agent: {unit: '430112', trust_domain: a.b}\n"

static void defaults_and_lists(void **state)
{
	(void)state;
	assert_int_equal(read_text(GOOD "centre: {addresses: ['a:1', '[::1]:2']}\n"), 0);
	assert_string_equal(settings.addresses[1], "[::1]:2");
	assert_null(settings.addresses[2]);
	assert_string_equal(settings.state_dir, "/var/lib/duban-agent");
	assert_int_equal(settings.retry_first, 1000);
	assert_int_equal(read_text(GOOD), 0);
	assert_string_equal(settings.addresses[0], "127.0.0.1:7443");
}

static void what_is_wrong_is_named(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", "agent.unit"},
		{"agent: {unit: 芙蓉区, trust_domain: a}\n", "六位数字"},
		{"agent: {unit: '4301122', trust_domain: a}\n", "六位数字"},
		{"agent: {unit: '430112'}\n", "trust_domain"},
		{"agent: {unti: '430112'}\n", "unti"},
		{GOOD "centre: {addresses: []}\n", "addresses"},
		{GOOD "centre: {addresses: nowhere}\n", "addresses"},
		{GOOD "centre: {addresses: [nowhere]}\n", "主机:端口"},
		{GOOD "retry: {first: 10m, max: 1m}\n", "retry.max"},
		{GOOD "retry: {first: 0s}\n", "retry.first"},
		{GOOD "log: {level: loud}\n", "log.level"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool said = false;

		assert_true(read_text(rows[i].text) < 0);
		for (struct yaml_problem *p = problems.first; p != NULL; p = p->next)
			said |= strstr(p->message, rows[i].says) != NULL;
		if (!said)
			fail_msg("%s: %s", rows[i].text, problems.first->message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(defaults_and_lists, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_wrong_is_named, set_up,
	                                        tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
