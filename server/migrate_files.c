/* The numbered SQL files of a folder: NNNN_name.sql, without gaps. */
#include "server/migrate_files.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "server/migrate.h"

static int is_migration(const struct dirent *entry);
static int read_one(struct migration_file *file, unsigned number, const char *directory,
                    const char *name, char *why);
static int slurp(struct migration_file *file, const char *path);

int migration_files_read(struct migration_files *files, const char *directory, char *why)
{
	struct dirent **names = NULL;
	int count = scandir(directory, &names, is_migration, alphasort), r = 0;

	if (count <= 0) {
		(void)snprintf(why, MIGRATE_WHY_MAX, "%s: %s", directory,
		               count < 0 ? strerror(errno) : "no migrations are here");
		free(names);
		return count < 0 ? E_IO : E_SYNTAX;
	}
	files->items = calloc((size_t)count, sizeof(files->items[0]));
	if (files->items == NULL)
		r = E_NOMEM;
	for (int i = 0; i < count; i++) {
		if (r == 0) {
			r = read_one(&files->items[i], (unsigned)i + 1, directory,
			             names[i]->d_name, why);
			files->count++;
		}
		free(names[i]);
	}
	free(names);
	return r;
}

static int is_migration(const struct dirent *entry)
{
	const char *name = entry->d_name, *dot = strrchr(name, '.');

	return isdigit((unsigned char)name[0]) && dot != NULL && strcmp(dot, ".sql") == 0;
}

static int read_one(struct migration_file *file, unsigned number, const char *directory,
                    const char *name, char *why)
{
	char path[4096], *end;
	unsigned long found = strtoul(name, &end, 10);
	int r;

	if (found != number || end - name != 4 || *end != '_' ||
	    strlen(name) >= MIGRATION_NAME_MAX || number > MIGRATION_FILES_MAX) {
		(void)snprintf(why, MIGRATE_WHY_MAX,
		               "%s/%s: migrations are numbered without gaps, and this "
		               "should be %04u_...sql",
		               directory, name, number);
		return E_SYNTAX;
	}
	file->number = number;
	memcpy(file->name, name, strlen(name) + 1);
	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	r = slurp(file, path);
	if (r < 0)
		(void)snprintf(why, MIGRATE_WHY_MAX, "%.300s: %s", path, strerror(errno));
	return r;
}

static int slurp(struct migration_file *file, const char *path)
{
	AUTO(fclosep) FILE *in = fopen(path, "re");
	size_t len;

	if (in == NULL)
		return E_IO;
	file->sql = calloc(1, MIGRATION_SIZE_MAX + 2);
	if (file->sql == NULL)
		return E_NOMEM;
	len = fread(file->sql, 1, MIGRATION_SIZE_MAX + 1, in);
	if (len > MIGRATION_SIZE_MAX)
		errno = EFBIG;
	if (ferror(in) || len > MIGRATION_SIZE_MAX)
		return E_IO;
	sha256(bytes_of(file->sql, len), file->checksum);
	return 0;
}

void migration_files_finish(struct migration_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->items[i].sql);
	free(files->items);
	*files = (struct migration_files){0};
}
