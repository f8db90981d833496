/*
 * From a report to a record:
 *
 *	report, task, curve --> standing --> memory (the light before) --> sentence -->
 *bytes
 *
 * What can go wrong: nothing but memory. What cannot be measured has no light, and the
 * record says so.
 */
#include "model/light.h"

#include <assert.h>

#include "duban/v1/board.pb-c.h"

#include "base/err.h"
#include "model/wire.h"
#include "model/wire_convert.h"
#include "model/wording.h"

static void judge_standing(struct light_record *record);
static bool is_sample(const struct light_record *record);
static const char *explain(struct arena *arena, const struct light_record *record);
static int write_what(struct arena *arena, const struct light_record *record,
                      Duban__V1__LightRecord *message);
static int write_measure(struct arena *arena, const struct light_record *record,
                         Duban__V1__LightRecord *message);
static Duban__V1__FigureStanding standing_of(const struct light_record *record);
static int write_counted(struct arena *arena, const struct counted *counted,
                         Duban__V1__LightRecord *message);
static int write_rule(struct arena *arena, const struct light_record *record,
                      Duban__V1__LightRecord *message);
static char *tenths(struct arena *arena, bool has, int64_t value);
static char *date(struct arena *arena, day on);

static_assert((int)LIGHT_RED == (int)DUBAN__V1__LIGHT__LIGHT_RED, "same numbers");
static_assert((int)LIGHT_NOT_REPORTED == (int)DUBAN__V1__LIGHT__LIGHT_NOT_REPORTED,
              "same numbers");
static_assert((int)WAIT_ACCEPTANCE == (int)DUBAN__V1__FIGURE_WAIT__FIGURE_WAIT_ACCEPTANCE,
              "same numbers");
static_assert((int)FIGURE_WITHDRAWN ==
                      (int)DUBAN__V1__FIGURE_STANDING__FIGURE_STANDING_WITHDRAWN,
              "same numbers");

int light_judge(struct arena *arena, const struct light_inputs *inputs,
                struct light_record *ret_record)
{
	struct light_record record = {.inputs = *inputs};
	struct period_times times;

	period_times(inputs->plan, &inputs->period, &times);
	record.on = instant_day(times.cutoff, inputs->plan->utc_offset);
	record.task = plan_task_on(inputs->target, inputs->unit, record.on);
	if (record.task == NULL)
		return E_NOT_FOUND;
	record.deadline = plan_deadline_on(inputs->target, inputs->unit, record.on);
	record.adjusted =
		wording_adjusted(arena, inputs->target, inputs->unit, record.on);
	record.opening = wording_uncounted(arena, inputs->target, inputs->unit);
	judge_standing(&record);
	record.sample = is_sample(&record);
	record.sentence = explain(arena, &record);
	if (record.sentence == NULL || record.adjusted == NULL || record.opening == NULL)
		return E_NOMEM;
	*ret_record = record;
	return 0;
}

/* On the last day that the figures cover, never on the day on which somebody looks. */
static void judge_standing(struct light_record *record)
{
	const struct light_inputs *inputs = &record->inputs;
	const struct plan *plan = inputs->plan;

	if (inputs->number[0] != '\0')
		evidence_count(inputs->target, inputs->unit, &inputs->evidence,
		               &record->counted);
	progress_judge(plan, inputs->target, &record->task->value, record->task->deadline,
	               record->counted.has_done ? &record->counted.done : NULL,
	               record->on, &record->standing);
	record->judged = record->standing.light;
	progress_remember(&plan->lights, &inputs->before, 1, &record->standing);
}

/* Anything in it that the document does not give. */
static bool is_sample(const struct light_record *record)
{
	const struct plan_target *target = record->inputs.target;

	return record->inputs.plan->lights.sample || record->task->sample ||
	       target->curve_sample || target->deadline_sample ||
	       target->measure_sample || target->acceptance_sample ||
	       target->indicator->checker_sample;
}

static const char *explain(struct arena *arena, const struct light_record *record)
{
	const struct light_inputs *inputs = &record->inputs;
	const char *light = progress_explain(arena, inputs->plan, inputs->target,
	                                     &record->standing, record->on);
	const char *counted = evidence_explain(arena, &record->counted);

	if (light == NULL || counted == NULL || counted[0] == '\0')
		return counted != NULL ? light : NULL;
	return arena_printf(arena, "%s%s", light, counted);
}

int light_encode(struct arena *arena, const struct light_record *record,
                 struct bytes *ret_bytes)
{
	Duban__V1__LightRecord message = DUBAN__V1__LIGHT_RECORD__INIT;
	int r = write_what(arena, record, &message);

	if (r == 0)
		r = write_measure(arena, record, &message);
	if (r == 0)
		r = write_rule(arena, record, &message);
	return r < 0 ? r : wire_pack(arena, &message.base, ret_bytes);
}

