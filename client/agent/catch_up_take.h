/* What catching up takes from answers: checked, then kept. For catch_up.c. */
#ifndef DUBAN_CLIENT_AGENT_CATCH_UP_TAKE_H
#define DUBAN_CLIENT_AGENT_CATCH_UP_TAKE_H

#include <duban/v1/reports.pb-c.h>
#include <duban/v1/reviews.pb-c.h>

#include "client/agent/store.h"

struct trust;

/*
 * Keep a report when its receipt verifies and it is @unit's.
 *
 *   E_SYNTAX, E_SIGNATURE, E_CERTIFICATE, E_REVOKED, E_REFUSED  it is not believed
 *   E_NOMEM, and as store_run()
 */
int catch_up_take_report(struct store *store, struct arena *arena,
                         const struct trust *trust, const char *unit,
                         const Duban__V1__GetReportResponse *answer);
/* Keep every return in the life of a period, and whether a contest took it back. @news is
 * raised by those that were not known so. Errors as store_run(); E_NOMEM. */
int catch_up_take_life(struct store *store, struct arena *arena,
                       const Duban__V1__GetLifeResponse *life, unsigned *news);
/* Of the returns that are open here, those that the centre does not hold open any more
 * were withdrawn. As store_run(). */
int catch_up_withdraw(struct store *store, struct arena *arena,
                      const char *const *subjects, size_t count);

#endif
