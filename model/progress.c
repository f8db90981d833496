/*
 * Where a target stands on a day, and the light for it.
 *
 *	curve, day ----> expected --.
 *	                             >-- gap --> thresholds --> light --> sentence
 *	task, done ----> done ------'
 *
 * A day means its end: on the deadline the whole task should be done, and what is not
 * is overdue. Callers give the day that the figures cover, not the day on which they
 * look. All arithmetic is in whole tenths of a per cent, rounded once, half away from
 * zero; what is not done never prints as 100.0.
 *
 * Nothing can fail: what cannot be measured has no light, and says so.
 */
#include "model/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define WHOLE 1000 /* a hundred per cent, in tenths */

static const struct figure *find(const struct figure *figures, size_t count,
                                 const char *indicator);
static bool share_of(const struct plan_indicator *indicator, const struct figure *figures,
                     size_t count, struct quantity *ret_value);
static day deadline_of(const struct plan_target *target, day deadline, day on);
static bool expected_line(const struct plan_target *target, day deadline, day on,
                          int64_t *ret_tenths);
static bool expected_table(const struct plan_target *target, day on, int64_t *ret_tenths);
static int64_t between(struct plan_point from, struct plan_point to, day on);
static bool is_task(const struct plan_target *target, const struct quantity *task);
static void measure(const struct plan_target *target, const struct quantity *task,
                    const struct quantity *done, bool met, struct standing *standing);
static enum light light_of(const struct plan_lights *lights, bool met,
                           const struct standing *standing);
static const char *explain_done(struct arena *arena, const struct standing *standing);
static const char *explain_light(struct arena *arena, const struct plan_target *target,
                                 const struct standing *standing);

const char *light_word(enum light light)
{
	switch (light) {
	case LIGHT_GREEN:
		return "正常";
	case LIGHT_YELLOW:
		return "滞后";
	case LIGHT_RED:
		return "严重滞后";
	case LIGHT_NONE:
		return "无灯";
	case LIGHT_NO_TASK:
		return "无任务";
	case LIGHT_NOT_REPORTED:
		return "未报";
	}
	return "无灯";
}

/* The worst first; from "not reported" on there is no light. */
enum light light_worse(enum light a, enum light b)
{
	static const enum light order[] = {LIGHT_RED,   LIGHT_YELLOW,
	                                   LIGHT_GREEN, LIGHT_NOT_REPORTED,
	                                   LIGHT_NONE,  LIGHT_NO_TASK};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (a == order[i] || b == order[i])
			return order[i];
	}
	return LIGHT_NONE;
}

bool progress_value(const struct plan_indicator *indicator, const struct figure *figures,
                    size_t count, struct quantity *ret_value)
{
	const struct figure *figure;

	if (indicator->kind == INDICATOR_SHARE)
		return share_of(indicator, figures, count, ret_value);
	figure = find(figures, count, indicator->id);
	if (figure == NULL)
		return false;
	*ret_value = figure->value;
	return true;
}

static const struct figure *find(const struct figure *figures, size_t count,
                                 const char *indicator)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(figures[i].indicator, indicator) == 0)
			return &figures[i];
	}
	return NULL;
}

static bool share_of(const struct plan_indicator *indicator, const struct figure *figures,
                     size_t count, struct quantity *ret_value)
{
	const struct figure *part = find(figures, count, indicator->numerator->id);
	const struct figure *whole = find(figures, count, indicator->denominator->id);
	int64_t tenths;

	if (part == NULL || whole == NULL ||
	    quantity_share(&part->value, &whole->value, &tenths) < 0)
		return false;
	*ret_value = (struct quantity){.digits = tenths,
	                               .scale = 1,
	                               .unit = indicator->unit,
	                               .hedge = HEDGE_NONE};
	return true;
}

bool progress_done(const struct plan_target *target, const struct plan_unit *unit,
                   const struct figure *figures, size_t count, struct quantity *ret_done)
{
	const struct plan_opening *opening = plan_uncounted(target, unit);
	struct quantity done;

	if (!progress_value(target->indicator, figures, count, &done))
		return false;
	if (opening != NULL && quantity_subtract(&done, &opening->value, &done) < 0)
		return false;
	if (opening != NULL && done.digits < 0)
		done.digits = 0; /* a rule asks why it fell; nothing was done */
	*ret_done = done;
	return true;
}

bool progress_expected(const struct plan_target *target, day deadline, day on,
                       int64_t *ret_tenths)
{
	deadline = deadline_of(target, deadline, on);
	if (target->curve == CURVE_NONE)
		return false;
	if (deadline != DAY_NONE && on >= deadline) {
		*ret_tenths = WHOLE;
		return true;
	}
	if (target->curve == CURVE_LINE)
		return expected_line(target, deadline, on, ret_tenths);
	return expected_table(target, on, ret_tenths);
}

