/* What a version would change in the scores. Pure; may run on a worker thread. */
#ifndef DUBAN_SERVER_PLAN_EFFECTS_SCORES_H
#define DUBAN_SERVER_PLAN_EFFECTS_SCORES_H

#include "server/plan_effects.h"

struct assessment;

/*
 * Score every unit of @to by both versions and note in @effects those that differ.
 * @shared holds everything but the plan and its outages. E_CORRUPT: a stored light cannot
 * be read; E_NOMEM.
 */
int plan_effects_scores(struct arena *arena, const struct plan *from,
                        const struct plan *to, const struct assessment *shared,
                        struct plan_effects *effects);

#endif
