/* duban reports: what was received, and one report whole. */
#ifndef DUBAN_CLIENT_ADMIN_REPORTS_H
#define DUBAN_CLIENT_ADMIN_REPORTS_H

#include <popt.h>

struct admin;

extern const struct poptOption reports_options[];

int reports_list(struct admin *admin, const char *const *args);
int reports_show(struct admin *admin, const char *const *args);

#endif
