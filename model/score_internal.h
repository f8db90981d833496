/* One score while it is made. For score*.c only. */
#ifndef DUBAN_MODEL_SCORE_INTERNAL_H
#define DUBAN_MODEL_SCORE_INTERNAL_H

#include "model/score.h"

struct scoring {
	struct arena *arena;
	const struct score_facts *facts;
	struct score *score;
	size_t capacity; /* of its points */
	bool out_of_memory;
};

/* How a report came, by times from which everything was taken out that the unit cannot
 * help. */
struct score_timing {
	enum score_time time;
	bool waiting; /* not here, and not locked: nothing can be said yet */
	bool excused; /* not here, and nobody could have sent it */
	bool deducted, waived;
	int64_t due, lock; /* that it was judged by */
	const char *why;   /* what was taken out, as sentences; "" */
};

/* --- score_time.c --- */

void score_time(struct scoring *scoring, const struct score_obligation *obligation,
                struct score_timing *ret_timing);
/* A due time, put off by outages. What was put off is said at the end of *@why. */
int64_t score_put_off(struct scoring *scoring, int64_t due, const char **why);

/* --- score_report.c: all points of one obligation --- */

void score_report(struct scoring *scoring, const struct score_obligation *obligation);
/* SCORING_DEDUCTION: what is taken away from, before; and never below nought, after. */
void score_begin_deduction(struct scoring *scoring);
void score_end_deduction(struct scoring *scoring);

/* --- score_text.c: words; "" when there is no memory, and that is remembered --- */

const char *score_say(struct scoring *scoring, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "2.5", as points_print() does. */
const char *score_number(struct scoring *scoring, int64_t points);
/* "2022年10月8日17:30". */
const char *score_instant(struct scoring *scoring, int64_t instant);
/* "2022年9月“二、老旧小区和危旧房改造”月报". */
const char *score_subject(struct scoring *scoring,
                          const struct score_obligation *obligation);
/* "，得2分（满分4分）". */
const char *score_gets(struct scoring *scoring, int64_t points, int64_t possible);

/* --- score.c --- */

/* Keep a point, and add it to its part. */
void score_add(struct scoring *scoring, const struct score_point *point);
/* A point about a report, with nothing given yet. */
struct score_point score_point_of(struct scoring *scoring,
                                  const struct score_obligation *obligation,
                                  enum score_part part);

#endif
