/* Whose figures a board is judged by. */
#ifndef DUBAN_SERVER_BOARD_INDICATORS_H
#define DUBAN_SERVER_BOARD_INDICATORS_H

#include <stddef.h>

#include "base/arena.h"
#include "model/plan.h"

/* The ids of all indicators that boards of these plans need, in @arena; some may be there
 * twice: no harm. E_NOMEM. */
int board_indicators(struct arena *arena, const struct plan *const *plans,
                     size_t plan_count, const char *const **ret_indicators,
                     size_t *ret_count);

#endif