static day deadline_of(const struct plan_target *target, day deadline, day on)
{
	return deadline != DAY_NONE ? deadline : plan_deadline_on(target, NULL, on);
}

/* Nothing at the end of the day before the start, all at the end of the deadline. */
static bool expected_line(const struct plan_target *target, day deadline, day on,
                          int64_t *ret_tenths)
{
	if (target->start == DAY_NONE || deadline == DAY_NONE)
		return false;
	*ret_tenths = between((struct plan_point){target->start - 1, 0},
	                      (struct plan_point){deadline, WHOLE}, on);
	return true;
}

/* Before the first point: up from nothing at the start, or nothing at all. Milestones ask
 * for nothing until they come. */
static bool expected_table(const struct plan_target *target, day on, int64_t *ret_tenths)
{
	const struct plan_point *points = target->points;
	bool steps = target->curve == CURVE_STEPS;
	size_t next = 0;

	if (target->point_count == 0)
		return false;
	while (next < target->point_count && points[next].day <= on)
		next++;
	if (next == target->point_count || (next > 0 && steps))
		*ret_tenths = points[next - 1].tenths;
	else if (next > 0)
		*ret_tenths = between(points[next - 1], points[next], on);
	else if (target->start != DAY_NONE && !steps)
		*ret_tenths =
			between((struct plan_point){target->start - 1, 0}, points[0], on);
	else
		*ret_tenths = 0;
	return true;
}

/* On the straight line, held at its ends. */
static int64_t between(struct plan_point from, struct plan_point to, day on)
{
	int64_t span = (int64_t)to.day - from.day, gone = (int64_t)on - from.day;
	int64_t rise = to.tenths - from.tenths;
	int64_t twice;

	if (gone >= span)
		return to.tenths;
	if (gone <= 0)
		return from.tenths;
	twice = 2 * rise * gone;
	return from.tenths + (twice + (twice < 0 ? -span : span)) / (2 * span);
}

/* Seven facts make a light. NOLINTNEXTLINE(readability-function-size) */
void progress_judge(const struct plan *plan, const struct plan_target *target,
                    const struct quantity *task, day deadline,
                    const struct quantity *done, day on, struct standing *ret_standing)
{
	struct standing standing = {.light = LIGHT_NO_TASK};
	bool met;

	if (!is_task(target, task)) {
		*ret_standing = standing;
		return;
	}
	deadline = deadline_of(target, deadline, on);
	met = done != NULL && progress_is_met(target, task, done);
	standing.overdue = deadline != DAY_NONE && on >= deadline && !met;
	standing.has_expected =
		progress_expected(target, deadline, on, &standing.expected_tenths);
	if (done == NULL) {
		standing.light = LIGHT_NOT_REPORTED;
		*ret_standing = standing;
		return;
	}
	measure(target, task, done, met, &standing);
	standing.light = light_of(&plan->lights, met, &standing);
	*ret_standing = standing;
}

/* Nought is a task only where nought is the aim. */
static bool is_task(const struct plan_target *target, const struct quantity *task)
{
	if (task == NULL)
		return false;
	return task->digits > 0 || (target->indicator != NULL &&
	                            target->indicator->kind == INDICATOR_FALLING);
}

bool progress_is_met(const struct plan_target *target, const struct quantity *task,
                     const struct quantity *done)
{
	bool falling =
		target->indicator != NULL && target->indicator->kind == INDICATOR_FALLING;
	int order;

	if (quantity_compare(done, task, &order) < 0)
		return false;
	return falling ? order <= 0 : order >= 0;
}

/*
 * What should fall to a value has no share of it: it is met or it is not. The same
 * holds for a figure in a unit of another dimension, which plan and rules refuse.
 */
static void measure(const struct plan_target *target, const struct quantity *task,
                    const struct quantity *done, bool met, struct standing *standing)
{
	bool falling =
		target->indicator != NULL && target->indicator->kind == INDICATOR_FALLING;
	int64_t tenths;

	if (falling) {
		standing->has_done = met;
		standing->done_tenths = met ? WHOLE : 0;
	} else if (quantity_share(done, task, &tenths) == 0) {
		standing->has_done = true;
		standing->done_tenths = !met && tenths >= WHOLE ? WHOLE - 1 : tenths;
	}
	if (standing->has_done && standing->has_expected)
		standing->gap_tenths = standing->done_tenths - standing->expected_tenths;
}

static enum light light_of(const struct plan_lights *lights, bool met,
                           const struct standing *standing)
{
	if (standing->overdue)
		return LIGHT_RED;
	if (!standing->has_expected)
		return LIGHT_NONE;
	if (met)
		return LIGHT_GREEN;
	if (!standing->has_done)
		return LIGHT_NONE;
	if (-standing->gap_tenths > lights->red_tenths)
		return LIGHT_RED;
	if (-standing->gap_tenths > lights->yellow_tenths)
		return LIGHT_YELLOW;
	return LIGHT_GREEN;
}

