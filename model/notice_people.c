/*
 * Whom a notice is addressed to, by name:
 *
 *	audience, step --> whose people, which roles --> who is there today -->
 *"（填报人张三）"
 *
 * Only those whom the plan names, who are in office and not away: nothing is ever
 * addressed to somebody who left. A name changes who reads it first, not where it goes.
 */
#include "model/notice_text.h"

#include <string.h>

static struct plan_seat seat_of(const struct writing *writing);
static const char *roles_of(const struct writing *writing);
static bool names_role(const char *roles, enum plan_role role);
static const struct plan_person *find_person(struct writing *writing,
                                             const struct plan_seat *seat);

const char *notice_people(struct writing *writing)
{
	struct plan_seat seat = seat_of(writing);
	const char *roles = roles_of(writing), *text = "";
	bool leader = writing->audience == TO_LEADER;

	for (seat.role = ROLE_CONTACT; seat.role < ROLES; seat.role++) {
		const struct plan_person *person;

		if (!names_role(roles, seat.role))
			continue;
		person = find_person(writing, &seat);
		if (person != NULL)
			text = notice_say(writing, "%s%s%s%s", text,
			                  text[0] != '\0' ? "、" : "",
			                  leader ? "" : plan_role_name(seat.role),
			                  person->name);
	}
	if (text[0] == '\0' || leader)
		return text;
	return notice_say(writing, "（%s）", text);
}

/* As address() of notice.c: a leader's role is one of the office that reports to him. */
static struct plan_seat seat_of(const struct writing *writing)
{
	const struct notice_about *about = writing->about;
	struct plan_seat seat = {.section = about->section};

	if (writing->audience == TO_UNIT || writing->audience == TO_UNIT_AGAIN)
		seat.unit = about->unit;
	else if (about->step != NULL && about->step->department != NULL)
		seat.department = about->step->department;
	else
		seat.department = about->section->lead;
	return seat;
}

static const char *roles_of(const struct writing *writing)
{
	const struct plan_step *step = writing->about->step;
	bool unit = writing->audience == TO_UNIT || writing->audience == TO_UNIT_AGAIN;

	if (step != NULL && step->role != NULL && step->role[0] != '\0')
		return step->role;
	return plan_role_name(unit ? ROLE_FILLS : ROLE_HEAD);
}

/* "分管局领导（副组长）" names one; "副局长" does not name the 局长, nor "处室负责人" a
 * unit's 负责人: whose people are meant is the seat's to say. */
static bool names_role(const char *roles, enum plan_role role)
{
	static const char vice[] = "副";
	const char *name = plan_role_name(role), *at = strstr(roles, name);
	size_t len = strlen(vice);

	while (at != NULL && (size_t)(at - roles) >= len &&
	       strncmp(at - len, vice, len) == 0)
		at = strstr(at + 1, name);
	return at != NULL;
}

static const struct plan_person *find_person(struct writing *writing,
                                             const struct plan_seat *seat)
{
	day today = instant_day(writing->about->now, writing->plan->utc_offset);
	const struct plan_person *person = plan_person_on(writing->plan, seat, today);

	writing->made_up = writing->made_up || (person != NULL && person->sample);
	return person;
}

const char *notice_contact(struct writing *writing)
{
	struct plan_seat seat = {.department = writing->plan->office,
	                         .role = ROLE_CONTACT,
	                         .section = writing->about->section};
	const struct plan_person *person;

	if (writing->audience != TO_UNIT && writing->audience != TO_UNIT_AGAIN)
		return "";
	person = find_person(writing, &seat);
	if (person == NULL)
		return "";
	return notice_say(writing, "联系人：%s%s%s%s。", writing->plan->office->name,
	                  person->name, person->phone[0] != '\0' ? "，电话" : "",
	                  person->phone);
}
