/*
 * The words of alerts: title and text, in the tone of an office.
 *
 * Subject first, one action, absolute dates with their weekday, the basis in the last
 * line. 请 to districts, 报告 upwards. 示例数据 wherever a figure is a sample.
 */
#ifndef DUBAN_MODEL_NOTICE_H
#define DUBAN_MODEL_NOTICE_H

#include "model/period.h"
#include "model/plan.h"
#include "model/progress.h"
#include "model/request.h"

enum alert_kind {
	ALERT_REPORT_DUE_SOON = 1,
	ALERT_REPORT_OVERDUE,
	ALERT_BEHIND,
	ALERT_TARGET_OVERDUE,
	ALERT_REPORT_RETURNED,
	ALERT_RETURN_UNANSWERED,
	ALERT_REVIEW_OVERDUE,   /* the bureau's own slowness */
	ALERT_REQUEST_RECEIVED, /* to the office: an extension, a contest, a consent */
	ALERT_REQUEST_ANSWERED, /* to the unit */
	ALERT_PROBLEM_OVERDUE,
	ALERT_CITY_CHECK,    /* to the office: sums that do not agree (notice_city.h) */
	ALERT_PROBLEM_ASKED, /* to the lead department (notice_problem.h) */
	ALERT_PROBLEM_SENT_BACK, /* to the unit (likewise) */
	ALERT_FIGURE_WITHDRAWN,  /* to the unit (notice_withdrawn.h) */
	ALERT_KINDS,             /* one more than the last */
};

/* One field of a report that was returned. */
struct notice_item {
	const char *name, *reason; /* as printed */
};

/* A request of the unit: ALERT_REQUEST_RECEIVED, ALERT_REQUEST_ANSWERED. */
struct notice_request {
	enum request_kind kind;
	const char *number, *subject; /* as stored */
	int64_t received_at;
	int64_t until; /* asked for, or granted; 0: none */
	/* RECEIVED, when it is told for the first time: */
	const char *reason, *approved_by;
	/* ANSWERED: */
	bool granted;
	const char *answer; /* "" : none */
};

struct notice_about {
	enum alert_kind kind;
	unsigned level;               /* 0: to the unit itself */
	const struct plan_step *step; /* level > 0 */
	const struct plan_unit *unit;
	const struct plan_section *section; /* NULL: a contested score's */
	const struct plan_target *target;   /* or NULL */
	struct period period;               /* of a report; for lights, of the data */
	int64_t now, due;
	struct standing standing;   /* ALERT_BEHIND, ALERT_TARGET_OVERDUE */
	struct quantity done, task; /* likewise */
	/* ALERT_REPORT_RETURNED, ALERT_RETURN_UNANSWERED: the report, which return of its
	 * period it is, when, by which office, and what is to be mended (not needed for
	 * the latter). */
	const char *number;
	unsigned ordinal;
	int64_t returned_at;
	const struct plan_department *by;
	const struct notice_item *items;
	size_t item_count;
	const char *remark; /* "" or NULL: none */
	/* ALERT_PROBLEM_OVERDUE: @number is the problem's. */
	const char *title, *owner;
	/* Of a report whose time was extended: the lock that is in force; 0: the plan's.
	 */
	int64_t lock;
	bool extended;
	/* Of a report whose due time a version of the plan moved: what it was before, and
	 * whether a newly published calendar moved it. 0: nothing did. */
	int64_t moved_from;
	bool moved_by_calendar;
	/* ALERT_REVIEW_OVERDUE and ALERT_REQUEST_RECEIVED are the bureau's own: told to
	 * @to, or to @step's role. */
	const struct plan_department *to;
	unsigned review; /* ALERT_REVIEW_OVERDUE: 1 content, 2 totals; since when: */
	int64_t since_at;
	struct notice_request request;
};

struct notice {
	const char *title, *text;
	bool sample;
};

/* Both texts in @arena. E_NOMEM. */
int notice_write(struct arena *arena, const struct plan *plan,
                 const struct notice_about *about, struct notice *ret_notice);
const char *alert_kind_name(enum alert_kind kind); /* "report_overdue"; static */

#endif
