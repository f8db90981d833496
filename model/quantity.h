/*
 * Exact numbers with units.
 *
 * A quantity is digits / 10^scale of a unit. What was written stays as written:
 * 58.90 keeps its scale of 2. Comparison ignores scale and converts units of one
 * dimension exactly; nothing here ever uses binary floating point or rounds
 * silently.
 */
#ifndef DUBAN_MODEL_QUANTITY_H
#define DUBAN_MODEL_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

#define QUANTITY_DIGITS_MAX 18 /* decimal digits, all together */
#define QUANTITY_SCALE_MAX  6  /* decimals */
#define QUANTITY_TEXT_MAX   64 /* of quantity_print(), with unit, hedge and NUL */

/* Units of different dimensions are never compared: 户 are not 个. */
enum dimension {
	DIMENSION_COUNT, /* 个 栋 户 …: each counted thing is a dimension of its own */
	DIMENSION_MONEY,
	DIMENSION_AREA,
	DIMENSION_LENGTH,
	DIMENSION_SHARE,
};

struct unit {
	const char *name; /* "万户" */
	enum dimension dimension;
	const char *base; /* the base unit's name: "户", "元", "平方米", "米", "%" */
	int64_t num, den; /* one of this is num/den of the base: 亩 = 2000/3 平方米 */
};

/* The table of units; NULL when there is none of this name. Static. */
const struct unit *unit_find(const char *name);
/* Every known name of the dimension of @unit, "户、万户", for messages. Static. */
const char *unit_alternatives(const struct unit *unit);
bool unit_comparable(const struct unit *a, const struct unit *b);

enum hedge { HEDGE_NONE, HEDGE_ABOUT, HEDGE_MORE_THAN };

struct quantity {
	int64_t digits;
	unsigned scale;          /* 0..QUANTITY_SCALE_MAX */
	const struct unit *unit; /* never NULL */
	enum hedge hedge;
};

/*
 * Read "58.90", "-3", "1,816" is not accepted. Only ASCII digits, one leading minus
 * (not before zero) and one point between digits; no exponent, no sign +, no spaces.
 *
 *   E_SYNTAX  another form, @ret_why says which rule (static, Chinese, a clause
 *             that can follow the value: "含有全角字符，请使用半角数字")
 *   E_RANGE   more than 18 digits or 6 decimals
 */
int quantity_parse(const char *text, const struct unit *unit, struct quantity *ret,
                   const char **ret_why);
/* Check digits and scale that came over the wire. 0 or E_RANGE. */
int quantity_check(int64_t digits, uint32_t scale);

/* The number alone, "58.90"; at most QUANTITY_TEXT_MAX bytes with NUL. */
void quantity_print_number(const struct quantity *quantity, char *out);
/* As officials write it: "约27.28万户", "80多处" is "80多处". */
void quantity_print(const struct quantity *quantity, char *out);

/* @ret_order: -1, 0, 1. E_RANGE: units of different dimensions. Always exact. */
int quantity_compare(const struct quantity *a, const struct quantity *b, int *ret_order);
/*
 * a + b in a's unit. E_RANGE: dimensions differ, the result is not a decimal within
 * QUANTITY_SCALE_MAX, or has too many digits.
 */
int quantity_add(const struct quantity *a, const struct quantity *b,
                 struct quantity *ret_sum);
int quantity_subtract(const struct quantity *a, const struct quantity *b,
                      struct quantity *ret_difference);
/* @a times a whole number. E_RANGE on overflow. */
int quantity_scale_by(const struct quantity *a, int64_t factor, struct quantity *ret);
/* In another unit of the same dimension, exactly or E_RANGE. */
int quantity_convert(const struct quantity *a, const struct unit *unit,
                     struct quantity *ret);
/*
 * a / b in tenths of a per cent, rounded half away from zero (100 % = 1000): the one
 * rounding that Duban does, because what is printed is what is judged. E_RANGE: b is
 * zero, dimensions differ, or the result is beyond +-1,000,000.
 */
int quantity_share(const struct quantity *a, const struct quantity *b,
                   int64_t *ret_tenths);

#endif
