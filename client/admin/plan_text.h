/* A plan as tables: its sections and targets, or one section whole. */
#ifndef DUBAN_CLIENT_ADMIN_PLAN_TEXT_H
#define DUBAN_CLIENT_ADMIN_PLAN_TEXT_H

#include "client/admin/admin.h"
#include "model/plan.h"

/* Both give an admin_exit. */
int plan_text_summary(struct admin *admin, const struct plan *plan);
int plan_text_section(struct admin *admin, const struct plan *plan, const char *section);

#endif
