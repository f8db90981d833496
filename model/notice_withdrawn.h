/* What a unit is told when a figure of its report was found to be untrue. */
#ifndef DUBAN_MODEL_NOTICE_WITHDRAWN_H
#define DUBAN_MODEL_NOTICE_WITHDRAWN_H

#include "model/notice.h"

struct notice_withdrawn {
	const struct plan_unit *unit;
	const struct plan_section *section;
	const struct plan_department *by; /* NULL: nobody of the plan */
	struct period period;
	const char *number, *indicator; /* the receipt's; the indicator's id */
	struct quantity value;          /* as it was reported */
	const char *remark;             /* what was found */
};

/* Both texts in @arena. E_NOMEM. */
int notice_withdrawn_write(struct arena *arena, const struct plan *plan,
                           const struct notice_withdrawn *about,
                           struct notice *ret_notice);

#endif
