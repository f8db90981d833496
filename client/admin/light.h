/* duban light explain: one light, with everything behind it. */
#ifndef DUBAN_CLIENT_ADMIN_LIGHT_H
#define DUBAN_CLIENT_ADMIN_LIGHT_H

#include <popt.h>

struct admin;

extern const struct poptOption light_options[];

int light_explain(struct admin *admin, const char *const *args);

#endif
