/* A private PostgreSQL for a test program. */
#ifndef DUBAN_TESTS_DATABASE_H
#define DUBAN_TESTS_DATABASE_H

#include <stdint.h>

/* First thing in main(): runs the program again inside tests/support/pg.sh. */
void database_enter(char **argv);
const char *database_conninfo(void);
const char *database_folder(void);
/* "start", "stop" or "crash"; blocks until it is so. */
void database_control(const char *verb);
/* Run SQL on a connection of its own, blocking; the first value as a number, or 0. */
int64_t database_run(const char *sql);

#endif
