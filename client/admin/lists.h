/*
 * duban lists: the plan as four lists (四清单) that are whole, filtered alike and
 * exported alike; and the checker that finds where they do not meet.
 */
#ifndef DUBAN_CLIENT_ADMIN_LISTS_H
#define DUBAN_CLIENT_ADMIN_LISTS_H

#include <duban/v1/board.pb-c.h>
#include <popt.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/plan.h"

struct admin;
struct table;

extern const struct poptOption lists_targets_options[], lists_people_options[],
	lists_check_options[];

/* What a list was asked for: names that the plan has, or NULL for all. */
struct lists {
	struct admin *admin;
	const struct plan *plan;
	const struct plan_unit *unit;
	const struct plan_section *section;
	const char *target; /* id */
	const char *state;  /* as it was typed */
	const char *csv;
	bool overdue, split;
	day today; /* plan time */
	const Duban__V1__GetBoardResponse *board;
};

/* Fetch plan, board and time, and read the options. An admin_exit. */
int lists_start(struct admin *admin, struct lists *ret);
/* Do the filters let this through? @target may be NULL: any of the section's. */
bool lists_shows(const struct lists *lists, const struct plan_section *section,
                 const char *target);
/* One state of a list, by Chinese word or English key; -1: not given. ADMIN_USAGE, after
 * saying what is allowed, when it is none of them. */
struct lists_state {
	const char *zh, *key; /* N_() */
};
int lists_read_state(const struct lists *lists, const struct lists_state *states,
                     size_t count, int *ret_state);
/* The board's line of a unit (NULL: the city's) for a target; NULL: there is none. */
const Duban__V1__BoardTarget *lists_city(const struct lists *lists,
                                         const struct plan_target *target);
const Duban__V1__BoardLine *lists_line(const struct lists *lists,
                                       const struct plan_target *target,
                                       const struct plan_unit *unit);

/* Begin: with @path (which may be NULL) the list becomes a CSV file. ADMIN_USAGE together
 * with --json. */
int lists_begin(struct admin *admin, struct table *table, const char *path);
/*
 * Print and destroy a list that holds @total rows in all: with --json {"complete": ...,
 * "total": ..., "rows": [...]}, for people the table and how many of how many it is.
 * @code is passed on when it is not ADMIN_OK. Gives an admin_exit.
 */
int lists_end(struct admin *admin, struct table *table, int code, uint64_t total);

int lists_targets(struct admin *admin, const char *const *args);
int lists_people(struct admin *admin, const char *const *args);
int lists_check(struct admin *admin, const char *const *args);

#endif
