/* Who somebody is. If this fails, a stranger may pass for a district, or a district may
 * be locked out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/err.h"
#include "model/identity.h"

static void test_every_form_is_read(void **state)
{
	static const struct {
		const char *uri;
		enum identity_kind kind;
		const char *unit, *path;
		enum identity_role role;
		const char *name;
	} rows[] = {
		/* clang-format off */
		{"spiffe://d.test/district/430102/agent/1", IDENTITY_DISTRICT, "430102", "district/430102", ROLE_AGENT, "1"},
		{"spiffe://d.test/district/430102/signer/2", IDENTITY_DISTRICT, "430102", "district/430102", ROLE_SIGNER, "2"},
		{"spiffe://d.test/district/430102/person/zhang.san", IDENTITY_DISTRICT, "430102", "district/430102", ROLE_PERSON, "zhang.san"},
		{"spiffe://d.test/department/gengxin/person/li", IDENTITY_DEPARTMENT, "gengxin", "department/gengxin", ROLE_PERSON, "li"},
		{"spiffe://d.test/operator/ops", IDENTITY_OPERATOR, "ops", "operator/ops", ROLE_NONE, ""},
		{"spiffe://d.test/node/1", IDENTITY_NODE, "1", "node/1", ROLE_NONE, ""},
		{"spiffe://d.test/node/1/signer/3", IDENTITY_NODE, "1", "node/1", ROLE_SIGNER, "3"},
		/* clang-format on */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct identity identity;

		assert_int_equal(identity_parse(rows[i].uri, &identity), 0);
		assert_string_equal(identity.uri, rows[i].uri);
		assert_string_equal(identity.domain, "d.test");
		assert_int_equal(identity.kind, rows[i].kind);
		assert_string_equal(identity.unit, rows[i].unit);
		assert_string_equal(identity.path, rows[i].path);
		assert_int_equal(identity.role, rows[i].role);
		assert_string_equal(identity.name, rows[i].name);
	}
}

static void test_everything_else_is_refused(void **state)
{
	static const char *const uris[] = {
		"",
		"spiffe://",
		"spiffe:///node/1",
		"spiffe://d.test",
		"spiffe://d.test/",
		"spiffe://d.test/node",
		"spiffe://d.test/node/",
		"spiffe://d.test/node/1/",
		"spiffe://d.test//node/1",
		"spiffe://d.test/node//1",
		"spiffe://d.test/node/1/signer",
		"spiffe://d.test/node/1/signer/",
		"spiffe://d.test/node/1/agent/1",
		"spiffe://d.test/node/1/signer/1/2",
		"spiffe://d.test/node/./signer/1",
		"spiffe://d.test/node/../signer/1",
		"spiffe://d.test/node/%31",
		"spiffe://d.test/node/1?x=1",
		"spiffe://d.test/node/1#x",
		"spiffe://d.test/node/1 ",
		"spiffe://d.test/Node/1",
		"spiffe://D.test/node/1",
		"spiffe://d.test:443/node/1",
		"spiffe://me@d.test/node/1",
		"spiffe://../node/1",
		"SPIFFE://d.test/node/1",
		"https://d.test/node/1",
		"spiffe://d.test/district/430102",
		"spiffe://d.test/district/430102/admin/1",
		"spiffe://d.test/department/gengxin/signer/1",
		"spiffe://d.test/department/gengxin",
		"spiffe://d.test/operator/ops/person/1",
		"spiffe://d.test/district/芙蓉/agent/1",
		"spiffe://d.test/district/430102/agent/1\n",
	};
	struct identity identity;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(uris); i++)
		if (identity_parse(uris[i], &identity) != E_SYNTAX)
			fail_msg("accepted: %s", uris[i]);
}

static void test_lengths_are_bounded(void **state)
{
	char uri[2 * IDENTITY_URI_MAX];
	struct identity identity;

	(void)state;
	for (size_t len = 1; len < 100; len++) {
		strcpy(uri, "spiffe://d.test/node/");
		memset(uri + strlen(uri), 'a', len + 1);
		uri[strlen("spiffe://d.test/node/") + len] = '\0';
		assert_int_equal(identity_parse(uri, &identity),
		                 len <= 63 ? 0 : E_SYNTAX);
	}
	for (size_t total = 30; total < IDENTITY_URI_MAX + 20; total++) {
		memset(uri, 'a', total);
		memcpy(uri, "spiffe://", strlen("spiffe://"));
		strcpy(uri + total - strlen("/node/1"), "/node/1");
		assert_int_equal(identity_parse(uri, &identity),
		                 total < IDENTITY_URI_MAX ? 0 : E_SYNTAX);
	}
}

static void test_one_uri_exactly(void **state)
{
	const char *none[] = {NULL};
	const char *one[] = {"spiffe://d.test/node/1", NULL};
	const char *two[] = {"spiffe://d.test/node/1", "spiffe://d.test/node/2", NULL};
	const char *other[] = {"https://d.test/", NULL};
	struct identity identity;

	(void)state;
	assert_int_equal(identity_from_uris(none, &identity), E_CERTIFICATE);
	assert_int_equal(identity_from_uris(two, &identity), E_CERTIFICATE);
	assert_int_equal(identity_from_uris(other, &identity), E_CERTIFICATE);
	assert_int_equal(identity_from_uris(one, &identity), 0);
	assert_string_equal(identity.path, "node/1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_form_is_read),
		cmocka_unit_test(test_everything_else_is_refused),
		cmocka_unit_test(test_lengths_are_bounded),
		cmocka_unit_test(test_one_uri_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
