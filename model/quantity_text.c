/*
 * Numbers as people write them.
 *
 *	"58.90" --characters()--> only [-.0-9] --form()--> -?(0|[1-9]d*)(.d+)? --> digits,
 *scale
 *
 * One number has one spelling but for zeros behind the point, so that what was read
 * prints as it was written. A leading zero is refused: it is the mark of a code or a
 * cell that a spreadsheet took for text, and somebody should look. What is refused is
 * for the reporter to correct; each reason says how.
 */
#include "model/quantity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/utf8.h"

static const char *wrong_characters(const char *text);
static const char *wrong_word(const char *text);
static const char *wrong_form(const char *number);
static bool is_digit(char c);
static int read_digits(const char *text, struct quantity *ret, const char **ret_why);

int quantity_parse(const char *text, const struct unit *unit, struct quantity *ret,
                   const char **ret_why)
{
	struct quantity read = {.unit = unit};
	const char *why = wrong_characters(text);
	int r;

	if (why == NULL)
		why = wrong_form(text);
	if (why != NULL) {
		*ret_why = why;
		return E_SYNTAX;
	}
	r = read_digits(text, &read, ret_why);
	if (r < 0)
		return r;
	*ret = read;
	return 0;
}

/* The first character that no number has, and what its writer probably meant. */
static const char *wrong_characters(const char *text)
{
	if (*text == '\0')
		return "为空，请填写数字";
	for (struct bytes rest = bytes_of_str(text); rest.len > 0;) {
		uint32_t character;
		size_t len = utf8_first(rest, &character);

		if (len == 0)
			return "含有无法识别的字符，请重新填写";
		if (character <= ' ' || character == 0xa0 || character == 0x3000)
			return "含有空格或换行，请去掉";
		if (character >= 0xff01 && character <= 0xff5e)
			return "含有全角字符，请使用半角数字";
		if (character == ',')
			return "含有千分位逗号，请去掉";
		if (character == '+')
			return "带有“+”号，正数不写符号";
		if (character > 0x7f || strchr("-.0123456789", (int)character) == NULL)
			return wrong_word(text);
		rest = bytes_of(rest.data + len, rest.len - len);
	}
	return NULL;
}

/* Letters, Chinese and signs: what kind of thing was written? */
static const char *wrong_word(const char *text)
{
	const char *number = text + (*text == '-');
	size_t mantissa = strspn(number, ".0123456789");
	const char *exponent = number + mantissa;

	if (strncasecmp(number, "0x", 2) == 0)
		return "是十六进制写法，请填写十进制数字";
	if (mantissa > 0 && (*exponent == 'e' || *exponent == 'E')) {
		exponent += 1 + (exponent[1] == '-');
		if (is_digit(*exponent))
			return "是科学计数法，请写出全部数字";
	}
	if (mantissa > 0 && strcmp(number + mantissa, "%") == 0)
		return "带有“%”，请只填写数字，单位另填";
	if (mantissa > 0)
		return "带有数字以外的文字，请只填写数字，单位另填";
	return "不是数字";
}

/* Only digits, points and minus signs are left: -?(0|[1-9]d*)(.d+)? */
static const char *wrong_form(const char *text)
{
	const char *number = text + (*text == '-');
	size_t whole = strspn(number, "0123456789");
	const char *point = number + whole;

	if (strchr(number, '-') != NULL)
		return "有多余的负号，负号只写一个，写在最前面";
	if (*number == '\0')
		return "只有负号，没有数字";
	if (*point == '.' && strchr(point + 1, '.') != NULL)
		return "有多个小数点";
	if (whole == 0)
		return "小数点前没有数字，请补0";
	if (*point == '.' && point[1] == '\0')
		return "小数点后没有数字，请补全或去掉小数点";
	if (whole > 1 && *number == '0')
		return "以多余的0开头，请去掉";
	if (*text == '-' && strspn(number, "0.") == strlen(number))
		return "是负零，请填写0";
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int read_digits(const char *text, struct quantity *ret, const char **ret_why)
{
	bool negative = *text == '-', point = false;
	unsigned digits = 0;

	for (text += negative; *text != '\0'; text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		digits += ret->digits != 0 || *text != '0'; /* leading zeros are free */
		ret->scale += point;
		if (ret->scale > QUANTITY_SCALE_MAX) {
			*ret_why = "小数超过6位，请四舍五入后填写";
			return E_RANGE;
		}
		if (digits > QUANTITY_DIGITS_MAX) {
			*ret_why = "数字超过18位，请核对或改用更大的单位";
			return E_RANGE;
		}
		ret->digits = ret->digits * 10 + (*text - '0');
	}
	if (negative)
		ret->digits = -ret->digits;
	return 0;
}

void quantity_print_number(const struct quantity *quantity, char *out)
{
	const char *sign = quantity->digits < 0 ? "-" : "";
	uint64_t digits = (uint64_t)quantity->digits, power = 1;
	int scale = 0;

	if (quantity->digits < 0)
		digits = 0 - digits;
	for (; scale < (int)quantity->scale && scale < QUANTITY_SCALE_MAX; scale++)
		power *= 10;
	if (scale == 0)
		(void)snprintf(out, QUANTITY_TEXT_MAX, "%s%" PRIu64, sign, digits);
	else
		(void)snprintf(out, QUANTITY_TEXT_MAX, "%s%" PRIu64 ".%0*" PRIu64, sign,
		               digits / power, scale, digits % power);
}

void quantity_print(const struct quantity *quantity, char *out)
{
	char number[QUANTITY_TEXT_MAX];

	quantity_print_number(quantity, number);
	(void)snprintf(out, QUANTITY_TEXT_MAX, "%s%.24s%s%s",
	               quantity->hedge == HEDGE_ABOUT ? "约" : "", number,
	               quantity->hedge == HEDGE_MORE_THAN ? "多" : "",
	               quantity->unit->name);
}
