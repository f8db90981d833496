/* Times of a period that the bureau granted this unit: an extension, or a consent to
 * report after the lock. Known from the answers that were received as alerts. */
#ifndef DUBAN_CLIENT_AGENT_GRANTED_H
#define DUBAN_CLIENT_AGENT_GRANTED_H

#include "client/agent/accepted.h"
#include "model/period.h"

/* Put what was granted of @place into @terms; nothing granted leaves them alone. As
 * store_run(). */
int granted_terms(struct store *store, const struct plan *plan, const struct place *place,
                  struct period_terms *terms);
/* Move reminder, due time and lock of a period where an extension was granted. */
void granted_times(struct store *store, const struct plan *plan,
                   const struct plan_section *section, const struct period *period,
                   struct period_times *times);

#endif
