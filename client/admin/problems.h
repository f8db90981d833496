/* duban problems: the register of problems, listed and dealt with. */
#ifndef DUBAN_CLIENT_ADMIN_PROBLEMS_H
#define DUBAN_CLIENT_ADMIN_PROBLEMS_H

#include <popt.h>

struct admin;

extern const struct poptOption problems_options[], problems_add_options[],
	problems_return_options[], problems_change_options[];

int problems_list(struct admin *admin, const char *const *args);
int problems_show(struct admin *admin, const char *const *args);
int problems_add(struct admin *admin, const char *const *args);
/* Each with a number and what is to be said. */
int problems_note(struct admin *admin, const char *const *args);
int problems_ask(struct admin *admin, const char *const *args);
int problems_close(struct admin *admin, const char *const *args);
int problems_return(struct admin *admin, const char *const *args);
int problems_change(struct admin *admin, const char *const *args);

#endif
