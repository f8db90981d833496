/* What the office is told when the city's sums do not agree. */
#ifndef DUBAN_MODEL_NOTICE_CITY_H
#define DUBAN_MODEL_NOTICE_CITY_H

#include "model/city.h"
#include "model/notice.h"

/* @check is CITY_BROKEN, by the reports of @period. Both texts in @arena. E_NOMEM. */
int notice_city_write(struct arena *arena, const struct plan *plan,
                      const struct city_check *check, const struct period *period,
                      struct notice *ret_notice);

#endif
