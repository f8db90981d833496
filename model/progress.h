/*
 * Where a target stands: the expected progress today, what is done, and the light.
 *
 * Percentages are whole tenths of a per cent, rounded once; what is printed is what is
 * judged. Every standing can explain itself in one sentence.
 */
#ifndef DUBAN_MODEL_PROGRESS_H
#define DUBAN_MODEL_PROGRESS_H

#include "model/plan.h"
#include "model/report.h"

enum light {
	LIGHT_GREEN = 1,
	LIGHT_YELLOW,
	LIGHT_RED,
	LIGHT_NONE,         /* no date, or nothing measured: no light */
	LIGHT_NO_TASK,      /* 无任务 */
	LIGHT_NOT_REPORTED, /* 未报 */
};
/* "正常", "滞后", "严重滞后", "无灯", "无任务", "未报". Static. */
const char *light_word(enum light light);
/* The light that a cell of several targets shows. Red before yellow before green; what
 * has no light counts only when nothing has one. */
enum light light_worse(enum light a, enum light b);

struct standing {
	enum light light;
	bool has_done, has_expected;
	int64_t done_tenths, expected_tenths; /* of a per cent of the task */
	int64_t gap_tenths;                   /* done - expected; negative is behind */
	bool overdue; /* the deadline has passed, and it is not met */
	/* Green by itself; yellow because the light before was red. */
	bool remembered;
};

/*
 * Judge @done (NULL: not reported) against the task @task with @deadline (DAY_NONE:
 * target's) on @day, by the target's curve and the plan's thresholds.
 */
void progress_judge(const struct plan *plan, const struct plan_target *target,
                    const struct quantity *task, day deadline,
                    const struct quantity *done, day day, struct standing *ret_standing);
/*
 * What @figures say of @indicator. A share is computed from its parts, in tenths of a
 * per cent. False: they say nothing.
 */
bool progress_value(const struct plan_indicator *indicator, const struct figure *figures,
                    size_t count, struct quantity *ret_value);
/* What @unit's @figures say of @target: the value of its indicator without what the unit
 * had when its reports began, where that does not count. False: they say nothing. */
bool progress_done(const struct plan_target *target, const struct plan_unit *unit,
                   const struct figure *figures, size_t count, struct quantity *ret_done);
/* Has @done reached @task (or fallen to it)? */
bool progress_is_met(const struct plan_target *target, const struct quantity *task,
                     const struct quantity *done);
/* Tenths of a per cent that should be done by the end of @day; false: no curve. */
bool progress_expected(const struct plan_target *target, day deadline, day day,
                       int64_t *ret_tenths);
/*
 * The plan's memory: a target that was red and has caught up is yellow for this period.
 * @earlier are the lights of earlier periods, the newest first; those without a light are
 * passed over, and only the last one counts. Corrections within the period are no
 * catching up: they replace what was judged before.
 */
void progress_remember(const struct plan_lights *lights, const enum light *earlier,
                       size_t count, struct standing *standing);
/* "低于序时进度超过5.0个百分点为黄灯…": the plan's rule of lights. NULL: no memory. */
char *progress_rule(struct arena *arena, const struct plan_lights *lights);
/* "截至9月30日完成41.7%，低于序时进度4.1个百分点（黄灯·滞后）": in @arena. */
const char *progress_explain(struct arena *arena, const struct plan *plan,
                             const struct plan_target *target,
                             const struct standing *standing, day day);
/* "-4.1", "100.0": at most 24 bytes with NUL. */
void tenths_print(int64_t tenths, char *out);

#endif
