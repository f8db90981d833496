/* Letters: stored alerts, the plan's names for what they are about, and the words. */
#include "server/letter.h"

#include "base/err.h"
#include "model/notice_digest.h"
#include "server/plans.h"

static const char *city_or(const char *unit);
static int fill_item(struct arena *arena, const struct plans *plans,
                     const struct alert_row *alert, struct digest_item *item);

int letter_write(struct arena *arena, const struct plans *plans,
                 const struct alert_row *alerts, size_t count, size_t size_max,
                 struct letter *ret_letter)
{
	struct digest_item *items = arena_new_array(arena, count, struct digest_item);
	struct digest digest;
	int r = items != NULL ? 0 : E_NOMEM;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = fill_item(arena, plans, &alerts[i], &items[i]);
	if (r == 0)
		r = notice_digest(arena, items, count, size_max, &digest);
	if (r == 0)
		*ret_letter = (struct letter){.subject = digest.subject,
		                              .text = digest.text,
		                              .alerts = alerts,
		                              .count = count};
	return r;
}

/* What is about no unit is about the city. */
static const char *city_or(const char *unit)
{
	return unit[0] != '\0' ? unit : "全市";
}

/* Names are copied: the plan is borrowed for as long as the caller runs. */
static int fill_item(struct arena *arena, const struct plans *plans,
                     const struct alert_row *alert, struct digest_item *item)
{
	const struct plan_version *version =
		plans != NULL ? plans_get(plans, alert->plan) : NULL;
	const struct plan *plan = version != NULL ? version->plan : NULL;
	const struct plan_section *section =
		plan != NULL ? plan_find_section(plan, alert->section) : NULL;
	const struct plan_unit *unit =
		plan != NULL ? plan_find_unit(plan, alert->unit) : NULL;
	const char *lead =
		section != NULL && section->lead != NULL ? section->lead->name : "";

	*item = (struct digest_item){
		.kind = alert->kind,
		.unit = arena_strdup(arena,
	                             unit != NULL ? unit->name : city_or(alert->unit)),
		.section = arena_strdup(arena,
	                                section != NULL ? section->name : alert->section),
		.section_number = section != NULL ? section->index + 1 : 0,
		.lead = arena_strdup(arena, lead),
		.period = alert->period,
		.title = alert->title,
		.text = alert->text,
		.sample = alert->sample,
	};
	return item->unit != NULL && item->section != NULL && item->lead != NULL
	               ? 0
	               : E_NOMEM;
}
