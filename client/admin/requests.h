/* duban requests list, answer. */
#ifndef DUBAN_CLIENT_ADMIN_REQUESTS_H
#define DUBAN_CLIENT_ADMIN_REQUESTS_H

#include <popt.h>

struct admin;

extern const struct poptOption requests_list_options[];
extern const struct poptOption requests_answer_options[];

int requests_list(struct admin *admin, const char *const *args);
int requests_answer(struct admin *admin, const char *const *args);

#endif
