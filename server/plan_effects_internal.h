/* What the parts of plan_effects*.c share. */
#ifndef DUBAN_SERVER_PLAN_EFFECTS_INTERNAL_H
#define DUBAN_SERVER_PLAN_EFFECTS_INTERNAL_H

#include "server/board_figures.h"
#include "server/plan_effects.h"

/* What grows while two versions are compared. */
struct weighing {
	struct arena *arena;
	const struct plan *from, *to;
	const struct board_facts *facts;
	struct plan_effects *effects;
	struct effect_date *dates;
	struct effect_asked *asked;
	struct effect_light *lights;
	struct effect_section *sections; /* one a section of @to, then those that left */
	size_t section_count;
	size_t date_capacity, asked_capacity, light_capacity;
};

/* The row of a section, by its id; sections that left have one too. */
struct effect_section *weighing_section(struct weighing *weighing, const char *id);

/* Periods: what is due at another time, and who owes what. E_NOMEM. */
int weigh_dates(struct weighing *weighing);
int weigh_asked(struct weighing *weighing);
/* Lights by the same newest figures. E_NOMEM. */
int weigh_lights(struct weighing *weighing);

#endif
