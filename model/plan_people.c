/* Who acts for a unit or an office on a day. */
#include "model/plan.h"

static bool is_held_by(const struct plan_seat *seat, const struct plan_person *person);
static bool is_there(const struct plan_person *person, day on);

const struct plan_person *plan_person_on(const struct plan *plan,
                                         const struct plan_seat *seat, day on)
{
	const struct plan_person *stand_in = NULL;

	for (size_t i = 0; i < plan->people_count; i++) {
		const struct plan_person *person = &plan->people[i];

		if (!is_held_by(seat, person) || !is_there(person, on))
			continue;
		if (!person->stands_in)
			return person;
		if (stand_in == NULL)
			stand_in = person;
	}
	return stand_in;
}

static bool is_held_by(const struct plan_seat *seat, const struct plan_person *person)
{
	if (person->role != seat->role || person->unit != seat->unit ||
	    person->department != seat->department)
		return false;
	return seat->section == NULL || person->sections == NULL ||
	       person->sections[seat->section->index];
}

static bool is_there(const struct plan_person *person, day on)
{
	if ((person->from != DAY_NONE && on < person->from) ||
	    (person->to != DAY_NONE && on > person->to))
		return false;
	for (size_t i = 0; i < person->away_count; i++)
		if (on >= person->away[i].from && on <= person->away[i].to)
			return false;
	return true;
}

const char *plan_role_name(enum plan_role role)
{
	static const char *const names[ROLES] = {
		[ROLE_CONTACT] = "联络员",      [ROLE_FILLS] = "填报人",
		[ROLE_REVIEWS] = "审核人",      [ROLE_APPROVES] = "负责人",
		[ROLE_LEADS_UNIT] = "分管领导", [ROLE_HANDLES] = "经办人",
		[ROLE_HEAD] = "处室负责人",     [ROLE_DEPUTY] = "分管局领导",
		[ROLE_DIRECTOR] = "局长",
	};

	return role > 0 && role < ROLES ? names[role] : "";
}
