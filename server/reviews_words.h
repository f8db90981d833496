/* From a return to its due time, to those who are told, in what words, and to the
 * instants at which it will be asked for. Pure. */
#ifndef DUBAN_SERVER_REVIEWS_WORDS_H
#define DUBAN_SERVER_REVIEWS_WORDS_H

#include "base/arena.h"
#include "model/plan.h"
#include "server/store_review.h"

#define RETURN_FIELDS_MAX 100

struct return_words {
	const struct plan *plan;
	const struct plan_section *section;
	const char *number, *unit, *period;
	const char *by; /* the department that returns it: "gengxin" */
	const char *remark;
	unsigned ordinal;
	int64_t now;
	int workdays; /* 0: as the plan says */
	const char *const *fields, *const *reasons;
	size_t count;

	int64_t due; /* results from here */
	const struct told *told;
	size_t told_count;
	const struct return_instant *instants;
	size_t instant_count;
	bool sample;
};

/* The field as a person reads it; NULL: the section has no such field. */
const char *return_field_name(const struct plan_section *section, const char *field);

/*
 * The first return is told to the unit. Each further one also one step of the plan's
 * ladder higher: to the first, second ... step that is not the unit itself.
 *
 *   E_RANGE  the plan says no time for it, and none was given      E_NOMEM
 */
int return_words_write(struct arena *arena, struct return_words *words);

#endif
