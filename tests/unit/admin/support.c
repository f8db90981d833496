/* Folders, files, and what was printed. */
#include "tests/unit/admin/support.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/auto.h"

#define TEXT_MAX (1024 * 1024)

static int saved_stdout = -1;
static FILE *captured;

char *folder_create(void)
{
	char *folder = strdup("/tmp/test_admin_XXXXXX");

	assert_non_null(folder);
	assert_non_null(mkdtemp(folder));
	return folder;
}

static int remove_one(const char *path, const struct stat *about, int type,
                      struct FTW *where)
{
	(void)about;
	(void)type;
	(void)where;
	return remove(path);
}

void folder_remove(const char *folder)
{
	(void)nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static FILE *open_file(const char *folder, const char *name, const char *mode)
{
	char path[4096];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, mode);
	assert_non_null(file);
	return file;
}

void file_write(const char *folder, const char *name, const void *data, size_t len)
{
	AUTO(fclosep) FILE *file = open_file(folder, name, "we");

	assert_int_equal(fwrite(data, 1, len, file), len);
}

static char *read_all(FILE *file)
{
	char *text = calloc(1, TEXT_MAX);

	assert_non_null(text);
	assert_true(fread(text, 1, TEXT_MAX, file) < TEXT_MAX);
	return text;
}

char *file_read(const char *folder, const char *name)
{
	AUTO(fclosep) FILE *file = open_file(folder, name, "re");

	return read_all(file);
}

void capture_start(void)
{
	(void)fflush(stdout);
	saved_stdout = dup(STDOUT_FILENO);
	captured = tmpfile();
	assert_non_null(captured);
	assert_true(dup2(fileno(captured), STDOUT_FILENO) >= 0);
}

char *capture_end(void)
{
	char *text;

	(void)fflush(stdout);
	assert_true(dup2(saved_stdout, STDOUT_FILENO) >= 0);
	(void)close(saved_stdout);
	rewind(captured);
	text = read_all(captured);
	(void)fclose(captured);
	return text;
}
