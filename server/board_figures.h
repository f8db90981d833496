/*
 * The board's arithmetic: from newest figures to lights, for every unit and for the city.
 * Pure; may run on a worker thread.
 */
#ifndef DUBAN_SERVER_BOARD_FIGURES_H
#define DUBAN_SERVER_BOARD_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/city.h"
#include "model/evidence.h"
#include "model/period.h"
#include "model/plan.h"
#include "model/progress.h"
#include "model/report.h"

#define BOARD_OVERDUE_MAX 10000 /* items in the list; more are left out */

/* The newest report of a unit for a section. */
struct board_report {
	const char *unit, *section, *period;
	const char *number;
	bool late;
	struct evidence evidence;
};
/* A report that is due and not there. */
struct board_missing {
	const char *unit, *section, *period;
	int64_t due_at;
	unsigned level; /* how far up it was told */
};
/* How far up an overdue target was told. */
struct board_level {
	const char *unit, *section, *target;
	unsigned level;
};

/* A light that the newest report turned from red, and by which report. */
struct board_remembered {
	const char *unit, *section, *target, *number;
};

struct board_facts {
	int64_t now;                        /* plan time */
	const struct board_report *reports; /* ascending by unit, section, as bytes */
	size_t report_count;
	const struct board_missing *missing;
	size_t missing_count;
	const struct board_level *levels; /* ascending by unit, section, target */
	size_t level_count;
	const struct board_remembered
		*remembered; /* ascending by unit, section, target */
	size_t remembered_count;
};

/* A unit's part in a target, or the city's whole. */
struct board_line {
	const struct plan_target *target;
	const struct plan_unit *unit; /* NULL: the city */
	struct quantity task, done;
	bool has_done;
	struct counted counted; /* a unit's: how far its figure stands */
	day on;                 /* what the figures cover */
	struct standing standing;
	uint32_t reported, expected; /* the city's: units whose figures are in it */
};

struct board_cell {
	enum light light;
	bool has_gap;
	int64_t gap_tenths;
	const struct board_report *report; /* or NULL */
	struct board_line *lines;
	size_t line_count;
};

struct board_section {
	const struct plan_section *section;
	struct board_cell *cells;   /* one per unit of the plan */
	struct board_line *targets; /* one per target of the section */
};

struct board_overdue {
	const char *unit, *section;
	size_t unit_index, section_index; /* where they stand in the plan */
	const char *period, *target;      /* one of them; the other is "" */
	int64_t due_at;
	uint32_t workdays;
	unsigned level;
};

struct board {
	const struct plan *plan;
	int64_t now;
	bool has_period; /* a period was due already */
	char period[PERIOD_TEXT_MAX];
	int64_t cutoff_at; /* 0 without a period */
	day on;            /* the day that the board's figures cover */
	struct board_section *sections;
	struct board_overdue *overdue; /* by unit, section, due time */
	size_t overdue_count;
	size_t line_count;         /* of all cells */
	struct city_check *checks; /* in the plan's order */
	size_t check_count;
};

/* Everything in @arena, borrowing from @plan and @facts. E_NOMEM. */
int board_judge(struct arena *arena, const struct plan *plan,
                const struct board_facts *facts, struct board **ret_board);

#endif
