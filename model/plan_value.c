/* A figure as a plan writes it: hedge, number and unit in one word, "约27.28万户". */
#include <string.h>

#include "model/plan_internal.h"

#define NUMBER_SIZE 64

static const char about[] = "约", more_than[] = "多";

static bool skip(const char **text, const char *word);
static bool is_whole(const struct quantity *quantity);

bool plan_value_read(struct plan_reader *reader, const struct yaml_node *node,
                     struct quantity *ret_value)
{
	const char *text = node->kind == YAML_SCALAR ? node->text : "";
	const char *rest = text;
	const char *why = "数字过大或小数过多";
	const struct unit *unit;
	struct quantity value;
	enum hedge hedge = skip(&rest, about) ? HEDGE_ABOUT : HEDGE_NONE;
	size_t len = strspn(rest, "-0123456789.,");
	char number[NUMBER_SIZE] = "";

	if (len == 0 || len >= sizeof(number)) {
		yaml_problem(reader->problems, node->place,
		             "“%s”不是带单位的数：应当写成 1816个、约27.28万户、80多处",
		             text);
		return false;
	}
	memcpy(number, rest, len);
	rest += len;
	if (skip(&rest, more_than))
		hedge = HEDGE_MORE_THAN;
	unit = unit_find(rest);
	if (unit == NULL) {
		yaml_problem(
			reader->problems, node->place,
			"“%s”里的单位“%s”不认识：可用的单位见方案编写手册，如 个、户、"
			"万户、栋、亿元、万元、平方公里、万平方米、亩、公里、处、项",
			text, rest);
		return false;
	}
	if (quantity_parse(number, unit, &value, &why) < 0) {
		yaml_problem(reader->problems, node->place, "“%s”里的数“%s”不能用：%s",
		             text, number, why);
		return false;
	}
	value.hedge = hedge;
	*ret_value = value;
	return true;
}

static bool skip(const char **text, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*text, word, len) != 0)
		return false;
	*text += len;
	return true;
}

bool plan_share_of(const struct quantity *base, int64_t share_tenths,
                   struct quantity *ret_value)
{
	struct quantity value = *base;

	if (!is_whole(base) || share_tenths < 0 ||
	    __builtin_mul_overflow(base->digits, share_tenths, &value.digits) ||
	    __builtin_add_overflow(value.digits, INT64_C(999), &value.digits))
		return false;
	value.digits /= 1000;
	*ret_value = value;
	return true;
}

static bool is_whole(const struct quantity *quantity)
{
	return quantity->scale == 0 && quantity->digits >= 0;
}
