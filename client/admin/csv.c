/*
 * CSV for spreadsheets: written beside the file, then put in its place, so that a full
 * disk never leaves half a list that looks whole.
 */
#include "client/admin/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "client/admin/admin.h"

struct csv {
	FILE *out;
	const char *path;
	char *partial;
	bool in_row, finished;
};

static bool looks_like_a_formula(const char *text);

int csv_create(const char *path, struct csv **ret_csv)
{
	struct csv *csv = calloc(1, sizeof(*csv));
	int error;

	if (csv == NULL || asprintf(&csv->partial, "%s.partial", path) < 0) {
		free(csv);
		return admin_error("%s", text_err(E_NOMEM));
	}
	csv->path = path;
	csv->out = fopen(csv->partial, "we");
	error = errno;
	if (csv->out == NULL) {
		(void)admin_error(_("%s 无法写入：%s"), csv->partial, text_errno(error));
		free(csv->partial);
		free(csv);
		return ADMIN_FAILED;
	}
	(void)fputs("\xEF\xBB\xBF", csv->out);
	*ret_csv = csv;
	return ADMIN_OK;
}

void csv_cell(struct csv *csv, const char *text)
{
	if (csv->in_row)
		(void)fputc(',', csv->out);
	csv->in_row = true;
	(void)fputc('"', csv->out);
	if (looks_like_a_formula(text))
		(void)fputc('\'', csv->out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			(void)fputc('"', csv->out);
		(void)fputc(*text, csv->out);
	}
	(void)fputc('"', csv->out);
}

static bool looks_like_a_formula(const char *text)
{
	size_t number = text[0] == '-' || text[0] == '+' ? 1 : 0;

	if (text[0] == '\0' || strchr("=+-@\t\r", text[0]) == NULL)
		return false;
	number += strspn(text + number, "0123456789.");
	return text[number] != '\0' || number < 2;
}

void csv_end_row(struct csv *csv)
{
	(void)fputs("\r\n", csv->out);
	csv->in_row = false;
}

int csv_finish(struct csv *csv)
{
	FILE *out = csv->out;
	bool failed = ferror(out) != 0;
	int error;

	csv->out = NULL;
	errno = EIO; /* of a write that failed before; the others set their own */
	failed = fclose(out) != 0 || failed || rename(csv->partial, csv->path) < 0;
	error = errno;
	if (failed)
		return admin_error(_("%s 无法写入：%s"), csv->path, text_errno(error));
	csv->finished = true;
	(void)fprintf(stderr, _("已写入 %s\n"), csv->path);
	return ADMIN_OK;
}

void csv_destroy(struct csv *csv)
{
	if (csv == NULL)
		return;
	if (csv->out != NULL)
		(void)fclose(csv->out);
	if (!csv->finished)
		(void)unlink(csv->partial);
	free(csv->partial);
	free(csv);
}
