/*
 * Assessment (考核): one unit's score by the plan's own formula.
 *
 * Everything that is known of a unit goes in, as of one instant; out come points, each
 * with the sentence that says why, the line of scoring.yaml that it follows and the
 * number of the report behind it. Pure: the same facts, in whatever order, give the same
 * score to the byte. What a unit cannot help (the centre was away, the plan was changed
 * late) is taken out here, and said.
 *
 * Points are whole hundredths. A point is rounded once, when it is given, half up; all
 * that follows is exact until the rate of the whole is rounded, once, half up, to a tenth
 * of a per cent. What is printed is what is added, so that a unit can add it up by hand.
 */
#ifndef DUBAN_MODEL_SCORE_H
#define DUBAN_MODEL_SCORE_H

#include "base/bytes.h"
#include "model/period.h"
#include "model/progress.h"

#define SCORE_RANGE_TEXT_MAX 32 /* of score_range_print(), with NUL */

/* Which periods are assessed: those that end in these days. */
struct score_range {
	struct period from, to; /* of one frequency; often the same */
};

/* "2022", "2022-Q4", "2022-09" or "2022-07..2022-09". E_SYNTAX; E_RANGE: ends before it
 * begins. */
int score_range_parse(const char *text, struct score_range *ret_range);
void score_range_print(const struct score_range *range, char *out);
day score_range_first_day(const struct score_range *range);
day score_range_last_day(const struct score_range *range);

/* Times in which some server was there to take reports, and those in which none was. */
struct score_span {
	int64_t from, to;
};

/* A report that was sent back; what was withdrawn is left out. */
struct score_return {
	const char *number; /* that was returned */
	int64_t returned_at, due;
	const char *answered_by; /* "": nobody yet */
	int64_t answered_at;
};

/* A report that took the place of another without having been asked to. */
struct score_change {
	const char *number;
	int64_t received_at;
	int64_t passed_at; /* when the office had passed the one before; 0: it had not */
};

/* A report that the plan asked for, and what is known of it. 0: not so. */
struct score_obligation {
	const struct plan_section *section;
	struct period period;
	int64_t due, lock;
	int64_t extended_due, extended_lock; /* a granted extension */
	int64_t earlier_due; /* an earlier version gave until then, and was changed */
	uint32_t moved_by;   /* by this version */
	int64_t asked_at;    /* when it was asked for first */
	uint32_t asked_by;   /* by this version */
	const char *number;  /* of the first report; "": none came */
	int64_t received_at, waived_at;
	unsigned explained; /* figures of the newest report that state a reason */
	const struct score_return *returns; /* ascending */
	size_t return_count;
	const struct score_change *changes;
	size_t change_count;
};

/* Where a target of the unit stood at the last cut-off that was judged. */
struct score_progress {
	const struct plan_target *target;
	struct period period;
	const char *number; /* "": no report came */
	enum light light;
	bool reported, has_expected;
	int64_t done_tenths, expected_tenths;
	day on;
};

struct score_facts {
	const struct plan *plan;
	uint32_t plan_version;
	const struct plan_unit *unit;
	struct score_range range;
	int64_t known_at;                           /* nothing later is in the facts */
	const struct score_obligation *obligations; /* in any order */
	size_t obligation_count;
	const struct score_progress *progress;
	size_t progress_count;
	const struct score_span *outages; /* as score_outages() gives them */
	size_t outage_count;
};

struct score_point {
	enum score_part part;
	const char *rule;                   /* "timeliness.late" in scoring.yaml */
	const struct plan_section *section; /* NULL: the unit as a whole */
	const struct plan_target *target;   /* NULL: a report */
	const char *period, *number;        /* "" when there is none */
	bool counted;                       /* false: in no denominator; both are 0 */
	int64_t points, possible;           /* hundredths; @points < 0: taken away */
	const char *sentence;
};

/* Late, missing and wrong, each by itself. */
struct score_counts {
	unsigned asked; /* reports whose time is over: on time + late + missing */
	unsigned on_time, late, missing;
	unsigned wrong; /* reports that were returned, or corrected after they passed */
	unsigned returned, corrected; /* how often */
	unsigned waived;              /* late, and held against nobody after a contest */
	unsigned deducted; /* in time only because centre or plan were at fault */
	unsigned excused;  /* not reported, and could not be */
	unsigned waiting;  /* due, not here, and not locked yet */
};

struct score_tally {
	int weight;               /* per cent */
	int64_t points, possible; /* hundredths; possible 0: the unit has nothing in it */
};

struct score {
	const struct score_facts *facts;
	struct score_tally parts[SCORE_PARTS];
	struct score_counts counts;
	struct score_point *points;
	size_t point_count;
	bool has_rate;       /* false: nothing is asked of the unit; it has no rank */
	int64_t rate_tenths; /* per cent of its own possible points */
};

/*
 * Score one unit. Borrows the facts, and lives in @arena.
 *
 *   E_STATE  the plan has no formula      E_NOMEM
 */
int score_judge(struct arena *arena, const struct score_facts *facts,
                struct score *ret_score);
/* The canonical bytes of a duban.v1.ScoreRecord. E_NOMEM. */
int score_encode(struct arena *arena, const struct score *score, struct bytes *ret_bytes);
/*
 * Ranks from 1; equal rates share one, and the next is left out. 0: no rate, no rank.
 * @ret_ranks has room for @count.
 */
void score_rank(const struct score *scores, size_t count, unsigned *ret_ranks);
/* The plan's formula as sentences, a line each. NULL: no memory. "" without one. */
const char *score_formula(struct arena *arena, const struct plan *plan);
/* "9.1", "10", "-0.25": at most 24 bytes with NUL. */
void points_print(int64_t hundredths, char *out);

/*
 * Times of at least @minutes in which no span covers, ascending and apart. Before the
 * first and after the last span nothing is known, and nothing is an outage. Sorts @spans.
 * E_NOMEM.
 */
int score_outages(struct arena *arena, struct score_span *spans, size_t count,
                  int minutes, const struct score_span **ret_outages, size_t *ret_count);

#endif