static int write_what(struct arena *arena, const struct light_record *record,
                      Duban__V1__LightRecord *message)
{
	const struct light_inputs *inputs = &record->inputs;
	char period[PERIOD_TEXT_MAX];

	period_print(&inputs->period, period);
	message->plan = wire_string(inputs->plan->id);
	message->plan_version = inputs->plan_version;
	message->calendar = wire_string(inputs->plan->calendar.version);
	message->unit = wire_string(inputs->unit->code);
	message->section = wire_string(inputs->target->section->id);
	message->target = wire_string(inputs->target->id);
	message->period = arena_strdup(arena, period);
	message->day = date(arena, record->on);
	message->number = wire_string(inputs->number);
	if (inputs->number[0] != '\0')
		message->standing = standing_of(record);
	message->clause = wire_string(
		inputs->target->clause != NULL ? inputs->target->clause->id : "");
	message->sample = record->sample;
	message->sentence = wire_string(record->sentence);
	message->adjusted = wire_string(record->adjusted);
	message->opening = wire_string(record->opening);
	return message->period != NULL && message->day != NULL ? 0 : E_NOMEM;
}

/* Of its figure; of a report that does not give it, the report's. */
static Duban__V1__FigureStanding standing_of(const struct light_record *record)
{
	enum figure_standing standing = record->counted.standing;

	if (standing == 0)
		standing =
			record->inputs.evidence.passed ? FIGURE_CHECKED : FIGURE_REPORTED;
	return (Duban__V1__FigureStanding)standing;
}

static int write_measure(struct arena *arena, const struct light_record *record,
                         Duban__V1__LightRecord *message)
{
	static const char *const curves[] = {[CURVE_NONE] = "",
	                                     [CURVE_LINE] = "line",
	                                     [CURVE_TABLE] = "table",
	                                     [CURVE_STEPS] = "milestones"};
	const struct plan_target *target = record->inputs.target;
	const struct standing *standing = &record->standing;
	int r;

	message->indicator = wire_string(target->indicator->id);
	message->curve = wire_string(curves[target->curve]);
	message->deadline = date(arena, record->deadline);
	message->done_percent = tenths(arena, standing->has_done, standing->done_tenths);
	message->expected_percent =
		tenths(arena, standing->has_expected, standing->expected_tenths);
	message->gap = tenths(arena, standing->has_done && standing->has_expected,
	                      standing->gap_tenths);
	message->overdue = standing->overdue;
	if (message->deadline == NULL || message->done_percent == NULL ||
	    message->expected_percent == NULL || message->gap == NULL)
		return E_NOMEM;
	r = wire_quantity_write(arena, &record->task->value, &message->task);
	if (r == 0 && record->counted.has_done)
		r = wire_quantity_write(arena, &record->counted.done, &message->done);
	return r < 0 ? r : write_counted(arena, &record->counted, message);
}

/* Nothing when nobody has looked and nothing is waited for. */
static int write_counted(struct arena *arena, const struct counted *counted,
                         Duban__V1__LightRecord *message)
{
	const struct figure_check *check = counted->check;

	message->wait = (Duban__V1__FigureWait)counted->wait;
	if (evidence_differs(counted) &&
	    wire_quantity_write(arena, &counted->reported, &message->reported) < 0)
		return E_NOMEM;
	if (check == NULL)
		return 0;
	message->check = arena_new(arena, Duban__V1__FigureCheck);
	if (message->check == NULL)
		return E_NOMEM;
	duban__v1__figure_check__init(message->check);
	message->check->accepted_on = wire_string(check->accepted_on);
	message->check->document = wire_string(check->document);
	message->check->accepted_by = wire_string(check->accepted_by);
	if (check->standing == 0)
		return 0;
	message->check->by = wire_string(check->by);
	message->check->at = check->at;
	message->check->remark = wire_string(check->remark);
	message->check->earlier_period = wire_string(check->earlier_period);
	return 0;
}

static int write_rule(struct arena *arena, const struct light_record *record,
                      Duban__V1__LightRecord *message)
{
	const struct plan_lights *lights = &record->inputs.plan->lights;

	message->yellow = tenths(arena, true, lights->yellow_tenths);
	message->red = tenths(arena, true, lights->red_tenths);
	message->memory = lights->memory;
	message->before = (Duban__V1__Light)record->inputs.before;
	message->before_period = wire_string(record->inputs.before_period);
	message->judged = (Duban__V1__Light)record->judged;
	message->light = (Duban__V1__Light)record->standing.light;
	return message->yellow != NULL && message->red != NULL ? 0 : E_NOMEM;
}

/* "" when there is none. NULL: no memory. */
static char *tenths(struct arena *arena, bool has, int64_t value)
{
	char text[24] = "";

	if (has)
		tenths_print(value, text);
	return arena_strdup(arena, text);
}

static char *date(struct arena *arena, day on)
{
	char text[DAY_TEXT_MAX] = "";

	if (on != DAY_NONE)
		day_print(on, text);
	return arena_strdup(arena, text);
}
