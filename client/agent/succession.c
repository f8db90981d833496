/*
 * Who comes before:
 *
 *	centre:  revision 1 <- revision 2 (newest)     here:  waiting, without a receipt
 *	                            ^                             ^
 *	                            '------ new report -----------'  the nearest of them
 *
 * All is read of one moment: a service may be writing a receipt down just now.
 *
 * What can go wrong: somebody else of the unit corrected meanwhile, and we do not know it
 * yet. Then the centre refuses, because the receipt that the new one names is not the
 * newest; nobody overwrites another unknowingly.
 */
#include "client/agent/succession.h"

#include <string.h>

#include "base/err.h"

static int find_current(struct store *store, struct arena *arena,
                        const struct place *place, struct succession *found);
static int find_waiting(struct store *store, struct arena *arena,
                        const struct place *place, struct succession *found);
static int find_before(struct store *store, struct arena *arena,
                       const struct place *place, struct succession *found);
static bool same_figures(const struct report *a, const struct report *b);
static bool same_projects(const struct report *a, const struct report *b);
static bool same_text(const char *a, const char *b);
static bool same_person(const struct person *a, const struct person *b);

int succession_find(struct store *store, struct arena *arena, const struct place *place,
                    struct succession *ret_succession, struct history *ret_history)
{
	struct succession found = {.has_current = false};
	int r = store_begin_reading(store);

	if (r == 0)
		r = find_current(store, arena, place, &found);
	if (r == 0)
		r = find_waiting(store, arena, place, &found);
	if (r == 0)
		r = find_before(store, arena, place, &found);
	if (r == 0 && ret_history != NULL)
		r = accepted_history(store, arena, place, ret_history);
	if (r < 0) {
		store_rollback(store);
		return r;
	}
	*ret_succession = found;
	return store_commit(store);
}

static int find_current(struct store *store, struct arena *arena,
                        const struct place *place, struct succession *found)
{
	int r = accepted_newest(store, arena, place, &found->current);

	if (r < 0)
		return r == E_NOT_FOUND ? 0 : r;
	r = accepted_read(arena, found->current.payload, &found->current_report);
	if (r < 0)
		return r;
	found->has_current = true;
	r = returned_get(store, arena, found->current.number, &found->returned);
	found->is_returned = r == 0 && found->returned.open;
	return r == E_NOT_FOUND ? 0 : r;
}

static int find_waiting(struct store *store, struct arena *arena,
                        const struct place *place, struct succession *found)
{
	int r = queue_find_waiting(store, arena, place, &found->waiting);

	if (r == 0)
		r = accepted_read(arena, found->waiting.payload, &found->waiting_report);
	found->is_waiting = r == 0;
	return r == E_NOT_FOUND || r == E_CORRUPT ? 0 : r;
}

static int find_before(struct store *store, struct arena *arena,
                       const struct place *place, struct succession *found)
{
	const struct accepted here = {.plan = place->plan,
	                              .section = place->section,
	                              .period = place->period,
	                              .revision = found->has_current
	                                                  ? found->current.revision
	                                                  : 1};
	int r = accepted_before(store, arena, &here, &found->before);

	if (r == 0)
		r = accepted_read(arena, found->before.payload, &found->before_report);
	found->has_before = r == 0;
	return r == E_NOT_FOUND || r == E_CORRUPT ? 0 : r;
}

const struct report *succession_base(const struct succession *succession)
{
	if (succession->is_waiting)
		return succession->waiting_report;
	return succession->has_current ? succession->current_report : NULL;
}

bool succession_same(const struct report *a, const struct report *b)
{
	return a->kind == b->kind && same_figures(a, b) && same_projects(a, b) &&
	       same_text(a->texts.progress, b->texts.progress) &&
	       same_text(a->texts.problems, b->texts.problems) &&
	       same_text(a->texts.next_steps, b->texts.next_steps) &&
	       same_text(a->texts.city_to_settle, b->texts.city_to_settle) &&
	       same_person(&a->filled_by, &b->filled_by) &&
	       same_person(&a->reviewed_by, &b->reviewed_by) &&
	       same_person(&a->approved_by, &b->approved_by);
}

/* Both are in ascending order of indicator. */
static bool same_figures(const struct report *a, const struct report *b)
{
	if (a->figure_count != b->figure_count)
		return false;
	for (size_t i = 0; i < a->figure_count; i++) {
		const struct figure *one = &a->figures[i], *other = &b->figures[i];

		if (strcmp(one->indicator, other->indicator) != 0 ||
		    !succession_same_value(&one->value, &other->value) ||
		    !same_text(one->reason, other->reason))
			return false;
	}
	return true;
}

/* Likewise in order. */
static bool same_projects(const struct report *a, const struct report *b)
{
	if (a->project_figure_count != b->project_figure_count)
		return false;
	for (size_t i = 0; i < a->project_figure_count; i++) {
		const struct project_figure *one = &a->project_figures[i];
		const struct project_figure *other = &b->project_figures[i];

		if (project_figure_order(one, other) != 0 ||
		    !succession_same_value(&one->value, &other->value) ||
		    !same_text(one->reason, other->reason))
			return false;
	}
	return true;
}

bool succession_same_value(const struct quantity *a, const struct quantity *b)
{
	int order;

	return quantity_compare(a, b, &order) == 0 && order == 0 && a->hedge == b->hedge;
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a != NULL ? a : "", b != NULL ? b : "") == 0;
}

static bool same_person(const struct person *a, const struct person *b)
{
	return same_text(a->name, b->name) && same_text(a->post, b->post) &&
	       same_text(a->telephone, b->telephone);
}
