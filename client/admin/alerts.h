/* duban alerts list. */
#ifndef DUBAN_CLIENT_ADMIN_ALERTS_H
#define DUBAN_CLIENT_ADMIN_ALERTS_H

#include <popt.h>

struct admin;

extern const struct poptOption alerts_options[];

int alerts_list(struct admin *admin, const char *const *args);

#endif
