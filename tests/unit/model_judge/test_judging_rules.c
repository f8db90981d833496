/*
 * The program's own rules and their version.
 *
 * What a user would lose: a receipt says by which rules it was judged. If a rule changed
 * and its version did not, two receipts of one version could contradict each other.
 */
#include "model/judging.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/check.h"
#include "model/receipt.h"

/* SHA-256 of the table. A new digest needs a new version, once this one is released. */
#define VERSION "1"
#define DIGEST  "292e8d3a04b48672b9531c91fe80b213628ee7838fecee8341623a1da1496dbd"

static void test_a_version_stands_for_its_rules(void **state)
{
	static const struct {
		const char *id;
		enum severity severity;
		const char *text;
	} rules[] = {
#define ROW(name, id, severity, text) [name] = {id, severity, text},
		FORM_TABLE(ROW)
#undef ROW
	};
	char text[16384], hex[2 * HASH_SIZE + 1];
	uint8_t hash[HASH_SIZE];
	size_t len = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		int added = snprintf(text + len, sizeof(text) - len, "%s %d %s\n",
		                     rules[i].id, (int)rules[i].severity, rules[i].text);

		assert_in_range(added, 1, sizeof(text) - len - 1);
		len += (size_t)added;
	}
	sha256(bytes_of(text, len), hash);
	for (size_t i = 0; i < sizeof(hash); i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	assert_string_equal(VALIDATE_RULES, VERSION);
	assert_string_equal(hex, DIGEST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_version_stands_for_its_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