void progress_remember(const struct plan_lights *lights, const enum light *earlier,
                       size_t count, struct standing *standing)
{
	if (!lights->memory || standing->light != LIGHT_GREEN)
		return;
	for (size_t i = 0; i < count; i++) {
		if (earlier[i] == 0 || earlier[i] > LIGHT_RED)
			continue;
		standing->remembered = earlier[i] == LIGHT_RED;
		break;
	}
	if (standing->remembered)
		standing->light = LIGHT_YELLOW;
}

char *progress_rule(struct arena *arena, const struct plan_lights *lights)
{
	char yellow[24], red[24];

	tenths_print(lights->yellow_tenths, yellow);
	tenths_print(lights->red_tenths, red);
	return arena_printf(
		arena,
		"低于序时进度超过%s个百分点为黄灯（滞后），超过%s个百分点或者逾期为红灯"
		"（严重滞后），其余为绿灯（正常）%s%s",
		yellow, red,
		lights->memory ? "；此前为红灯、本期赶上的，本期仍为黄灯" : "",
		lights->sample ? "（示例数据）" : "");
}

const char *progress_explain(struct arena *arena, const struct plan *plan,
                             const struct plan_target *target,
                             const struct standing *standing, day on)
{
	const char *done, *light;
	char date[DAY_TEXT_MAX];

	(void)plan; /* what it says about lights is in the standing already */
	day_print_zh(on, date);
	if (standing->light == LIGHT_NO_TASK)
		return "无任务";
	if (standing->light == LIGHT_NOT_REPORTED)
		return arena_printf(arena, "截至%s未报%s", date,
		                    standing->overdue ? "，完成期限已到" : "");
	done = explain_done(arena, standing);
	light = explain_light(arena, target, standing);
	if (done == NULL || light == NULL)
		return NULL;
	return arena_printf(arena, "截至%s%s（%s）", date, done, light);
}

static const char *explain_done(struct arena *arena, const struct standing *standing)
{
	int64_t gap = standing->gap_tenths;
	char done[24], points[24];

	if (!standing->has_done)
		return standing->overdue ? "未完成，完成期限已到" : "无法按百分比计量";
	tenths_print(standing->done_tenths, done);
	if (standing->overdue)
		gap = standing->done_tenths - WHOLE;
	tenths_print(gap < 0 ? -gap : gap, points);
	if (standing->overdue)
		return arena_printf(arena, "完成%s%%，完成期限已到，差%s个百分点", done,
		                    points);
	if (!standing->has_expected)
		return arena_printf(arena, "完成%s%%，未定序时进度", done);
	if (standing->done_tenths >= WHOLE)
		return arena_printf(arena, "完成%s%%，任务已完成", done);
	if (gap == 0)
		return arena_printf(arena, "完成%s%%，与序时进度持平", done);
	return arena_printf(arena, "完成%s%%，%s序时进度%s个百分点", done,
	                    gap < 0 ? "低于" : "高于", points);
}

/* Colour with its word, and what a reader must know about the target itself. */
static const char *explain_light(struct arena *arena, const struct plan_target *target,
                                 const struct standing *standing)
{
	static const char *const colours[] = {
		[LIGHT_GREEN] = "绿灯·", [LIGHT_YELLOW] = "黄灯·", [LIGHT_RED] = "红灯·"};
	const char *colour = standing->light <= LIGHT_RED ? colours[standing->light] : "";
	const char *word = standing->overdue ? "逾期" : light_word(standing->light);
	char whole[QUANTITY_TEXT_MAX], base[QUANTITY_TEXT_MAX], share[24];
	const char *about = target->value.hedge != HEDGE_NONE ? "；目标值为约数" : "";

	if (standing->remembered)
		word = "此前为红灯，本期赶上";
	if (!target->is_share || target->base.unit == NULL || target->value.unit == NULL)
		return arena_printf(arena, "%s%s%s", colour, word, about);
	quantity_print(&target->value, whole);
	quantity_print(&target->base, base);
	tenths_print(target->share_tenths, share);
	if (target->share_tenths % 10 == 0) /* "20", not "20.0" */
		share[strlen(share) - strlen(".0")] = '\0';
	return arena_printf(arena, "%s%s%s；全市目标%s，即%s的%s%%", colour, word, about,
	                    whole, base, share);
}

void tenths_print(int64_t tenths, char *out)
{
	uint64_t size = (uint64_t)tenths;

	if (tenths < 0)
		size = 0 - size;
	(void)snprintf(out, 24, "%s%" PRIu64 ".%" PRIu64, tenths < 0 ? "-" : "",
	               size / 10, size % 10);
}
