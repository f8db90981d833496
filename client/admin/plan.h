/* duban plan: lint, publish, show and compare plans. */
#ifndef DUBAN_CLIENT_ADMIN_PLAN_H
#define DUBAN_CLIENT_ADMIN_PLAN_H

#include <popt.h>

struct admin;

extern const struct poptOption plan_folder_options[], plan_apply_options[],
	plan_show_options[];

int plan_lint_command(struct admin *admin, const char *const *args);
int plan_apply_command(struct admin *admin, const char *const *args);
int plan_show_command(struct admin *admin, const char *const *args);
int plan_diff_command(struct admin *admin, const char *const *args);
int plan_list_command(struct admin *admin, const char *const *args);

#endif
