/*
 * A report's figure and its past:
 *
 *	report + history --> points, the newest first --> rises --> the best of them
 */
#include "model/series.h"

#include "base/err.h"

static void add_opening(const struct judging *judging, const struct period *oldest,
                        struct series *series);

bool series_of(const struct judging *judging, const struct plan_indicator *indicator,
               struct series *ret_series)
{
	const struct history *history = judging->history;
	const struct period *last = &judging->period;

	*ret_series = (struct series){
		.indicator = indicator,
		.points[0] = {judging->period, judging_figure(judging, indicator)},
		.count = 1,
	};
	for (size_t i = 0; i < history->count && i < HISTORY_MAX; i++) {
		const struct period *period = &history->reports[i].period;
		const struct figure *figure =
			figures_find(history->reports[i].figures,
		                     history->reports[i].figure_count, indicator);

		if (figure == NULL || period->frequency != last->frequency ||
		    period_compare(period, last) >= 0)
			continue;
		ret_series->points[ret_series->count++] = (struct point){*period, figure};
		last = period;
	}
	add_opening(judging, last, ret_series);
	return ret_series->points[0].figure != NULL;
}

static void add_opening(const struct judging *judging, const struct period *oldest,
                        struct series *series)
{
	const struct plan_opening *opening =
		plan_find_opening(judging->section, series->indicator, judging->unit);
	struct period period;

	if (opening == NULL || series->count > HISTORY_MAX)
		return;
	period = period_of(oldest->frequency, opening->on);
	if (period_compare(&period, oldest) >= 0)
		return;
	series->opening = opening;
	series->opened = (struct figure){series->indicator->id, opening->value, ""};
	series->points[series->count++] = (struct point){period, &series->opened};
}

bool series_restarts(const struct series *series, size_t older, size_t newer)
{
	return series->indicator->yearly &&
	       series->points[older].period.year != series->points[newer].period.year;
}

bool series_rise(const struct series *series, size_t at, struct rise *ret_rise)
{
	const struct point *now = &series->points[at], *before = now + 1;
	struct rise rise = {.until = now->period};

	if (at + 1 < series->count && !series_restarts(series, at + 1, at)) {
		rise.periods = period_distance(&before->period, &now->period);
		if (quantity_subtract(&now->figure->value, &before->figure->value,
		                      &rise.amount) < 0)
			return false;
	} else if (series->indicator->yearly) { /* from nothing at New Year */
		rise.periods = now->period.number;
		rise.amount = now->figure->value;
	} else {
		return false;
	}
	*ret_rise = rise;
	return true;
}

bool series_best(const struct series *series, size_t from, struct rise *ret_best)
{
	bool found = false;

	for (size_t i = from; i < series->count; i++) {
		struct rise rise;

		if (!series_rise(series, i, &rise) || rise.amount.digits <= 0)
			continue;
		if (!found || rise_compare(&rise, 1, ret_best, 1) > 0)
			*ret_best = rise;
		found = true;
	}
	return found;
}

int rise_compare(const struct rise *a, int64_t a_factor, const struct rise *b,
                 int64_t b_factor)
{
	struct quantity left, right;
	int order;

	if (quantity_scale_by(&a->amount, a_factor * b->periods, &left) < 0 ||
	    quantity_scale_by(&b->amount, b_factor * a->periods, &right) < 0 ||
	    quantity_compare(&left, &right, &order) < 0)
		return 1;
	return order;
}
