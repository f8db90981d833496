/* duban reports pass, return, check, waiting, life: the bureau's review of a report. */
#ifndef DUBAN_CLIENT_ADMIN_REVIEWS_H
#define DUBAN_CLIENT_ADMIN_REVIEWS_H

#include <popt.h>

struct admin;

extern const struct poptOption reviews_pass_options[], reviews_return_options[],
	reviews_check_options[], reviews_waiting_options[];

int reviews_pass(struct admin *admin, const char *const *args);
int reviews_return(struct admin *admin, const char *const *args);
int reviews_check(struct admin *admin, const char *const *args);
int reviews_waiting(struct admin *admin, const char *const *args);
int reviews_life(struct admin *admin, const char *const *args);

#endif
