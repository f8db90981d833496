/* Values of the contract as words: what people read, and what programs rely on. */
#include "client/admin/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/admin/admin.h"
#include "model/calendar.h"
#include "model/quantity.h"

static struct admin people, program;

static int set_up(void **state)
{
	(void)state;
	people = (struct admin){.json = false};
	program = (struct admin){.json = true};
	arena_init(&people.arena, 1 << 20);
	arena_init(&program.arena, 1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_finish(&people.arena);
	arena_finish(&program.arena);
	return 0;
}

static void test_times_are_changshas(void **state)
{
	int64_t at;

	(void)state;
	assert_int_equal(instant_parse("2022-10-08 17:30", TEXT_UTC_OFFSET, &at), 0);
	assert_string_equal(text_instant(&people, at), "2022-10-08 17:30");
	assert_string_equal(text_instant(&program, at), "2022-10-08T17:30:00+08:00");
	assert_string_equal(text_instant(&people, 0), "");
	assert_string_equal(text_instant(&program, 0), "");
}

/* 58.90 stays 58.90, and programs get digits without the unit. */
static void test_quantities_keep_their_digits(void **state)
{
	struct quantity quantity;
	const char *why;

	(void)state;
	assert_int_equal(quantity_parse("27.28", unit_find("万户"), &quantity, &why), 0);
	quantity.hedge = HEDGE_ABOUT;
	assert_string_equal(text_value(&people, &quantity), "约27.28万户");
	assert_string_equal(text_value(&program, &quantity), "27.28");
	assert_int_equal(quantity_parse("58.90", unit_find("亿元"), &quantity, &why), 0);
	assert_string_equal(text_value(&program, &quantity), "58.90");
	assert_string_equal(text_quantity(&people, NULL), "");
}

static void test_lights_are_words(void **state)
{
	(void)state;
	assert_string_equal(text_light(&people, DUBAN__V1__LIGHT__LIGHT_GREEN), "正常");
	assert_string_equal(text_light(&people, DUBAN__V1__LIGHT__LIGHT_YELLOW), "滞后");
	assert_string_equal(text_light(&people, DUBAN__V1__LIGHT__LIGHT_RED), "严重滞后");
	assert_string_equal(text_light(&program, DUBAN__V1__LIGHT__LIGHT_RED), "red");
}

/* A newer centre may send a value that this program does not know. */
static void test_unknown_values_do_no_harm(void **state)
{
	(void)state;
	assert_string_equal(text_light(&people, (Duban__V1__Light)99), "");
	assert_string_equal(text_light(&program, (Duban__V1__Light)99), "unspecified");
	assert_string_equal(text_alert_kind(&program, (Duban__V1__AlertKind)-1),
	                    "unspecified");
	assert_string_equal(text_channel(&people, "pigeon"), "pigeon");
	assert_string_equal(text_delivery(&people, ""), "");
}

static void test_deliveries_are_words(void **state)
{
	(void)state;
	assert_string_equal(text_channel(&people, "email"), "邮件");
	assert_string_equal(text_channel(&program, "email"), "email");
	assert_string_equal(text_delivery(&people, "sent"), "已送出");
	assert_string_equal(text_delivery(&program, "sent"), "sent");
}

static void test_numbers(void **state)
{
	uint8_t bytes[] = {0x00, 0xab, 0xff};
	const ProtobufCBinaryData data = {.len = sizeof(bytes), .data = bytes};

	(void)state;
	assert_string_equal(text_number(&people, UINT64_MAX), "18446744073709551615");
	assert_string_equal(text_bytes(&people, &data), "00abff");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_times_are_changshas),  TEST(test_quantities_keep_their_digits),
		TEST(test_lights_are_words),     TEST(test_unknown_values_do_no_harm),
		TEST(test_deliveries_are_words), TEST(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
