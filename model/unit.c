/*
 * The units that plans and reports are written in, with their exact factors.
 *
 * The order is the one in which messages list alternatives. A counted thing is its
 * own base: 户 and 万户 compare, 户 and 个 never do.
 */
#include "model/quantity.h"

#include <string.h>

#include "base/check.h"

/* clang-format off */
static const struct unit units[] = {
	/* name        dimension          base      num       den */
	{"个",         DIMENSION_COUNT,   "个",      1,         1},
	{"户",         DIMENSION_COUNT,   "户",      1,         1},
	{"万户",       DIMENSION_COUNT,   "户",      10000,     1},
	{"人",         DIMENSION_COUNT,   "人",      1,         1},
	{"万人",       DIMENSION_COUNT,   "人",      10000,     1},
	{"栋",         DIMENSION_COUNT,   "栋",      1,         1},
	{"处",         DIMENSION_COUNT,   "处",      1,         1},
	{"部",         DIMENSION_COUNT,   "部",      1,         1},
	{"台",         DIMENSION_COUNT,   "台",      1,         1},
	{"项",         DIMENSION_COUNT,   "项",      1,         1},
	{"起",         DIMENSION_COUNT,   "起",      1,         1},
	{"套",         DIMENSION_COUNT,   "套",      1,         1},
	{"万套",       DIMENSION_COUNT,   "套",      10000,     1},
	{"条",         DIMENSION_COUNT,   "条",      1,         1},
	{"份",         DIMENSION_COUNT,   "份",      1,         1},
	{"次",         DIMENSION_COUNT,   "次",      1,         1},
	{"座",         DIMENSION_COUNT,   "座",      1,         1},
	{"村",         DIMENSION_COUNT,   "村",      1,         1},
	{"元",         DIMENSION_MONEY,   "元",      1,         1},
	{"万元",       DIMENSION_MONEY,   "元",      10000,     1},
	{"亿元",       DIMENSION_MONEY,   "元",      100000000, 1},
	{"平方米",     DIMENSION_AREA,    "平方米",  1,         1},
	{"万平方米",   DIMENSION_AREA,    "平方米",  10000,     1},
	{"公顷",       DIMENSION_AREA,    "平方米",  10000,     1},
	{"平方公里",   DIMENSION_AREA,    "平方米",  1000000,   1},
	{"亩",         DIMENSION_AREA,    "平方米",  2000,      3},
	{"米",         DIMENSION_LENGTH,  "米",      1,         1},
	{"公里",       DIMENSION_LENGTH,  "米",      1000,      1},
	{"%",          DIMENSION_SHARE,   "%",       1,         1},
};

/* What unit_alternatives() says for a base; a base that stands alone needs no row. */
static const struct { const char *base, *names; } alternatives[] = {
	{"户",         "户、万户"},
	{"人",         "人、万人"},
	{"套",         "套、万套"},
	{"元",         "元、万元、亿元"},
	{"平方米",     "平方米、万平方米、公顷、平方公里、亩"},
	{"米",         "米、公里"},
};
/* clang-format on */

const struct unit *unit_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(units[i].name, name) == 0)
			return &units[i];
	}
	return NULL;
}

const char *unit_alternatives(const struct unit *unit)
{
	for (size_t i = 0; i < ARRAY_LEN(alternatives); i++) {
		if (strcmp(alternatives[i].base, unit->base) == 0)
			return alternatives[i].names;
	}
	return unit->base;
}

bool unit_comparable(const struct unit *a, const struct unit *b)
{
	return a->dimension == b->dimension && strcmp(a->base, b->base) == 0;
}
