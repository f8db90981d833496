/* What a version of a plan changes, for people and for programs; duban plan moved. */
#ifndef DUBAN_CLIENT_ADMIN_PLAN_EFFECTS_H
#define DUBAN_CLIENT_ADMIN_PLAN_EFFECTS_H

#include <duban/v1/plans.pb-c.h>
#include <popt.h>

struct admin;
struct json_t;

extern const struct poptOption plan_moved_options[];

/* Tables on standard output; long ones are cut, and say so. An admin_exit. */
int plan_effects_print(struct admin *admin, const Duban__V1__PlanEffects *effects);
/* All of it; null for NULL. The caller's to give on. NULL: no memory. */
struct json_t *plan_effects_json(struct admin *admin,
                                 const Duban__V1__PlanEffects *effects);

int plan_moved_command(struct admin *admin, const char *const *args);

#endif
