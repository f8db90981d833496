/*
 * When a report was due in fairness:
 *
 *	the plan's due time
 *	  -> a granted extension, if the plan lets it count
 *	  -> not before what an earlier version had promised
 *	  -> not before so many working days after it was asked for first
 *	  -> not in, or so many hours after, an outage of the centre
 *
 * Each step only ever puts it off, and says so. The lock moves with outages too; a due
 * time that came to lie after the lock could not be kept by anybody, and counts against
 * nobody.
 */
#include <stdlib.h>

#include "base/err.h"
#include "model/score_internal.h"

#define MINUTE 60000
#define HOUR   (60 * (int64_t)MINUTE)

static int64_t extended_due(struct scoring *scoring,
                            const struct score_obligation *obligation, const char **why);
static int64_t promised_due(struct scoring *scoring,
                            const struct score_obligation *obligation, int64_t due,
                            const char **why);
static int64_t noticed_due(struct scoring *scoring,
                           const struct score_obligation *obligation, int64_t due,
                           const char **why);
static void decide(struct scoring *scoring, const struct score_obligation *obligation,
                   int64_t strict_due, struct score_timing *timing);
static int by_start(const void *a, const void *b);

void score_time(struct scoring *scoring, const struct score_obligation *obligation,
                struct score_timing *ret_timing)
{
	const char *silent = "";
	struct score_timing timing = {.why = ""};
	int64_t strict_due = extended_due(scoring, obligation, &timing.why);

	timing.due = promised_due(scoring, obligation, strict_due, &timing.why);
	timing.due = noticed_due(scoring, obligation, timing.due, &timing.why);
	timing.due = score_put_off(scoring, timing.due, &timing.why);
	timing.lock = obligation->extended_lock > obligation->lock
	                      ? obligation->extended_lock
	                      : obligation->lock;
	decide(scoring, obligation, strict_due, &timing);
	if (timing.waiting || timing.excused || timing.time != SCORE_MISSING) {
		*ret_timing = timing;
		return;
	}
	/* An outage over the lock itself: nobody could report any more. */
	timing.excused = obligation->number[0] == '\0' &&
	                 score_put_off(scoring, timing.lock, &silent) != timing.lock;
	if (timing.excused)
		(void)score_put_off(scoring, timing.lock, &timing.why);
	*ret_timing = timing;
}

static int64_t extended_due(struct scoring *scoring,
                            const struct score_obligation *obligation, const char **why)
{
	bool counts = scoring->facts->plan->scoring.extension_counts;

	if (obligation->extended_due <= obligation->due)
		return obligation->due;
	*why = score_say(scoring, "%s已批准延期至%s，按方案规定考核%s。", *why,
	                 score_instant(scoring, obligation->extended_due),
	                 counts ? "按延期后的时限计" : "仍按原时限计");
	return counts ? obligation->extended_due : obligation->due;
}

static int64_t promised_due(struct scoring *scoring,
                            const struct score_obligation *obligation, int64_t due,
                            const char **why)
{
	if (obligation->earlier_due <= due)
		return due;
	*why = score_say(scoring, "%s方案第%u版把时限由%s提前到%s，考核按提前以前的计。",
	                 *why, obligation->moved_by,
	                 score_instant(scoring, obligation->earlier_due),
	                 score_instant(scoring, due));
	return obligation->earlier_due;
}

static int64_t noticed_due(struct scoring *scoring,
                           const struct score_obligation *obligation, int64_t due,
                           const char **why)
{
	const struct plan *plan = scoring->facts->plan;
	int workdays = plan->scoring.notice_workdays;
	int64_t noticed;
	day asked;

	if (obligation->asked_at == 0)
		return due;
	asked = instant_day(obligation->asked_at, plan->utc_offset);
	noticed =
		instant_of(calendar_add_workdays(&plan->calendar, asked, workdays, NULL),
	                   plan->schedule.due_minute, plan->utc_offset);
	if (noticed <= due)
		return due;
	*why = score_say(scoring,
	                 "%s方案第%u版%s才要求报送，考核时限按发布后%d个工作日计，为%s。",
	                 *why, obligation->asked_by,
	                 score_instant(scoring, obligation->asked_at), workdays,
	                 score_instant(scoring, noticed));
	return noticed;
}

/* Outages ascend, so that one may put it off into the next. */
int64_t score_put_off(struct scoring *scoring, int64_t due, const char **why)
{
	const struct score_facts *facts = scoring->facts;
	int hours = facts->plan->scoring.outage_hours;

	for (size_t i = 0; i < facts->outage_count; i++) {
		const struct score_span *outage = &facts->outages[i];
		int64_t until = outage->to + hours * HOUR;

		if (due < outage->from || due >= until)
			continue;
		due = until;
		*why = score_say(scoring,
		                 "%s中心端%s至%s停运，时限在停运期间或者恢复后%"
		                 "d小时内，顺延到%s。",
		                 *why, score_instant(scoring, outage->from),
		                 score_instant(scoring, outage->to), hours,
		                 score_instant(scoring, until));
	}
	return due;
}

static void decide(struct scoring *scoring, const struct score_obligation *obligation,
                   int64_t strict_due, struct score_timing *timing)
{
	int64_t received = obligation->received_at;
	bool is_here = obligation->number[0] != '\0';

	if (!is_here) {
		timing->time = SCORE_MISSING;
		timing->waiting = scoring->facts->known_at < timing->lock;
		timing->excused = !timing->waiting && timing->due > timing->lock;
		return;
	}
	timing->waived = received > timing->due && obligation->waived_at != 0;
	timing->deducted = received > strict_due && received <= timing->due;
	if (received <= timing->due || timing->waived)
		timing->time = SCORE_ON_TIME;
	else
		timing->time = received <= timing->lock ? SCORE_LATE : SCORE_MISSING;
}

int score_outages(struct arena *arena, struct score_span *spans, size_t count,
                  int minutes, const struct score_span **ret_outages, size_t *ret_count)
{
	struct score_span *outages = arena_new_array(arena, count, struct score_span);
	size_t found = 0;
	int64_t until;

	if (outages == NULL)
		return E_NOMEM;
	if (count > 1)
		qsort(spans, count, sizeof(*spans), by_start);
	until = count > 0 ? spans[0].to : 0;
	for (size_t i = 1; i < count; i++) {
		if (spans[i].from - until >= minutes * (int64_t)MINUTE)
			outages[found++] = (struct score_span){until, spans[i].from};
		if (spans[i].to > until)
			until = spans[i].to;
	}
	*ret_outages = outages;
	*ret_count = found;
	return 0;
}

static int by_start(const void *a, const void *b)
{
	const struct score_span *one = a, *other = b;

	if (one->from != other->from)
		return one->from < other->from ? -1 : 1;
	return one->to < other->to ? -1 : one->to > other->to;
}
