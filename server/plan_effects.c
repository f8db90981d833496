/*
 * The effects of a version, part by part:
 *
 *	from, to, newest figures -> dates -> reports asked -> lights (two boards of the
 *same figures) -> counts by section
 *
 * What can go wrong: nothing but memory. Lists are bounded, counts are not.
 */
#include "server/plan_effects.h"

#include <string.h>

#include "base/err.h"
#include "server/plan_effects_internal.h"

static int list_sections(struct weighing *weighing);
static void keep_touched(struct weighing *weighing);

int plan_effects_weigh(struct arena *arena, const struct plan *from,
                       const struct plan *to, const struct board_facts *facts,
                       struct plan_effects **ret_effects)
{
	struct weighing weighing = {
		.arena = arena, .from = from, .to = to, .facts = facts};
	int r;

	weighing.effects = arena_new(arena, struct plan_effects);
	if (weighing.effects == NULL)
		return E_NOMEM;
	weighing.effects->is_complete = true;
	weighing.effects->score_range = "";
	weighing.effects->calendar_to = to->calendar.version;
	weighing.effects->calendar_from = from != NULL ? from->calendar.version : "";
	r = list_sections(&weighing);
	if (r == 0 && from != NULL)
		r = weigh_dates(&weighing);
	if (r == 0 && from != NULL)
		r = weigh_asked(&weighing);
	if (r == 0 && from != NULL)
		r = weigh_lights(&weighing);
	if (r < 0)
		return r;
	weighing.effects->dates = weighing.dates;
	weighing.effects->asked = weighing.asked;
	weighing.effects->lights = weighing.lights;
	keep_touched(&weighing);
	*ret_effects = weighing.effects;
	return 0;
}

static int list_sections(struct weighing *weighing)
{
	const struct plan *from = weighing->from, *to = weighing->to;
	size_t room = to->section_count + (from != NULL ? from->section_count : 0);

	weighing->sections =
		arena_new_array(weighing->arena, room, struct effect_section);
	if (weighing->sections == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < to->section_count; i++)
		weighing->sections[weighing->section_count++].section = &to->sections[i];
	for (size_t i = 0; from != NULL && i < from->section_count; i++)
		if (plan_find_section(to, from->sections[i].id) == NULL)
			weighing->sections[weighing->section_count++].section =
				&from->sections[i];
	return 0;
}

struct effect_section *weighing_section(struct weighing *weighing, const char *id)
{
	size_t i = 0;

	while (strcmp(weighing->sections[i].section->id, id) != 0)
		i++;
	return &weighing->sections[i];
}

static void keep_touched(struct weighing *weighing)
{
	struct effect_section *rows = weighing->sections;
	size_t count = 0;

	for (size_t i = 0; i < weighing->section_count; i++)
		if (rows[i].asked + rows[i].no_longer + rows[i].better + rows[i].worse +
		            rows[i].otherwise >
		    0)
			rows[count++] = rows[i];
	weighing->effects->sections = rows;
	weighing->effects->section_count = count;
}
