/*
 * What a new version of a plan would change for those who live by the one in force:
 * dates, what is asked of whom, lights. Pure; may run on a worker thread.
 */
#ifndef DUBAN_SERVER_PLAN_EFFECTS_H
#define DUBAN_SERVER_PLAN_EFFECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/period.h"
#include "model/plan.h"
#include "model/progress.h"

struct board;
struct board_facts;

#define PLAN_EFFECTS_ASKED_MAX  5000 /* in the list; all are counted */
#define PLAN_EFFECTS_LIGHTS_MAX 5000

/* A period whose reports are due, or locked, at another time. */
struct effect_date {
	char period[PERIOD_TEXT_MAX];
	int64_t due_from, due_to, lock_from, lock_to;
	bool was_estimated, is_estimated; /* a year was not published yet */
	uint32_t reports;                 /* owed under both versions */
};

/* Reports that are asked newly, or no longer, for every period from @first to @last. */
struct effect_asked {
	const struct plan_section *section;
	const struct plan_unit *unit; /* NULL: each that reports the section */
	bool no_longer;
	const char *first, *last;
	uint32_t reports;
};

/* A light that the newest figures show otherwise. */
struct effect_light {
	const struct plan_section *section;
	const struct plan_target
		*target; /* of the new version; of the old one if it went */
	const struct plan_unit *unit;
	enum light from, to; /* 0: the target has no part of this unit's there */
	const char *why;
};

/* A unit's rate, in tenths of a per cent of its own possible points. */
struct effect_score {
	const struct plan_unit *unit;
	bool has_from, has_to; /* false: no score */
	int64_t from_tenths, to_tenths;
};

/* All of it, by section. */
struct effect_section {
	const struct plan_section *section;
	uint32_t asked, no_longer;         /* reports */
	uint32_t better, worse, otherwise; /* lights */
};

struct plan_effects {
	const struct effect_date *dates; /* ascending */
	size_t date_count;
	const struct effect_asked *asked;
	size_t asked_count;
	const struct effect_light *lights; /* in the plan's order */
	size_t light_count;
	const struct effect_score *scores; /* of the present year's periods */
	size_t score_count;
	const char *score_range;               /* "2022"; "": nothing is scored */
	const struct effect_section *sections; /* those with any effect */
	size_t section_count;
	const char *calendar_from, *calendar_to; /* versions */
	bool is_complete;                        /* nothing was left out of a list */
	const struct board *board; /* by the new version; NULL: nothing is in force */
};

/*
 * All but the scores: see plan_effects_scores(). Compare @from, which is in force (NULL:
 * nothing is), with @to. What was due by
 * @facts->now stays as it was judged and is no effect. Everything lives in @arena and
 * borrows from the plans.
 *
 *   E_NOMEM
 */
int plan_effects_weigh(struct arena *arena, const struct plan *from,
                       const struct plan *to, const struct board_facts *facts,
                       struct plan_effects **ret_effects);

#endif
