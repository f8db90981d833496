/* The effects' message, list by list; nothing is weighed here. */
#include "server/plan_effects_message.h"

#include "base/err.h"
#include "server/message.h"
#include "server/plan_effects.h"

static int put_dates(struct arena *arena, const struct plan_effects *effects,
                     Duban__V1__PlanEffects *message);
static int put_asked(struct arena *arena, const struct plan_effects *effects,
                     Duban__V1__PlanEffects *message);
static int put_lights(struct arena *arena, const struct plan_effects *effects,
                      Duban__V1__PlanEffects *message);
static int put_scores(struct arena *arena, const struct plan_effects *effects,
                      Duban__V1__PlanEffects *message);
static char *rate(struct arena *arena, bool has, int64_t tenths);
static int put_sections(struct arena *arena, const struct plan_effects *effects,
                        Duban__V1__PlanEffects *message);

int plan_effects_message(struct arena *arena, const struct plan_effects *effects,
                         Duban__V1__PlanEffects **ret_message)
{
	Duban__V1__PlanEffects *message = arena_new(arena, Duban__V1__PlanEffects);
	int r;

	if (message == NULL)
		return E_NOMEM;
	duban__v1__plan_effects__init(message);
	message->calendar_from = message_text(effects->calendar_from);
	message->calendar_to = message_text(effects->calendar_to);
	message->complete = effects->is_complete;
	r = put_dates(arena, effects, message);
	if (r == 0)
		r = put_asked(arena, effects, message);
	if (r == 0)
		r = put_lights(arena, effects, message);
	if (r == 0)
		r = put_scores(arena, effects, message);
	if (r == 0)
		r = put_sections(arena, effects, message);
	if (r == 0)
		*ret_message = message;
	return r;
}

static int put_dates(struct arena *arena, const struct plan_effects *effects,
                     Duban__V1__PlanEffects *message)
{
	size_t count = effects->date_count;
	Duban__V1__MovedDate *rows = arena_new_array(arena, count, Duban__V1__MovedDate);

	message->dates = arena_new_array(arena, count, Duban__V1__MovedDate *);
	if (rows == NULL || message->dates == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct effect_date *date = &effects->dates[i];

		duban__v1__moved_date__init(&rows[i]);
		rows[i].period = message_text(date->period);
		rows[i].due_from = date->due_from;
		rows[i].due_to = date->due_to;
		rows[i].lock_from = date->lock_from;
		rows[i].lock_to = date->lock_to;
		rows[i].was_estimated = date->was_estimated;
		rows[i].is_estimated = date->is_estimated;
		rows[i].reports = date->reports;
		message->dates[message->n_dates++] = &rows[i];
	}
	return 0;
}

static int put_asked(struct arena *arena, const struct plan_effects *effects,
                     Duban__V1__PlanEffects *message)
{
	size_t count = effects->asked_count;
	Duban__V1__AskedChange *rows =
		arena_new_array(arena, count, Duban__V1__AskedChange);

	message->asked = arena_new_array(arena, count, Duban__V1__AskedChange *);
	if (rows == NULL || message->asked == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct effect_asked *asked = &effects->asked[i];

		duban__v1__asked_change__init(&rows[i]);
		rows[i].section = message_text(asked->section->id);
		if (asked->unit != NULL) {
			rows[i].unit = message_text(asked->unit->code);
			rows[i].unit_name = message_text(asked->unit->name);
		}
		rows[i].no_longer = asked->no_longer;
		rows[i].first = message_text(asked->first);
		rows[i].last = message_text(asked->last);
		rows[i].reports = asked->reports;
		message->asked[message->n_asked++] = &rows[i];
	}
	return 0;
}

static int put_lights(struct arena *arena, const struct plan_effects *effects,
                      Duban__V1__PlanEffects *message)
{
	size_t count = effects->light_count;
	Duban__V1__LightChange *rows =
		arena_new_array(arena, count, Duban__V1__LightChange);

	message->lights = arena_new_array(arena, count, Duban__V1__LightChange *);
	if (rows == NULL || message->lights == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct effect_light *light = &effects->lights[i];

		duban__v1__light_change__init(&rows[i]);
		rows[i].section = message_text(light->section->id);
		rows[i].unit = message_text(light->unit->code);
		rows[i].unit_name = message_text(light->unit->name);
		rows[i].target = message_text(light->target->id);
		rows[i].target_name = message_text(light->target->name);
		rows[i].from = (Duban__V1__Light)light->from;
		rows[i].to = (Duban__V1__Light)light->to;
		rows[i].why = message_text(light->why);
		message->lights[message->n_lights++] = &rows[i];
	}
	return 0;
}

static int put_scores(struct arena *arena, const struct plan_effects *effects,
                      Duban__V1__PlanEffects *message)
{
	size_t count = effects->score_count;
	Duban__V1__ScoreChange *rows =
		arena_new_array(arena, count, Duban__V1__ScoreChange);

	message->score_range = message_text(effects->score_range);
	message->scores = arena_new_array(arena, count, Duban__V1__ScoreChange *);
	if (rows == NULL || message->scores == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct effect_score *score = &effects->scores[i];

		duban__v1__score_change__init(&rows[i]);
		rows[i].unit = message_text(score->unit->code);
		rows[i].unit_name = message_text(score->unit->name);
		rows[i].from = rate(arena, score->has_from, score->from_tenths);
		rows[i].to = rate(arena, score->has_to, score->to_tenths);
		if (rows[i].from == NULL || rows[i].to == NULL)
			return E_NOMEM;
		message->scores[message->n_scores++] = &rows[i];
	}
	return 0;
}

static char *rate(struct arena *arena, bool has, int64_t tenths)
{
	char text[24] = "";

	if (has)
		tenths_print(tenths, text);
	return arena_strdup(arena, text);
}

static int put_sections(struct arena *arena, const struct plan_effects *effects,
                        Duban__V1__PlanEffects *message)
{
	size_t count = effects->section_count;
	Duban__V1__SectionEffects *rows =
		arena_new_array(arena, count, Duban__V1__SectionEffects);

	message->sections = arena_new_array(arena, count, Duban__V1__SectionEffects *);
	if (rows == NULL || message->sections == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct effect_section *section = &effects->sections[i];

		duban__v1__section_effects__init(&rows[i]);
		rows[i].section = message_text(section->section->id);
		rows[i].name = message_text(section->section->name);
		rows[i].asked = section->asked;
		rows[i].no_longer = section->no_longer;
		rows[i].lights_better = section->better;
		rows[i].lights_worse = section->worse;
		rows[i].lights_otherwise = section->otherwise;
		message->sections[message->n_sections++] = &rows[i];
	}
	return 0;
}
