/* The numbered SQL files of a folder. For migrate.c. */
#ifndef DUBAN_SERVER_MIGRATE_FILES_H
#define DUBAN_SERVER_MIGRATE_FILES_H

#include <stddef.h>

#include "model/receipt.h"

#define MIGRATION_FILES_MAX 1000
#define MIGRATION_SIZE_MAX  (1024 * 1024)
#define MIGRATION_NAME_MAX  128

struct migration_file {
	unsigned number;
	char name[MIGRATION_NAME_MAX]; /* "0001_init.sql" */
	char *sql;
	uint8_t checksum[HASH_SIZE]; /* SHA-256 of the bytes */
};

struct migration_files {
	struct migration_file *items; /* items[i].number == i + 1 */
	size_t count;
};

/* Read them all, in order. E_IO, E_SYNTAX (numbers with gaps, or none at all), E_NOMEM;
 * @why takes a sentence of up to MIGRATE_WHY_MAX bytes. */
int migration_files_read(struct migration_files *files, const char *directory, char *why);
void migration_files_finish(struct migration_files *files);
static inline void migration_files_finishp(struct migration_files *files)
{
	migration_files_finish(files);
}

#endif
