/*
 * What YAML allows and a file of ours may not have, because it makes a file mean
 * something else than it shows: names for values, types, and a key given twice.
 */
#include "base/yaml_strict.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"

static int by_key(const void *a, const void *b);

/* The union of an event has anchor and tag at a place of its own for each kind. */
void yaml_strict_event(const yaml_event_t *event, struct yaml_place place,
                       struct yaml_problems *problems)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_ALIAS_EVENT) {
		yaml_problem(problems, place,
		             "\"*%s\" is an alias; write out what it stands for, or put "
		             "the text in quotes",
		             (const char *)event->data.alias.anchor);
	} else if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor != NULL)
		yaml_problem(
			problems, place,
			"\"&%s\" is an anchor; anchors are not allowed, put the text in "
			"quotes if it begins with \"&\"",
			(const char *)anchor);
	if (tag != NULL)
		yaml_problem(
			problems, place,
			"the tag \"%s\" is not allowed; every value is text, put it in "
			"quotes if it begins with \"!\"",
			(const char *)tag);
}

/* Sorted, because a long map compared key by key would take a time of its own. */
int yaml_strict_keys(const struct yaml_node *map, struct yaml_problems *problems)
{
	AUTO(freep) const struct yaml_node **sorted = NULL;
	size_t count = 0;

	if (map->count < 2)
		return 0;
	sorted = calloc(map->count, sizeof(struct yaml_node *));
	if (sorted == NULL)
		return E_NOMEM;
	yaml_each(child, map)
	{
		if (child->key != NULL)
			sorted[count++] = child;
	}
	qsort(sorted, count, sizeof(struct yaml_node *), by_key);
	for (size_t i = 1, first = 0; i < count; i++) {
		if (strcmp(sorted[i]->key, sorted[first]->key) != 0)
			first = i;
		else
			yaml_problem(
				problems, sorted[i]->key_place,
				"the key \"%s\" is here a second time; the first is in "
				"line %u",
				sorted[i]->key, sorted[first]->key_place.line);
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct yaml_node *left = *(const struct yaml_node *const *)a;
	const struct yaml_node *right = *(const struct yaml_node *const *)b;
	int order = strcmp(left->key, right->key);

	if (order != 0)
		return order;
	if (left->key_place.line != right->key_place.line)
		return left->key_place.line < right->key_place.line ? -1 : 1;
	return left->key_place.column < right->key_place.column ? -1 : 1;
}
