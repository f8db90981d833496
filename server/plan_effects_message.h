/* The effects of a version as a message of the contract. */
#ifndef DUBAN_SERVER_PLAN_EFFECTS_MESSAGE_H
#define DUBAN_SERVER_PLAN_EFFECTS_MESSAGE_H

#include "duban/v1/plans.pb-c.h"

#include "base/arena.h"

struct plan_effects;

/* In @arena, borrowing from @effects. E_NOMEM. */
int plan_effects_message(struct arena *arena, const struct plan_effects *effects,
                         Duban__V1__PlanEffects **ret_message);

#endif
