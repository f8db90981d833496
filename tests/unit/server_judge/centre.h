/* A centre for tests: everything of duband but its listeners, on a private PostgreSQL. */
#ifndef DUBAN_TESTS_CENTRE_H
#define DUBAN_TESTS_CENTRE_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "server/server.h"
#include "server/settings.h"

#define CENTRE_PATIENCE 60000 /* ms; the longest that anything may take */
#define CENTRE_PLAN     "changsha-2022-55"

struct centre {
	struct server srv;
	struct settings settings;
	struct pg *pg;
	bool up;
	unsigned closing;
};

/* Apply the real plan with its sample to the database, as of its start; once a program.
 */
void centre_prepare(int64_t start_at);
/* Open a centre on the default loop and wait until it has read the plan. */
void centre_open(struct centre *centre, const struct contact *contacts, size_t count);
void centre_close(struct centre *centre);

/* Run the loop until @flag is true. */
void centre_wait(const bool *flag);
/* Judge everything at or before the present plan time. */
void centre_settle(struct centre *centre);
/* Step the clock to the next instant and judge it; false at the end. */
bool centre_step(struct centre *centre);

/* Store a report by SQL, as the ledger would have it: @figure of @indicator, or none. */
void centre_report(const char *unit, const char *section, const char *period,
                   const char *indicator, const char *figure, const char *unit_name);
/* "2022-10-08 17:30" in the plan's time. */
int64_t centre_at(const char *text);
void centre_set_clock(const char *text);

#endif
