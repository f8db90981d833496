/*
 * Any text as a number: accepted, and then it prints as it was written and survives
 * arithmetic; or refused with a reason. The first byte chooses the unit.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/check.h"
#include "base/err.h"
#include "model/quantity.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const units[] = {"个",       "户",     "万户", "元",
                                    "亿元",     "平方米", "亩",   "平方公里",
                                    "万平方米", "公里",   "%"};

static void check_conversions(const struct quantity *quantity)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		struct quantity converted, sum;
		int order = 7;

		if (quantity_convert(quantity, unit_find(units[i]), &converted) < 0)
			continue;
		CHECK(quantity_check(converted.digits, converted.scale) == 0);
		CHECK(quantity_compare(quantity, &converted, &order) == 0 && order == 0);
		if (quantity_subtract(quantity, &converted, &sum) == 0)
			CHECK(sum.digits == 0);
		(void)quantity_add(quantity, &converted, &sum);
		(void)quantity_scale_by(quantity, quantity->digits, &sum);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct unit *unit =
		unit_find(units[size > 0 ? data[0] % ARRAY_LEN(units) : 0]);
	struct quantity quantity;
	char printed[QUANTITY_TEXT_MAX];
	const char *why = NULL;
	struct arena arena;
	char *text;
	int r;

	arena_init(&arena, size + 4096);
	text = arena_strndup(&arena, data + (size > 0), size - (size > 0));
	CHECK(text != NULL);
	r = quantity_parse(text, unit, &quantity, &why);
	CHECK(r == 0 || r == E_SYNTAX || r == E_RANGE);
	CHECK((r < 0) == (why != NULL));
	if (r == 0) {
		quantity_print_number(&quantity, printed);
		CHECK(strcmp(printed, text) == 0);
		quantity_print(&quantity, printed);
		check_conversions(&quantity);
	}
	arena_finish(&arena);
	return 0;
}
