/* A plan as a flat list of facts, "二 targets[communities].value" = "1816个". */
#ifndef DUBAN_MODEL_PLAN_FACTS_H
#define DUBAN_MODEL_PLAN_FACTS_H

#include "model/plan.h"

struct plan_fact {
	const char *path;
	const char *text;
	bool item; /* that the thing exists; @text says what it is */
};

struct plan_facts {
	struct arena *arena;
	struct plan_fact *items; /* in the plan's order, each item before its fields */
	size_t count, capacity;
	const char *item; /* the path that fields belong to; "" for the plan itself */
	bool out_of_memory;
};

/* List everything that @plan says. 0 or E_NOMEM. Borrows the plan's texts. */
int plan_facts_list(struct arena *arena, const struct plan *plan,
                    struct plan_facts *ret_facts);

/* For the files that list: an item, or a field of it. Return the item's path, so that
 * the fields of an outer item can go on after an inner one. */
const char *plan_facts_item(struct plan_facts *facts, const char *text,
                            const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void plan_facts_field(struct plan_facts *facts, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void plan_facts_section(struct plan_facts *facts, const struct plan *plan,
                        const struct plan_section *section);

#endif
