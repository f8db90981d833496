/*
 * Arithmetic on exact numbers with units.
 *
 *	a, b --in_unit()--> digits and scale in one unit, 128 bits --> + - --> narrow()
 *	a, b --value_of()--> a fraction of the base unit, 128 bits --> compare, share
 *
 * Bounds that make 128 bits enough: digits < 10^18, scale <= 6, a unit's num <= 10^8
 * and den <= 3. What does not fit, or is no decimal within QUANTITY_SCALE_MAX, is
 * E_RANGE, and whoever wrote the figure chooses another unit; nothing is rounded.
 */
#include "model/quantity.h"

#include <string.h>

#include "base/err.h"

#define DIGITS_LIMIT INT64_C(1000000000000000000) /* 10^QUANTITY_DIGITS_MAX */
#define SHARE_LIMIT  1000000                      /* tenths of a per cent, either way */

/* A fraction of the base unit; den > 0. */
struct value {
	__int128 num, den;
};

static bool sound(const struct quantity *quantity);
static bool same_unit(const struct unit *a, const struct unit *b);
static __int128 power_of_ten(unsigned exponent);
static int in_unit(const struct quantity *quantity, const struct unit *unit,
                   __int128 *ret_digits, unsigned *ret_scale);
static int narrow(__int128 digits, unsigned scale, const struct unit *unit,
                  enum hedge hedge, struct quantity *ret);
static struct value value_of(const struct quantity *quantity);
static int combine(const struct quantity *a, const struct quantity *b, int sign,
                   enum hedge hedge, struct quantity *ret);

int quantity_check(int64_t digits, uint32_t scale)
{
	if (digits <= -DIGITS_LIMIT || digits >= DIGITS_LIMIT ||
	    scale > QUANTITY_SCALE_MAX)
		return E_RANGE;
	return 0;
}

/* What the bounds above rest on, should a caller have skipped quantity_check(). */
static bool sound(const struct quantity *quantity)
{
	return quantity_check(quantity->digits, quantity->scale) == 0;
}

static bool same_unit(const struct unit *a, const struct unit *b)
{
	return a == b || strcmp(a->name, b->name) == 0;
}

static __int128 power_of_ten(unsigned exponent)
{
	__int128 power = 1;

	while (exponent-- > 0)
		power *= 10;
	return power;
}

int quantity_convert(const struct quantity *a, const struct unit *unit,
                     struct quantity *ret)
{
	__int128 digits;
	unsigned scale;
	int r = in_unit(a, unit, &digits, &scale);

	if (r < 0)
		return r;
	return narrow(digits, scale, unit, a->hedge, ret);
}

/*
 * The number in another unit of the dimension. Its own unit keeps its scale; another
 * gets the fewest decimals that are exact: 58.90 亿元 are 589000 万元.
 */
static int in_unit(const struct quantity *quantity, const struct unit *unit,
                   __int128 *ret_digits, unsigned *ret_scale)
{
	const struct unit *from = quantity->unit;
	__int128 num, den;

	if (!sound(quantity) || !unit_comparable(from, unit))
		return E_RANGE;
	if (same_unit(from, unit)) {
		*ret_digits = quantity->digits;
		*ret_scale = quantity->scale;
		return 0;
	}
	num = (__int128)quantity->digits * from->num * unit->den;
	den = (__int128)from->den * unit->num * power_of_ten(quantity->scale);
	for (unsigned scale = 0; scale <= QUANTITY_SCALE_MAX; scale++, num *= 10) {
		if (num % den != 0)
			continue;
		*ret_digits = num / den;
		*ret_scale = scale;
		return 0;
	}
	return E_RANGE;
}

static int narrow(__int128 digits, unsigned scale, const struct unit *unit,
                  enum hedge hedge, struct quantity *ret)
{
	if (digits <= -DIGITS_LIMIT || digits >= DIGITS_LIMIT)
		return E_RANGE;
	*ret = (struct quantity){
		.digits = (int64_t)digits, .scale = scale, .unit = unit, .hedge = hedge};
	return 0;
}

int quantity_compare(const struct quantity *a, const struct quantity *b, int *ret_order)
{
	struct value left, right;
	__int128 l, r;

	if (!sound(a) || !sound(b) || !unit_comparable(a->unit, b->unit))
		return E_RANGE;
	left = value_of(a);
	right = value_of(b);
	l = left.num * right.den; /* < 10^26 * 3 * 10^6 */
	r = right.num * left.den;
	*ret_order = (l > r) - (l < r);
	return 0;
}

static struct value value_of(const struct quantity *quantity)
{
	return (struct value){
		.num = (__int128)quantity->digits * quantity->unit->num,
		.den = quantity->unit->den * power_of_ten(quantity->scale),
	};
}

/* A sum with one hedged part is hedged; two different hedges make it approximate. */
int quantity_add(const struct quantity *a, const struct quantity *b,
                 struct quantity *ret_sum)
{
	enum hedge hedge = HEDGE_ABOUT;

	if (a->hedge == b->hedge || b->hedge == HEDGE_NONE)
		hedge = a->hedge;
	else if (a->hedge == HEDGE_NONE)
		hedge = b->hedge;
	return combine(a, b, 1, hedge, ret_sum);
}

/* What is less "more than 80" may be less or more than anything: approximate. */
int quantity_subtract(const struct quantity *a, const struct quantity *b,
                      struct quantity *ret_difference)
{
	enum hedge hedge = b->hedge == HEDGE_NONE ? a->hedge : HEDGE_ABOUT;

	return combine(a, b, -1, hedge, ret_difference);
}

static int combine(const struct quantity *a, const struct quantity *b, int sign,
                   enum hedge hedge, struct quantity *ret)
{
	__int128 left = a->digits, right;
	unsigned scale = a->scale, other;
	int r = !sound(a) ? E_RANGE : in_unit(b, a->unit, &right, &other);

	if (r < 0)
		return r;
	/* Both at the larger scale: < 10^18 * 10^8 * 3 * 10^6 at most. */
	right *= sign;
	if (other < scale) {
		right *= power_of_ten(scale - other);
	} else {
		left *= power_of_ten(other - scale);
		scale = other;
	}
	return narrow(left + right, scale, a->unit, hedge, ret);
}

int quantity_scale_by(const struct quantity *a, int64_t factor, struct quantity *ret)
{
	if (!sound(a))
		return E_RANGE;
	return narrow((__int128)a->digits * factor, a->scale, a->unit, a->hedge, ret);
}

int quantity_share(const struct quantity *a, const struct quantity *b,
                   int64_t *ret_tenths)
{
	struct value part, whole;
	__int128 num, den, tenths;

	if (!sound(a) || !sound(b) || !unit_comparable(a->unit, b->unit) ||
	    b->digits == 0)
		return E_RANGE;
	part = value_of(a);
	whole = value_of(b);
	num = part.num * whole.den * 1000; /* < 10^26 * 3 * 10^6 * 10^3 */
	den = whole.num * part.den;
	if (den < 0) {
		num = -num;
		den = -den;
	}
	tenths = (2 * (num < 0 ? -num : num) + den) / (2 * den);
	if (tenths > SHARE_LIMIT)
		return E_RANGE;
	*ret_tenths = (int64_t)(num < 0 ? -tenths : tenths);
	return 0;
}
