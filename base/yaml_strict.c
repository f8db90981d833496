/*
 * What YAML allows and a file of ours may not have, because it makes a file mean
 * something else than it shows: names for values, types, and a key given twice.
 */
#include "base/yaml_strict.h"

#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/text.h"

static int by_key(const void *a, const void *b);

/* The union of an event has anchor and tag at a place of its own for each kind. */
void yaml_strict_event(const yaml_event_t *event, struct yaml_place place,
                       struct yaml_problems *problems)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_ALIAS_EVENT) {
		yaml_problem(problems, place,
		             _("“*%s”是别名，这里不支持：请写出它代表的内容；以“*"
		               "”开头的文本要加引号"),
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
		yaml_problem(problems, place,
		             _("“&%s”是锚点，这里不支持：以“&”开头的文本要加引号"),
		             (const char *)anchor);
	if (tag != NULL)
		yaml_problem(
			problems, place,
			_("“%s”是标签，这里不支持：值一律是文本，以“!”开头的要加引号"),
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
			yaml_problem(problems, sorted[i]->key_place,
			             _("“%s”重复：第 %u 行已经写过"), sorted[i]->key,
			             sorted[first]->key_place.line);
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
