/*
 * The sample file, from the table: what an operator reads and edits, and so
 * written to mean, unedited, what no file at all would mean.
 */
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/config_value.h"
#include "base/text.h"
#include "base/utf8.h"

#define WIDTH 78 /* of a comment line, in columns; Chinese takes two */

static void print_section(const struct config_setting *table, const char *section,
                          FILE *out);
static void print_row(const struct config_setting *row, FILE *out);
static void print_comment(const char *text, FILE *out);
static size_t line_length(const char *text);
static void print_special(const struct config_setting *row, FILE *out);
static void print_text(const char *text, FILE *out);

void config_print_sample(const struct config_setting *table, FILE *out)
{
	(void)fprintf(out, "# %s\n", _("全部设置及其默认值。任何一行都可以省去。"));
	for (const struct config_setting *row = table; row->name != NULL; row++)
		if (config_begins_section(table, row))
			print_section(table, row->section, out);
}

static void print_section(const struct config_setting *table, const char *section,
                          FILE *out)
{
	(void)fprintf(out, "\n%s:\n", section);
	for (const struct config_setting *row = table; row->name != NULL; row++)
		if (strcmp(row->section, section) == 0)
			print_row(row, out);
}

static void print_row(const struct config_setting *row, FILE *out)
{
	char allowed[CONFIG_ALLOWED_MAX];

	config_value_allowed(row, allowed, sizeof(allowed));
	if (row->help != NULL)
		print_comment(_(row->help), out);
	if (row->type != CONFIG_TEXT && row->type != CONFIG_SPECIAL)
		(void)fprintf(out, _("  # 可用：%s\n"), allowed);
	if (row->value == NULL) {
		(void)fprintf(out, "  # %s:\n", row->name);
	} else if (row->type == CONFIG_SPECIAL) {
		print_special(row, out);
	} else {
		(void)fprintf(out, "  %s: ", row->name);
		if (row->type == CONFIG_TEXT)
			print_text(row->value, out);
		else
			(void)fputs(row->value, out);
		(void)fputc('\n', out);
	}
}

/* Broken at line ends that are in the text, and where a line is full. */
static void print_comment(const char *text, FILE *out)
{
	while (*text != '\0') {
		size_t len = line_length(text);

		(void)fprintf(out, "  # %.*s\n", (int)len, text);
		text += len;
		text += *text == ' ' || *text == '\n';
	}
}

/* A line ends at a space, or before a Chinese character; not before a sign such as 。 */
static size_t line_length(const char *text)
{
	size_t len = 0, fits = 0, columns = 4;

	while (text[len] != '\0' && text[len] != '\n') {
		uint32_t character = 0;
		size_t step = utf8_first(bytes_of_str(text + len), &character);
		bool wide = character >= 0x2e80 && character < 0xff5f;
		bool sign = character >= 0x3000 &&
		            (character < 0x3020 || character >= 0xff00);

		if (len > 0 && (character == ' ' || (wide && !sign)))
			fits = len;
		columns += wide ? 2 : 1;
		if (columns > WIDTH && fits > 0)
			return fits;
		len += step > 0 ? step : 1;
	}
	return len;
}

/* A default of several lines, or one that begins a list, stands below its name. */
static void print_special(const struct config_setting *row, FILE *out)
{
	const char *text = row->value;

	if (strchr(text, '\n') == NULL && strncmp(text, "- ", 2) != 0) {
		(void)fprintf(out, "  %s: %s\n", row->name, text);
		return;
	}
	(void)fprintf(out, "  %s:\n", row->name);
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		(void)fprintf(out, "    %.*s\n", (int)len, text);
		text += len;
		text += *text != '\0';
	}
}

/* In quotes unless every reader of YAML takes it for the same text without. */
static void print_text(const char *text, FILE *out)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./-";

	if (text[0] != '\0' && text[0] != '-' && text[strspn(text, plain)] == '\0') {
		(void)fputs(text, out);
		return;
	}
	(void)fputc('"', out);
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			(void)fprintf(out, "\\%c", *text);
		else if ((*text > 0 && *text < ' ') || *text == 0x7f)
			(void)fprintf(out, "\\x%02x", (unsigned)*text);
		else
			(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}
