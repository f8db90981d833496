/* duban districts, status, clock step, reload: asking a running centre. */
#ifndef DUBAN_CLIENT_ADMIN_CENTRE_H
#define DUBAN_CLIENT_ADMIN_CENTRE_H

#include <popt.h>

struct admin;

extern const struct poptOption clock_options[];

int districts_list(struct admin *admin, const char *const *args);
int status_show(struct admin *admin, const char *const *args);
int clock_step(struct admin *admin, const char *const *args);
int reload_credentials(struct admin *admin, const char *const *args);

#endif
