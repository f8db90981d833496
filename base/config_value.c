/* One setting's value: text to number, and numbers to the words of a message. */
#include "base/config_value.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"
#include "base/text.h"

/* Largest first, so that the first which divides a number is the one to print. */
struct unit {
	const char *name;
	long factor;
};

static const struct unit durations[] = {{"d", 24 * 60 * 60 * 1000},
                                        {"h", 60 * 60 * 1000},
                                        {"m", 60 * 1000},
                                        {"s", 1000},
                                        {"ms", 1},
                                        {NULL, 0}};
static const struct unit sizes[] = {{"GiB", 1024 * 1024 * 1024},
                                    {"MiB", 1024 * 1024},
                                    {"KiB", 1024},
                                    {"", 1},
                                    {NULL, 0}};
static const struct unit plain[] = {{"", 1}, {NULL, 0}};

static const struct unit *units_of(enum config_type type);
static int read_number(const struct config_setting *row, const char *text, long *out);
static int read_unsigned(const char *text, const struct unit *units, long *ret_value);
static int read_bool(const char *text, bool *out);
static int read_choice(const char *choices, const char *text, int *out);
static void print_choices(char *out, size_t size, const char *choices);
static void print_number(char *out, size_t size, const struct unit *units, long value);

int config_value_read(const struct config_setting *row, void *settings,
                      struct arena *arena, const char *text)
{
	void *member = (char *)settings + row->offset;
	const char *copy;

	CHECK(row->type != CONFIG_SPECIAL);
	switch (row->type) {
	case CONFIG_TEXT:
		copy = arena_strdup(arena, text);
		if (copy == NULL)
			return E_NOMEM;
		*(const char **)member = copy;
		return 0;
	case CONFIG_INTEGER:
	case CONFIG_DURATION:
	case CONFIG_SIZE:
		return read_number(row, text, member);
	case CONFIG_BOOL:
		return read_bool(text, member);
	case CONFIG_CHOICE:
		return read_choice(row->choices, text, member);
	case CONFIG_SPECIAL:
		break;
	}
	return E_INTERNAL;
}

static const struct unit *units_of(enum config_type type)
{
	switch (type) {
	case CONFIG_DURATION:
		return durations;
	case CONFIG_SIZE:
		return sizes;
	default:
		return plain;
	}
}

static int read_number(const struct config_setting *row, const char *text, long *out)
{
	bool negative = text[0] == '-';
	long value;
	int r = read_unsigned(text + negative, units_of(row->type), &value);

	if (r < 0)
		return r;
	if (negative)
		value = -value;
	if (value < row->min || value > row->max)
		return E_RANGE;
	*out = value;
	return 0;
}

/* Digits, then a unit; a unit named "" may be left out. */
static int read_unsigned(const char *text, const struct unit *units, long *ret_value)
{
	const char *digit = text;
	long value = 0;

	for (; *digit >= '0' && *digit <= '9'; digit++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, *digit - '0', &value))
			return E_RANGE;
	if (digit == text)
		return E_SYNTAX;
	for (; units->name != NULL; units++) {
		if (strcmp(digit, units->name) != 0)
			continue;
		if (__builtin_mul_overflow(value, units->factor, &value))
			return E_RANGE;
		*ret_value = value;
		return 0;
	}
	return E_SYNTAX;
}

static int read_bool(const char *text, bool *out)
{
	bool value = strcmp(text, "true") == 0;

	if (!value && strcmp(text, "false") != 0)
		return E_SYNTAX;
	*out = value;
	return 0;
}

static int read_choice(const char *choices, const char *text, int *out)
{
	size_t len = strlen(text);

	for (int index = 0; choices != NULL; index++) {
		const char *bar = strchrnul(choices, '|');

		if ((size_t)(bar - choices) == len && memcmp(choices, text, len) == 0) {
			*out = index;
			return 0;
		}
		choices = *bar == '|' ? bar + 1 : NULL;
	}
	return E_SYNTAX;
}

void config_value_allowed(const struct config_setting *row, char *out, size_t size)
{
	char min[32], max[32];

	print_number(min, sizeof(min), units_of(row->type), row->min);
	print_number(max, sizeof(max), units_of(row->type), row->max);
	switch (row->type) {
	case CONFIG_TEXT:
		(void)snprintf(out, size, "%s", _("文本"));
		break;
	case CONFIG_INTEGER:
		(void)snprintf(out, size, _("%s 至 %s 的整数"), min, max);
		break;
	case CONFIG_BOOL:
		(void)snprintf(out, size, "%s", _("true 或 false"));
		break;
	case CONFIG_DURATION:
		(void)snprintf(out, size, _("%s 至 %s 的时长（整数加 ms、s、m、h 或 d）"),
		               min, max);
		break;
	case CONFIG_SIZE:
		(void)snprintf(out, size,
		               _("%s 至 %s 的大小（字节数，或整数加 KiB、MiB、GiB）"),
		               min, max);
		break;
	case CONFIG_CHOICE:
		print_choices(out, size, row->choices);
		break;
	case CONFIG_SPECIAL:
		(void)snprintf(out, size, "%s", _("见本项说明"));
		break;
	}
}

/* "a|b|c" as "a、b、c 之一", cut if there are very many. */
static void print_choices(char *out, size_t size, const char *choices)
{
	const char *comma = _("、");
	char list[CONFIG_ALLOWED_MAX / 2];
	size_t len = 0;

	for (; *choices != '\0' && len + strlen(comma) + 1 < sizeof(list); choices++)
		len += (size_t)(*choices == '|' ? snprintf(list + len, sizeof(list) - len,
		                                           "%s", comma)
		                                : snprintf(list + len, sizeof(list) - len,
		                                           "%c", *choices));
	list[len] = '\0';
	(void)snprintf(out, size, _("%s 之一"), list);
}

static void print_number(char *out, size_t size, const struct unit *units, long value)
{
	while (value % units->factor != 0 || (value == 0 && units->factor > 1000))
		units++;
	(void)snprintf(out, size, "%ld%s", value / units->factor, units->name);
}

bool config_begins_section(const struct config_setting *table,
                           const struct config_setting *row)
{
	while (strcmp(table->section, row->section) != 0)
		table++;
	return table == row;
}
