/* One notice while it is written. For notice.c and notice_text.c only. */
#ifndef DUBAN_MODEL_NOTICE_TEXT_H
#define DUBAN_MODEL_NOTICE_TEXT_H

#include "model/notice.h"

enum audience { TO_UNIT, TO_UNIT_AGAIN, TO_LEAD, TO_LEADER };

struct writing {
	struct arena *arena;
	const struct plan *plan;
	const struct notice_about *about;
	enum audience audience;
	struct period_times times; /* of the period */
	bool made_up;              /* somebody is named who is sample data */
	bool out_of_memory;
};

/* How things stand, and what the reader is asked to do: whole sentences. */
const char *notice_situation(struct writing *writing);
const char *notice_request(struct writing *writing);

/* The same for what was returned (notice_return.c). */
const char *notice_situation_returned(struct writing *writing);
const char *notice_situation_unanswered(struct writing *writing);
const char *notice_request_mended(struct writing *writing);

/* The bureau's own slowness, and what a unit asks for: title and text as a whole
 * (notice_request.c). */
const char *notice_title_request(struct writing *writing);
const char *notice_text_request(struct writing *writing);
/* "（依据：…；系统提醒）", the last line of every text. */
const char *notice_ending(struct writing *writing, bool sample);

/* A sentence without the full stop at its end. */
const char *notice_unstopped(struct writing *writing, const char *sentence);

/* Who is addressed, behind the office's or unit's name (notice_people.c):
 * "（填报人张三、审核人李四）", to a leader "张三"; "" when the plan names nobody who is
 * there. */
const char *notice_people(struct writing *writing);
/* "联系人：局办公室王五，电话0731-88880000。": to units; or "". */
const char *notice_contact(struct writing *writing);

/* Do we speak to the unit itself? */
bool notice_is_own(const struct writing *writing);
/* Formatted into the arena; "" when there is no memory, and that is remembered. */
const char *notice_say(struct writing *writing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* "2022年9月“二、老旧小区和危旧房改造”月报", or the target's name in quotes. */
const char *notice_subject(struct writing *writing);
/* "二、老旧小区和危旧房改造". */
const char *notice_section(struct writing *writing);
/* "已逾期2个工作日". */
const char *notice_overdue_by(struct writing *writing);
/* The unit's part in the target; NULL when there is none. */
const struct plan_allocation *notice_allocation(const struct plan *plan,
                                                const struct notice_about *about);
/* A step to a role goes to a leader; one to an office is an office's work. */
bool notice_has_role(const struct plan_step *step);

#endif
