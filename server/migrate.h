/*
 * The schema: numbered SQL files, applied in order, each once.
 *
 * Blocking: for the command line, or for a thread of the pool; every wait has a limit.
 */
#ifndef DUBAN_SERVER_MIGRATE_H
#define DUBAN_SERVER_MIGRATE_H

#include <stdbool.h>

/* What this program was written for; it also serves the next. */
#define SCHEMA_VERSION  14
#define MIGRATE_WHY_MAX 500

struct migrate {
	const char *conninfo, *directory; /* borrowed */
	/* Told of each step in a sentence; may be NULL. */
	void (*tell)(void *context, const char *line);
	void *context;

	unsigned schema;  /* result: the newest version that is applied; 0: none */
	unsigned pending; /* result: files that are not applied yet */
	char why[MIGRATE_WHY_MAX]; /* result: what is wrong, for the operator */
};

/* Where the files are when the settings do not say: installed, or in the source tree for
 * a program that runs from its build tree. Static. */
const char *migrate_directory(void);

/*
 * Apply what is not applied yet, each file in a transaction, under an advisory lock.
 *
 *   E_DOWN     the database is not reachable, or the lock was not to be had in time
 *   E_IO       the folder or a file cannot be read
 *   E_SYNTAX   the files are not numbered 1, 2, 3 ...
 *   E_CORRUPT  an applied file is missing here, or was changed since
 *   E_REFUSED  the database refused a file; it and later ones are not applied
 *   E_NOMEM
 */
int migrate_run(struct migrate *migrate);
/*
 * Look only, and at the files too when @directory is not NULL. Errors as above, and
 * E_VERSION: the schema is not one that this program serves; why says which it is and
 * what to do.
 */
int migrate_check(struct migrate *migrate);

#endif
