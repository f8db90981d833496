/* duban plan: lint, publish, show and compare plans. */
#ifndef DUBAN_CLIENT_ADMIN_PLAN_H
#define DUBAN_CLIENT_ADMIN_PLAN_H

#include <popt.h>
#include <stdint.h>

struct admin;
struct plan;

extern const struct poptOption plan_folder_options[], plan_apply_options[],
	plan_show_options[];

/* The centre's plan of one version (0: the current one); an admin_exit. */
int plan_fetch(struct admin *admin, const char *name, uint32_t version,
               const struct plan **ret_plan);

int plan_lint_command(struct admin *admin, const char *const *args);
int plan_apply_command(struct admin *admin, const char *const *args);
int plan_show_command(struct admin *admin, const char *const *args);
int plan_diff_command(struct admin *admin, const char *const *args);
int plan_list_command(struct admin *admin, const char *const *args);

#endif
