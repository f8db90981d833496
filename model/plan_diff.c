/*
 * What changed between two plans: both are listed as facts, and facts are matched by
 * their paths. One line a change:
 *
 *   + a new item      - an item that is gone      ~ a field: old → new
 *
 * The fields of an item that is new or gone are not listed one by one. Moving a line
 * within a file is no change.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "model/plan_facts.h"

/* Facts in the plan's order, and an index by path. */
struct side {
	struct plan_facts facts;
	const struct plan_fact **sorted;
	size_t at;        /* the next fact to tell of */
	const char *told; /* path of the item whose fields need no word, or NULL */
};

struct telling {
	struct arena *arena;
	struct plan_change *first, **end;
	bool out_of_memory;
};

static int open_side(struct arena *arena, const struct plan *plan, struct side *side);
static int by_path(const void *a, const void *b);
static int path_against(const void *path, const void *fact);
static const struct plan_fact *find(const struct side *side, const char *path);
static bool tell_gone(struct telling *telling, struct side *side,
                      const struct side *other, char sign);
static bool is_part_of(const char *path, const char *item);
static void tell_changed(struct telling *telling, const struct plan_fact *from,
                         const struct plan_fact *to);
static const char *shown(const char *text);
static void tell(struct telling *telling, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

int plan_diff(struct arena *arena, const struct plan *from, const struct plan *to,
              struct plan_change **ret_changes)
{
	struct telling telling = {.arena = arena, .end = &telling.first};
	struct side old, new;

	if (open_side(arena, from, &old) < 0 || open_side(arena, to, &new) < 0)
		return E_NOMEM;
	while (old.at < old.facts.count || new.at < new.facts.count) {
		const struct plan_fact *fact;

		if (tell_gone(&telling, &old, &new, '-') ||
		    tell_gone(&telling, &new, &old, '+'))
			continue;
		/* Both stand at something that the other has, too. */
		old.at += old.at < old.facts.count;
		if (new.at == new.facts.count)
			continue;
		fact = &new.facts.items[new.at++];
		tell_changed(&telling, find(&old, fact->path), fact);
	}
	if (telling.out_of_memory)
		return E_NOMEM;
	*ret_changes = telling.first;
	return 0;
}

static int open_side(struct arena *arena, const struct plan *plan, struct side *side)
{
	int r = plan_facts_list(arena, plan, &side->facts);

	if (r < 0)
		return r;
	side->at = 0;
	side->told = NULL;
	side->sorted =
		arena_array(arena, side->facts.count, sizeof(const struct plan_fact *));
	if (side->sorted == NULL)
		return E_NOMEM;
	for (size_t i = 0; i < side->facts.count; i++)
		side->sorted[i] = &side->facts.items[i];
	qsort(side->sorted, side->facts.count, sizeof(const struct plan_fact *), by_path);
	return 0;
}

static int by_path(const void *a, const void *b)
{
	const struct plan_fact *left = *(const struct plan_fact *const *)a;
	const struct plan_fact *right = *(const struct plan_fact *const *)b;

	return strcmp(left->path, right->path);
}

static const struct plan_fact *find(const struct side *side, const char *path)
{
	const struct plan_fact **found =
		bsearch(path, side->sorted, side->facts.count,
	                sizeof(const struct plan_fact *), path_against);

	return found == NULL ? NULL : *found;
}

static int path_against(const void *path, const void *fact)
{
	return strcmp(path, (*(const struct plan_fact *const *)fact)->path);
}

/* Tell of the next fact of @side if @other has none of its path. */
static bool tell_gone(struct telling *telling, struct side *side,
                      const struct side *other, char sign)
{
	const struct plan_fact *fact;

	if (side->at == side->facts.count)
		return false;
	fact = &side->facts.items[side->at];
	if (find(other, fact->path) != NULL)
		return false;
	side->at++;
	if (side->told != NULL && is_part_of(fact->path, side->told))
		return true;
	if (fact->text[0] != '\0')
		tell(telling, "%c %s: %s", sign, fact->path, fact->text);
	else if (fact->item)
		tell(telling, "%c %s", sign, fact->path);
	if (fact->item)
		side->told = fact->path;
	return true;
}

/* A field of the item, or something within it; what a section holds follows a space. */
static bool is_part_of(const char *path, const char *item)
{
	size_t len = strlen(item);

	return strncmp(path, item, len) == 0 && (path[len] == '.' || path[len] == ' ');
}

static void tell(struct telling *telling, const char *format, ...)
{
	struct plan_change *change = arena_new(telling->arena, struct plan_change);
	va_list args;

	if (change == NULL) {
		telling->out_of_memory = true;
		return;
	}
	va_start(args, format);
	change->text = arena_vprintf(telling->arena, format, args);
	va_end(args);
	if (change->text == NULL)
		telling->out_of_memory = true;
	*telling->end = change;
	telling->end = &change->next;
}

static void tell_changed(struct telling *telling, const struct plan_fact *from,
                         const struct plan_fact *to)
{
	if (!to->item && strcmp(from->text, to->text) != 0)
		tell(telling, "~ %s: %s → %s", to->path, shown(from->text),
		     shown(to->text));
}

static const char *shown(const char *text)
{
	return text[0] != '\0' ? text : "（无）";
}
