/*
 * What a plan asks, and when: its periods and instants, as data. Pure.
 *
 * A plan asks the same of many units at the same instants, so the expansion keeps short
 * lists and leaves the multiplication to the database, which does it when the time comes:
 *
 *	obligations = periods x pairs             every report that is asked for
 *	timetable   = instants x pairs            kinds 1, 2 and 3
 *	            + targets x their units       kind 4, one row a part and step
 *
 * A *pair* is a unit and a section that it reports. The instants:
 *
 *	kind 1  report due soon   at the schedule's reminder, so that there is time to act
 *	kind 2  report overdue    level 0 at the due time, to the unit itself; level n
 *when step n of the ladder is taken: nobody acted until then kind 3  behind            at
 *the lock of each period, when every figure that can come has come: one row a pair that
 *has a part in a measured target; the judge looks at all its targets kind 4  target
 *overdue    level 0 when the report that covers the deadline falls due, because only then
 *can anybody know; level n by the ladder from there. One row a part with a task in a
 *measured target
 *
 * due_at is what the alert speaks of: the report's due time for kinds 1 and 2, the
 * cut-off of the data for kind 3, the last millisecond of the deadline's day for kind 4.
 *
 * A version that is applied late asks only for what can still be given: periods that are
 * locked already are left out, and for what was due before, the ladder starts at the
 * instant of applying, so that nobody is reported upwards before being told.
 */
#ifndef DUBAN_SERVER_TIMETABLE_H
#define DUBAN_SERVER_TIMETABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/notice.h"
#include "model/period.h"
#include "model/plan.h"

#define TIMETABLE_PERIODS_MAX 1200 /* a hundred years of months */

struct timetable_period {
	char period[PERIOD_TEXT_MAX];
	day end; /* the period's last day */
	int64_t opens, due, lock;
};

struct timetable_pair {
	const char *unit, *section;
	bool measured; /* has a part in a target that is measured: kind 3 */
};

/* Kinds 1 to 3: for every pair (kind 3: every measured one). */
struct timetable_instant {
	int64_t at, due;
	enum alert_kind kind;
	unsigned level;
	const char *period; /* in the periods list */
};

/* Kind 4: for these units, whose parts have the same deadline. */
struct timetable_target {
	int64_t at, due;
	unsigned level;
	const char *section, *target;
	const char *const *units; /* codes; the steps of one deadline share the array */
	size_t unit_count;
};

struct timetable {
	const struct timetable_period *periods;
	const struct timetable_pair *pairs;
	const struct timetable_instant *instants;
	const struct timetable_target *targets;
	size_t period_count, pair_count, instant_count, target_count;
	int first_year, last_year; /* of the periods' ends; for partitions */
};

/*
 * Expand @plan as a version that is applied at plan time @now. Everything lives in
 * @arena and borrows from @plan.
 *
 *   E_RANGE  more than TIMETABLE_PERIODS_MAX periods      E_NOMEM
 */
int timetable_expand(struct arena *arena, const struct plan *plan, int64_t now,
                     const struct timetable **ret_timetable);
/* Every report that the plan asks for, locked periods included. */
uint64_t timetable_obligations(const struct plan *plan);

#endif
