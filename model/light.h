/*
 * One light and everything that it was judged by, as a record that explains itself.
 *
 * A record holds no time of judging: judged again from the same report, plan and earlier
 * light, today or in a year, it is the same to the byte.
 */
#ifndef DUBAN_MODEL_LIGHT_H
#define DUBAN_MODEL_LIGHT_H

#include "base/bytes.h"
#include "model/evidence.h"
#include "model/period.h"
#include "model/progress.h"

/* What is known when a light is judged. Borrowed for as long as the record is used. */
struct light_inputs {
	const struct plan *plan;
	uint32_t plan_version;
	const struct plan_unit *unit;
	const struct plan_target *target;
	struct period period;
	const char *number;       /* the report's; "": none came for this period */
	struct evidence evidence; /* of the report, and of what was found until then */
	/* The last light of an earlier period, LIGHT_GREEN to LIGHT_RED, and which; 0 and
	 * "": there is none. */
	enum light before;
	const char *before_period;
};

struct light_record {
	struct light_inputs inputs;
	const struct plan_allocation *task;
	day on, deadline;     /* judged on; DAY_NONE: no date */
	const char *adjusted; /* how the task came to be another, or "" */
	const char *opening;  /* what of the figure does not count, or "" */
	struct counted counted;
	enum light judged; /* without memory; standing.light is with it */
	struct standing standing;
	bool sample;
	const char *sentence;
};

/*
 * Judge one target of one unit for one period.
 *
 *   E_NOT_FOUND  the unit has no part in the target      E_NOMEM
 */
int light_judge(struct arena *arena, const struct light_inputs *inputs,
                struct light_record *ret_record);
/* The canonical bytes of a duban.v1.LightRecord. E_NOMEM. */
int light_encode(struct arena *arena, const struct light_record *record,
                 struct bytes *ret_bytes);

#endif
