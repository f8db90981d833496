/* What several commands ask the centre about a report's review. */
#ifndef DUBAN_CLIENT_ADMIN_REVIEWS_ASK_H
#define DUBAN_CLIENT_ADMIN_REVIEWS_ASK_H

#include <duban/v1/reviews.pb-c.h>

struct admin;

/* Everything that happened to the report with this number and its other revisions; an
 * admin_exit. */
int reviews_ask_life(struct admin *admin, const char *number,
                     const Duban__V1__GetLifeResponse **ret_life);

#endif
