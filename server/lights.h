/*
 * Lights from accepted figures: where one unit stands in one target. Pure; the judge
 * and the board see the same.
 */
#ifndef DUBAN_SERVER_LIGHTS_H
#define DUBAN_SERVER_LIGHTS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/period.h"
#include "model/plan.h"
#include "model/progress.h"
#include "model/report.h"

/* The sum of what @figures of another unit add, exactly. False: it cannot be added. */
bool lights_add(struct quantity *sum, const struct quantity *value);

/* The period that @on lies in, by the plan's frequency. */
struct period lights_period(const struct plan *plan, day on);

/* The last day that figures of @period cover: lights are judged on it. */
day lights_day(const struct plan *plan, const struct period *period);

#endif
