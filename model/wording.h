/* Words that findings and notices share: dates, numerals, sections, as offices write
 * them. Pure. */
#ifndef DUBAN_MODEL_WORDING_H
#define DUBAN_MODEL_WORDING_H

#include "model/plan.h"

#define WORDING_MAX 96 /* bytes of every text here, with NUL */

/* "2022年10月8日". */
void wording_date(day on, char *out);
/* "10月8日（星期六，调休上班）17:30": the instant in the plan's time.
 * "1月5日（星期二，预计）": the calendar of that year is not published yet. */
void wording_instant(const struct plan *plan, int64_t instant, char *out);
bool wording_is_estimated(const struct plan *plan, int64_t instant);
/* "10月8日17:30", where the weekday was said before. */
void wording_instant_short(const struct plan *plan, int64_t instant, char *out);
/* 1..99: "一", "十二", "二十"; beyond that in figures. */
void wording_numeral(size_t number, char *out);
/* A name in quotes, its own quotes turned into inner ones: “‘十四五’期间…”. NULL: no
 * memory. */
const char *wording_quoted(struct arena *arena, const char *name);
/* "任务自2023年1月1日起由130个调整为150个（依据：长人环函〔2023〕3号）": how the part of
 * @unit, or (NULL) the whole, came to be what it is on a day; "": as it was given. NULL:
 * no memory. */
const char *wording_adjusted(struct arena *arena, const struct plan_target *target,
                             const struct plan_unit *unit, day on);
/* "期初数38个（截至2022年6月30日，未确认）不计入完成数": what of a unit's figure is not
 * done towards the target; "": all counts. NULL: no memory. */
const char *wording_uncounted(struct arena *arena, const struct plan_target *target,
                              const struct plan_unit *unit);
/* "期初数（截至2022年6月30日，未确认）". NULL: no memory. */
const char *wording_opening(struct arena *arena, const struct plan_opening *opening);
/* "强制性审核", "核实性审核", "提示". Static. */
const char *wording_severity(enum severity severity);

#endif
