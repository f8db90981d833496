/* duban board: where every section of every unit stands today. */
#ifndef DUBAN_CLIENT_ADMIN_BOARD_H
#define DUBAN_CLIENT_ADMIN_BOARD_H

#include <popt.h>

struct admin;

extern const struct poptOption board_options[];

int board_show(struct admin *admin, const char *const *args);

#endif
