/*
 * The sample file, from the table: what an operator reads and edits, and so
 * written to mean, unedited, what no file at all would mean.
 */
#include <stdio.h>
#include <string.h>

#include "base/config.h"
#include "base/config_value.h"

#define WIDTH 78 /* of a comment line, in bytes */

static void print_section(const struct config_setting *table, const char *section,
                          FILE *out);
static void print_row(const struct config_setting *row, FILE *out);
static void print_comment(const char *text, FILE *out);
static void print_special(const struct config_setting *row, FILE *out);
static void print_text(const char *text, FILE *out);

void config_print_sample(const struct config_setting *table, FILE *out)
{
	(void)fprintf(out, "# Every setting, at its default. A line may be left out.\n");
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
		print_comment(row->help, out);
	if (row->type != CONFIG_TEXT && row->type != CONFIG_SPECIAL)
		(void)fprintf(out, "  # Allowed: %s.\n", allowed);
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

/* Broken at spaces, and at line ends that are in the text. */
static void print_comment(const char *text, FILE *out)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		if (len > WIDTH - 4) {
			const char *space = memrchr(text, ' ', WIDTH - 4);

			len = space != NULL ? (size_t)(space - text)
			                    : strcspn(text, " \n");
		}
		(void)fprintf(out, "  # %.*s\n", (int)len, text);
		text += len;
		text += *text != '\0';
	}
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
