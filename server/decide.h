/*
 * What the plan's timetable leads to: from a row that is due and the facts of the
 * moment to the alerts that somebody is told. Pure.
 */
#ifndef DUBAN_SERVER_DECIDE_H
#define DUBAN_SERVER_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/evidence.h"
#include "model/notice.h"
#include "model/plan.h"
#include "model/report.h"

/* The newest accepted report of a unit for a section: what lights are judged by. */
struct newest_report {
	const char *number; /* "": none yet */
	const char *period; /* "": none yet */
	struct evidence evidence;
};

/* A row of the timetable with the facts that decide it. Times are plan time. */
struct due_row {
	int64_t id, at, due_at, lock_at; /* lock_at: 0 when no report is asked for */
	enum alert_kind kind;
	unsigned level;
	const char *plan;
	uint32_t plan_version;
	const char *unit, *section, *period, *target; /* "" where it does not apply */
	bool asked;                                   /* the obligation still stands */
	bool reported;               /* the report of this very period is in */
	struct newest_report newest; /* ALERT_BEHIND and ALERT_TARGET_OVERDUE only */
	bool extended;               /* its due time is a granted extension's */
	int64_t moved_from;          /* as in struct notice_about */
	bool moved_by_calendar;
	/* ALERT_RETURN_UNANSWERED, ALERT_REVIEW_OVERDUE, ALERT_REQUEST_RECEIVED: the
	 * report or request, whether it still waits, and since when. */
	const char *subject; /* "" where it does not apply */
	bool stands;
	int64_t since_at;
	unsigned ordinal; /* of a return */
	enum request_kind request_kind;
	const char *contested; /* a request's own subject; "" where it does not apply */
	/* ALERT_PROBLEM_OVERDUE only: @subject is its number, @stands whether it is open
	 * and still due at this date. */
	const char *title, *owner;
};

enum outcome {
	OUTCOME_DONE,
	OUTCOME_POSTPONED, /* until lock_at: the figures can still come */
};

/* One alert to be written for the row with this id. */
struct wanted_alert {
	int64_t id;
	const char *recipient; /* "district/430112" */
	const char *target;    /* "" for reports */
	const char *title, *text;
	bool sample;
	struct wanted_alert *next;
};

struct decision {
	enum outcome outcome;
	/* 0, or when the row is looked at again, one level higher: of the bureau's own
	 * slowness one row climbs all steps. */
	int64_t again_at;
	struct wanted_alert *first; /* in the order in which they are told; may be NULL */
};

/*
 * Decide @row at plan time @now.
 *
 * Who is told: level 0 the district; a higher level whom that step of the plan's ladder
 * names. Falling behind is told to the district and to the section's lead at once.
 * A report that is in leads to nothing, and so does a unit, section or target that the
 * plan no longer has.
 *
 *   E_NOMEM
 */
int decide_row(struct arena *arena, const struct plan *plan, const struct due_row *row,
               int64_t now, struct decision *ret_decision);

/* An alert about a light that is still open, and a newer report. */
struct open_alert {
	int64_t cursor;
	enum alert_kind kind; /* ALERT_BEHIND or ALERT_TARGET_OVERDUE */
	const char *plan, *unit, *section, *target;
	struct newest_report newest;
};
/* Does the newest report do what the alert asked for? Also true when the plan no longer
 * asks for it. */
bool decide_is_cleared(const struct plan *plan, const struct open_alert *alert);

#endif
