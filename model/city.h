/*
 * Rules of a plan about the whole city: the sum of all units' newest figures, against a
 * figure of the city's or a target's whole. Judged at the centre, told to the office;
 * no report is ever refused by them.
 */
#ifndef DUBAN_MODEL_CITY_H
#define DUBAN_MODEL_CITY_H

#include "model/plan.h"
#include "model/report.h"

/* The newest accepted figures of one unit for the section; none: no report yet. */
struct city_unit {
	const struct figure *figures;
	size_t figure_count;
};

/* What a rule about the city is judged by. */
struct city_figures {
	const struct city_unit *units; /* one for each unit of the plan, in their order */
	day on;                        /* targets are as they are on this day */
};

enum city_state {
	CITY_HOLDS = 1,
	CITY_BROKEN,
	CITY_INCOMPLETE, /* figures are missing, and the rule says to wait for them */
	CITY_INEXACT,    /* sums that are too large, or no decimal in any unit */
};

struct city_check {
	const struct plan_section *section;
	const struct plan_rule *rule;
	enum city_state state;
	struct quantity left, right; /* CITY_HOLDS, CITY_BROKEN: the sums */
	size_t units, complete;      /* that report the section; that gave every figure */
	const char *text;            /* whole sentences, for the office */
};

/* Judge @rule (SCOPE_CITY) of @section. Pure; the text is in @arena. E_NOMEM. */
int city_judge(struct arena *arena, const struct plan *plan,
               const struct plan_section *section, const struct plan_rule *rule,
               const struct city_figures *figures, struct city_check *ret_check);
/* "相符", "不符", "未齐", "无法核对". Static. */
const char *city_word(enum city_state state);

#endif
