/* A store on a private PostgreSQL, and reports for it. */
#ifndef DUBAN_TESTS_REPORTS_H
#define DUBAN_TESTS_REPORTS_H

#include <uv.h>

#include "base/arena.h"
#include "server/store.h"

#define REPORTS_SECTIONS 5000  /* of the test's plan: so many can be put */
#define REPORTS_LIMIT    30000 /* ms; the longest that anything may take */

/* One report on its way, and what became of it. */
struct test_put {
	struct store_put put;
	struct report report;
	struct figure figures[2];
	struct verdict verdict;
	struct findings findings;
	char section[16];
	uint8_t hash[32];
	int over, status;
};

extern struct arena reports_arena;
extern struct pg *reports_pg;
extern struct store *reports_store;
extern int reports_up; /* the database is reachable: 1, or 0 */

/* Fill the database with a plan; once per program. */
void reports_prepare(void);
/* Open pg and store, and wait until the database is reachable. */
void reports_open(unsigned commits_max);
void reports_close(void);
/* Another store on the same database, as another server has one; closed by
 * reports_close(). */
struct store *reports_open_other(void);

/* A report of section @section, with an id made from @id; content from @content. In
 * reports_arena. */
struct test_put *reports_make(unsigned section, unsigned id, unsigned content);
/* Put it; fails the test when the store refuses. */
void reports_put(struct test_put *put);
/* Run the loop until @flag is @value, at most REPORTS_LIMIT. */
void reports_wait(const int *flag, int value);

#endif
